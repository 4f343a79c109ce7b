"""Tools that run: their sources, what is allowed, the rounds of a turn."""
