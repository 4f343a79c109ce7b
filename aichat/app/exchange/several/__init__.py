"""One question and several models: all are asked at once, and shown side by side."""
