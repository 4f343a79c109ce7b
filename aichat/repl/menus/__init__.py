"""What is offered while the user types, or has to choose."""
