"""Long work: providers' jobs and batches, and one question about many inputs."""
