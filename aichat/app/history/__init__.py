"""Stored conversations: recording, opening, exporting and importing."""
