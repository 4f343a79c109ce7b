"""One package per command: its ``command.py`` defines ``COMMAND``, with helpers beside it."""
