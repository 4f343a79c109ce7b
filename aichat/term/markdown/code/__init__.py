"""Syntax highlighting: the lexers that are safe, and colouring line by line."""
