"""What an answer costs, and what may be spent."""
