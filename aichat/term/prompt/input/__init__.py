"""Keys as terminals send them."""
