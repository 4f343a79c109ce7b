"""What of a stream is passed on, and in what words."""
