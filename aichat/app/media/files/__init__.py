"""Files stored by a provider: uploaded, referenced, listed, fetched, deleted."""
