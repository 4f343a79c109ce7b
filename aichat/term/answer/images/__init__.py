"""Pictures on a terminal: decoded, made small, and written anew in what it understands."""
