"""An answer asked for again: elsewhere, corrected, or after a shorter conversation."""
