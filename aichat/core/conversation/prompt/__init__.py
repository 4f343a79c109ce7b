"""Prompts of one's own: Markdown with a head, read and filled."""
