"""Servers of the Model Context Protocol to test with."""
