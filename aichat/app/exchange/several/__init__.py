"""One question to several models at once, with the answers side by side."""
