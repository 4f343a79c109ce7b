"""Markdown to rows of styled text: pure, line by line, at linear cost."""
