"""Sound written down, read aloud, played and recorded."""
