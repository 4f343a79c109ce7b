"""Files that a provider keeps."""
