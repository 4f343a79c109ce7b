"""The command line as data."""
