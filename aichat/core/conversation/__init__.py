"""Turns as a tree."""
