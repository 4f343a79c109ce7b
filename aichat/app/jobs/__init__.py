"""Work that takes long: what a provider makes by itself, and one question about many inputs."""
