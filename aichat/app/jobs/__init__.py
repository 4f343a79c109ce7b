"""Work that takes long: one question about many inputs."""
