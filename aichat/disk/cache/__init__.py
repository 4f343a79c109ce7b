"""What may be forgotten: kept lists, limits, names."""
