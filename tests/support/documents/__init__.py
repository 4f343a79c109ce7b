"""Documents that are held against the program, or made from it."""
