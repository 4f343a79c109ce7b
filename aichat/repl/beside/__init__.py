"""Asides to the conversation: a shell command, a picture, speech, a transcript."""
