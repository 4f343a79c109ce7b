"""An HTTP exchange as data."""
