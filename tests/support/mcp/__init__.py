"""Servers of the Model Context Protocol for tests."""
