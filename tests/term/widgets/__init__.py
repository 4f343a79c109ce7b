"""Small things on a terminal: signs of life, notices."""
