"""A server on loopback, and the answers that are scripted for it."""
