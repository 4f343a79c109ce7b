"""Batches: many questions that a provider answers later."""
