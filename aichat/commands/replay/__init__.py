"""``aichat replay``: asks stored questions again."""
