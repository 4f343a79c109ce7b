"""Programs of others: servers as they are published, and the official suite."""
