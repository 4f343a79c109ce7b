"""Beside the conversation: a shell command, speech, a transcript."""
