"""Answers over a socket, from a session that stays open: typed, spoken, or read aloud."""
