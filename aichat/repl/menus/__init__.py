"""What is offered: while one types, and where one chooses."""
