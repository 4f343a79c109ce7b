"""From flags, files and environment to an endpoint."""
