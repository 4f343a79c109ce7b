"""The text inside a block: rules of reading it, its spans, and where it may be cut."""
