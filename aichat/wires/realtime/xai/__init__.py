"""The protocol of xAI's voice API: OpenAI's events, but different settings."""
