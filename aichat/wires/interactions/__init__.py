"""The Interactions wire of Google Gemini."""

WIRE_NAME = "interactions"  # of the wire, which raw items carry
