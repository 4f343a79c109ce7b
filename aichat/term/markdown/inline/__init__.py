"""Inline text: our parsing rules, its spans, and where it may be cut."""
