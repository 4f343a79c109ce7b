"""Tools that run."""
