"""The terminal side: what is drawn, and what remains."""
