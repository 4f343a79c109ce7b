"""``aichat run``: runs a prompt as a program."""
