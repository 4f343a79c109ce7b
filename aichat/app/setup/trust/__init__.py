"""What the user has looked at before it holds: projects, and files that act."""
