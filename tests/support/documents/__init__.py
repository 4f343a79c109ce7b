"""Documents that are compared with the program, or generated from it."""
