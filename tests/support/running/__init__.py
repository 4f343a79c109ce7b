"""Running the whole program, and the homes that it runs in."""
