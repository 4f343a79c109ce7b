"""Tables, charts, spinners, questions."""
