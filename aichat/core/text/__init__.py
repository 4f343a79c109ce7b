"""Text made safe and readable."""
