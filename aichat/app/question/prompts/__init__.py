"""Saved prompts, and a project's attachments."""
