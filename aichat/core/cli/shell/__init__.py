"""One command of a shell: asked for in words, taken from an answer, looked at."""
