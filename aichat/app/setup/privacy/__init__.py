"""Applying ``[privacy]``: what may leave, to whom, and what is logged."""
