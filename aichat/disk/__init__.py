"""The disk: files are read and written here and nowhere else."""
