"""A question that was sent."""

from aichat.values import NamedTuple


class Sent(NamedTuple):
    """Its number, when it was sent, how many were under way including it, and in which look.

    Look 0: none, since it was sent during a dry spell.
    """

    number: int
    at: float
    level: int
    look: int
