"""What is said: messages, their parts, tools."""
