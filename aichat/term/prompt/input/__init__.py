"""Keys as a terminal sends them."""
