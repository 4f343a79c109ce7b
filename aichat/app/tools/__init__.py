"""Running tools: their sources, permission, and the rounds of a turn."""
