"""Files that go with a question as they are, and those that never go unasked."""
