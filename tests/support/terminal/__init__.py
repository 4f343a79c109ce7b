"""The program, the chat and real shells on a terminal."""
