"""JSON schemas of answers: shorthand in, a server's dialect out, and answers held to them."""
