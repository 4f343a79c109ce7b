"""What the user has to trust first: projects, and prompts that run or read something."""
