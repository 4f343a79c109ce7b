"""What is asked: words, stdin, files, the conversation so far."""
