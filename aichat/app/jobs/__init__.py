"""What a provider makes by itself: asked for, followed, fetched; it may take long."""
