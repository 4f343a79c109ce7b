"""Google's Gemini wire."""
