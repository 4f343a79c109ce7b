"""A question is sent, its answer shown and kept."""
