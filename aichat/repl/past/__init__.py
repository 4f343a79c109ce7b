"""Conversations that one comes back to: which one, where it was left, and made short."""
