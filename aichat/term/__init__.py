"""The terminal: what people see, and nothing that decides."""
