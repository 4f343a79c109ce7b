"""How many questions a provider bears: at once, in a second, and by what it says."""
