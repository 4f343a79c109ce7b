"""A damaged store: a new one in its place, with everything that can still be read."""
