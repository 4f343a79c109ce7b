"""``aichat run``: a prompt as a program."""
