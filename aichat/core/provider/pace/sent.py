"""A question that was sent."""

from aichat.values import NamedTuple


class Sent(NamedTuple):
    """Its number among all, when it was sent, and how many were under way with it."""

    number: int
    at: float
    level: int
    look: int
