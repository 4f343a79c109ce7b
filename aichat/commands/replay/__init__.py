"""``aichat replay``: stored questions, asked again."""
