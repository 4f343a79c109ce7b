"""The protocol of xAI's voice API: OpenAI's events, a session of its own."""
