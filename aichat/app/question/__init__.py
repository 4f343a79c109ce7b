"""Preparing a question: words, stdin, files, the conversation so far."""
