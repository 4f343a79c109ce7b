"""Google's Gemini wire."""

WIRE_NAME = "gemini"  # of the wire, which raw items carry
