"""Mutants that nobody could notice: each with the reason."""

from typing import NamedTuple


class Equivalent(NamedTuple):
    """A change that changes nothing: the line before and after, as unparsed, and why."""

    file: str
    function: str
    before: str
    after: str
    why: str


EQUIVALENT: tuple[Equivalent, ...] = ()
