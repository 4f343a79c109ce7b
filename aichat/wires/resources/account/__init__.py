"""What belongs to an account: the models it had tuned, the money it spent."""
