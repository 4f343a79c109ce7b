"""Asking again: another endpoint, for a corrected answer, or with a shorter conversation."""
