"""Filters on the events of a stream."""
