"""aichat: a terminal chat client for people who live in a shell."""

__version__ = "0.1.0"
