"""Preparing media: read, converted, uploaded, replayed and played."""
