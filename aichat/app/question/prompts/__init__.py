"""What the user keeps for questions: prompts, and what a project attaches."""
