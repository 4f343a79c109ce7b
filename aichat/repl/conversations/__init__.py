"""Whole conversations: opening one, showing where it was left, compacting it."""
