"""One folder a command: its ``command.py`` holds ``COMMAND``, and what it runs lies beside it."""
