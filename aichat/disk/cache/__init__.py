"""The cache, which may be lost at any time: lists, limits, names."""
