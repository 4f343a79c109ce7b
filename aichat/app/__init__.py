"""What commands are made of: the shells joined to the pure core."""
