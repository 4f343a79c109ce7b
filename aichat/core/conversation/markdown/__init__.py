"""A conversation as Markdown: a page to read, and a file to go on from."""
