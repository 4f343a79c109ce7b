"""Pictures on a terminal: decoded, scaled down and re-encoded for it."""
