"""The Interactions wire of Google Gemini."""
