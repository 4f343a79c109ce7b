"""Completion files and the manual page, written from the commands' own tables."""
