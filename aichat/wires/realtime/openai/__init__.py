"""The protocol of OpenAI's Realtime API."""
