"""The REPL (the chat): its state, its loop, and what its commands share."""
