"""A question that was sent."""

from aichat.values import NamedTuple


class Sent(NamedTuple):
    """Its number among all, when it was sent, how many were under way with it, and in which look.

    0: in none, since nothing was answered then.
    """

    number: int
    at: float
    level: int
    look: int
