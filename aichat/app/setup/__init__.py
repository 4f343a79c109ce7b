"""Flags, files and environment become an endpoint."""
