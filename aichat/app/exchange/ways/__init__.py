"""Ways in which an answer comes, other than as that of one HTTP request."""
