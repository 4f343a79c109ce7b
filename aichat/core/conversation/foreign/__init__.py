"""Conversations of other tools, read as what they mean here."""
