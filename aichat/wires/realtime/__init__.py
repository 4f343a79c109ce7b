"""Pure codecs of sessions over a WebSocket: a room for each protocol."""
