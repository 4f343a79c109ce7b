"""The user's files: config and keys."""
