"""One question about many inputs: ``ask --each``."""
