"""The commands of the REPL: one file each, found by being there."""
