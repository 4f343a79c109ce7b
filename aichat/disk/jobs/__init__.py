"""The state of long runs, so that they continue where they were stopped."""
