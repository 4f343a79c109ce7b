"""A question put through a prompt of one's own."""
