"""The protocol of Gemini's Live API."""
