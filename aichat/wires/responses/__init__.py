"""OpenAI's Responses wire."""

WIRE_NAME = "responses"  # of the wire, which raw items carry
