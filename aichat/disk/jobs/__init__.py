"""What is kept of long work, so that it goes on where it was stopped."""
