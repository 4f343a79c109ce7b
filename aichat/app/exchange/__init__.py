"""Exchanges: a question is sent, and its answer is shown and stored."""
