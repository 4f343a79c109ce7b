"""Batches: many questions that a provider answers by itself."""
