"""Mutants: the package with one thing wrong, to see whether a test notices."""
