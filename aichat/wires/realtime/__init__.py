"""Pure codecs for sessions over a WebSocket: one package per protocol."""
