"""One file per command, each holding a ``COMMAND`` and what it runs."""
