"""Markdown to rows of styled text: pure, a line at a time, at linear cost."""
