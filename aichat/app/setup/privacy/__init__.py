"""What of ``[privacy]`` holds: what may leave, to whom, and what is written down of it."""
