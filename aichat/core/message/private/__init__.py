"""What is private in a text: found, replaced before it leaves, and put back in what returns."""
