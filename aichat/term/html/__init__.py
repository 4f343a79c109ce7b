"""Conversations as one self-contained HTML page."""
