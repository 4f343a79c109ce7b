"""Time and randomness as a value, so that tests control them."""

from collections.abc import Callable

from aichat.values import NamedTuple


class Clock(NamedTuple):
    """Where seconds and random numbers come from."""

    now: Callable[[], float]  # seconds since 1970
    monotonic: Callable[[], float]  # seconds
    sleep: Callable[[float], None]  # seconds
    random: Callable[[], float]  # in [0, 1)
