"""A server on loopback, and scripted answers for it."""
