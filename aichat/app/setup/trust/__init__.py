"""What needs the user's trust: projects, and prompts that run or read something."""
