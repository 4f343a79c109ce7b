"""The REPL: its state, its loop, and what its commands share."""
