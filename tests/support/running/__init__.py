"""Running the whole program, and the homes in which it runs."""
