"""A provider, its endpoint, its engine."""
