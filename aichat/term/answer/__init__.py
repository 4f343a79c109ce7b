"""An answer on the terminal."""
