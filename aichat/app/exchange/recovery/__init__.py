"""After an answer that will not do: another model, a correction, a shorter conversation."""
