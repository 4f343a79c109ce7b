"""What other programs keep on disk, read and never changed."""
