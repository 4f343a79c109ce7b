"""One question about many inputs: its options, and the places for them in its words."""
