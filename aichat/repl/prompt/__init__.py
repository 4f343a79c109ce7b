"""The chat's prompt: what is offered, prepared and shown while the user types."""
