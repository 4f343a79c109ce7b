"""Prompts in the formats of other tools, read as what they mean here."""
