"""The commands of the chat: a module each, found in this folder."""
