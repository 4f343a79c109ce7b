"""Conversations: recorded, opened, exported."""
