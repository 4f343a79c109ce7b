"""Media made fit for who gets them."""
