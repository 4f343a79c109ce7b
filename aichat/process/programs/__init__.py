"""Programs that we start: always with a scrubbed environment, and with limits."""
