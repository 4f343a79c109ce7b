"""Generated images and videos: requested, paid for once, and saved whole."""
