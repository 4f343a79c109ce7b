"""The shell assistant: a command is asked for, offered, run."""
