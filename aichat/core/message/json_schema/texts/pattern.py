"""Matching a ``pattern`` in time that is linear in the text.

Python's own matcher backtracks: ``^(a+)+$`` takes it a thousand years for forty letters,
``a*a*a*b`` a minute for two thousand, and nothing else runs meanwhile. If a pattern may do
that, all of its states are followed at once instead (Thompson, 1968). Patterns with lookaround
or backreferences cannot be matched so: with nested repeats they are refused before anything
is sent, and others if a text is too long for them.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import comb
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from aichat.core.message.json_schema.texts.regex import reading_regex
from aichat.values import NamedTuple

#: Steps of Python's matcher (it does tens of millions per second) from which on states are
#: followed instead; and the most it may take if they cannot be.
_MANY, _TOO_MANY = 2_000_000, 100_000_000

#: The most states of a pattern, and how often they may be entered for one text, which is
#: seconds of work.
_MAX_STATES, _MAX_ENTERED = 5000, 2_000_000

#: Flags of a whole pattern that do not change which characters a state takes.
_PLAIN_FLAGS = re.UNICODE | re.VERBOSE

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_ALL_REPEATS = (*_REPEATS, op.POSSESSIVE_REPEAT)


class _UnfitError(Exception):
    """The pattern cannot be followed state by state."""


class _State(NamedTuple):
    """Takes a character, or tests a position, or leads on; ``ends``: the text matches."""

    leads_to: tuple[int, ...] = ()
    takes: Callable[[str], bool] | None = None
    place: Any = None
    ends: bool = False


class _Choices(NamedTuple):
    """How often a backtracking matcher may choose: repeats, alternatives, and lookaround."""

    repeats: int
    ways: int
    around: tuple["_Choices", ...] = ()

    def count(self, size: int) -> int:
        """The most ways through a text of so many characters."""
        here = comb(size + self.repeats, self.repeats) << self.ways
        return here * (1 + sum(one.count(size) for one in self.around))


class Pattern:
    """A pattern to match texts against. Errors: ``re.error``."""

    def __init__(self, source: str) -> None:
        with reading_regex(source):
            self._compiled = re.compile(source)
            tree = _parser.parse(source)
            self._choices, self._is_nested = _choices(tree), _is_nested(tree)
            try:
                self._states: Sequence[_State] = _states(tree)
            except _UnfitError:
                self._states = ()

    @property
    def may_take_for_ever(self) -> bool:
        """Whether some texts could not be matched in any reasonable time."""
        return self._is_nested and not self._states

    def is_in(self, text: str) -> bool:
        """Whether it matches somewhere in a text. Errors: ``OverflowError`` if that is too long."""
        steps = self._choices.count(len(text)) * (len(text) + 1)
        if self._states and (self._is_nested or steps > _MANY):
            return _follow(self._states, text)
        if steps > _TOO_MANY:
            raise OverflowError
        return self._compiled.search(text) is not None


@cache
def compile_pattern(source: str) -> Pattern:
    """A pattern, compiled only once. Errors: ``re.error``."""
    return Pattern(source)


def _parts(argument: Any) -> Iterable[Any]:
    """The subpatterns of an operation."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for one in argument:
            yield from _parts(one)


def _choices(tree: Any) -> _Choices:
    repeats, ways, around = 0, 0, []
    for name, argument in tree:
        below = [*map(_choices, _parts(argument))]
        if name in (op.ASSERT, op.ASSERT_NOT):
            around += below
            continue
        if name in _REPEATS:
            spread = argument[1] - argument[0]
            repeats, ways = repeats + (spread > 1), ways + (spread == 1)
        if name is op.BRANCH:
            ways += len(below) - 1
        repeats += sum(one.repeats for one in below)
        ways += sum(one.ways for one in below)
        around += [look for one in below for look in one.around]
    return _Choices(repeats, ways, tuple(around))


def _is_nested(tree: Any, repeated: bool = False) -> bool:
    """Whether something repeated contains a choice or a repeat, or may be empty."""
    for name, argument in tree:
        if name in _ALL_REPEATS and argument[0] > 1 and not argument[2].getwidth()[0]:
            return True
        is_choice = name is op.BRANCH or (name in _REPEATS and argument[0] != argument[1])
        if repeated and is_choice:
            return True
        below = repeated or (name in _REPEATS and argument[1] > 1)
        if any(_is_nested(part, below) for part in _parts(argument)):
            return True
    return False


# -- its states


def _states(tree: Any) -> list[_State]:
    if tree.state.flags & ~_PLAIN_FLAGS:
        raise _UnfitError
    states = [_State(ends=True)]
    first = _add(tree, 0, states)
    return [*states, _State((first,))]  # matching begins at the last


def _add(tree: Any, after: int, states: list[_State]) -> int:
    """Add the states of a pattern, from its end, and return its first state."""
    for name, argument in reversed(tree):
        after = _add_one(name, argument, after, states)
    return after


def _add_one(name: Any, argument: Any, after: int, states: list[_State]) -> int:
    if name is op.SUBPATTERN:
        _, added, removed, inner = argument
        if added or removed:
            raise _UnfitError
        return _add(inner, after, states)
    if name is op.BRANCH:
        return _new(states, _State(tuple(_add(each, after, states) for each in argument[1])))
    if name in _REPEATS:
        least, most, inner = argument
        return _add_repeat((least, most), inner, after, states)
    if name is op.AT:
        if argument not in _PLACES:
            raise _UnfitError
        return _new(states, _State((after,), place=argument))
    return _new(states, _State((after,), _test(name, argument)))


def _add_repeat(times: tuple[int, int], inner: Any, after: int, states: list[_State]) -> int:
    least, most = times
    if most == op.MAXREPEAT:
        loop = _new(states, _State())
        states[loop] = _State((_add(inner, loop, states), after))
        after = loop
    else:
        for _ in range(most - least):
            first = _add(inner, after, states)
            if first == after:  # it may be empty
                break
            after = _new(states, _State((first, after)))
    for _ in range(least):
        first = _add(inner, after, states)
        if first == after:
            break
        after = first
    return after


def _new(states: list[_State], state: _State) -> int:
    if len(states) >= _MAX_STATES:
        raise _UnfitError
    states.append(state)
    return len(states) - 1


def _test(name: Any, argument: Any) -> Callable[[str], bool]:
    """A test for the characters that may stand there."""
    if name is op.ANY:
        return lambda sign: sign != "\n"
    if name in (op.LITERAL, op.NOT_LITERAL):
        wanted, is_it = chr(argument), name is op.LITERAL
        return lambda sign: (sign == wanted) is is_it
    if name is op.RANGE:
        first, last = map(chr, argument)
        return lambda sign: first <= sign <= last
    if name is op.CATEGORY and argument in _CATEGORIES:
        return _CATEGORIES[argument]
    if name is op.IN:
        negated = argument[0][0] is op.NEGATE
        tests = [_test(*each) for each in argument[negated:]]
        return lambda sign: any(test(sign) for test in tests) is not negated
    raise _UnfitError


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda sign: not sign.isdecimal(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
    op.CATEGORY_WORD: _is_word,
    op.CATEGORY_NOT_WORD: lambda sign: not _is_word(sign),
}


def _is_border(text: str, at: int) -> bool:
    return (at > 0 and _is_word(text[at - 1])) != (at < len(text) and _is_word(text[at]))


#: Tests for the positions that a pattern can name.
_PLACES: dict[Any, Callable[[str, int], bool]] = {
    op.AT_BEGINNING: lambda _, at: at == 0,
    op.AT_BEGINNING_STRING: lambda _, at: at == 0,
    op.AT_END: lambda text, at: text[at:] in ("", "\n"),
    op.AT_END_STRING: lambda text, at: at == len(text),
    op.AT_BOUNDARY: _is_border,
    op.AT_NON_BOUNDARY: lambda text, at: not _is_border(text, at),
}


# -- following them through a text


def _follow(states: Sequence[_State], text: str) -> bool:
    """Whether the pattern matches at any position of the text.

    Errors: ``OverflowError`` if that takes too long.
    """
    waiting: set[int] = set()
    left = _MAX_ENTERED
    for at in range(len(text) + 1):
        here = _reached(states, {*waiting, len(states) - 1}, text, at)
        left -= len(here)
        if left < 0:
            raise OverflowError
        if 0 in here:
            return True
        if at < len(text):
            sign = text[at]
            taking = ((n, states[n].takes) for n in here)
            waiting = {states[n].leads_to[0] for n, takes in taking if takes and takes(sign)}
    return False


def _reached(states: Sequence[_State], found: set[int], text: str, at: int) -> set[int]:
    """The states at a position, with those reached without another character."""
    waiting = [*found]
    while waiting:
        state = states[waiting.pop()]
        is_elsewhere = state.place is not None and not _PLACES[state.place](text, at)
        if state.takes or is_elsewhere:
            continue
        new = [n for n in state.leads_to if n not in found]
        found.update(new)
        waiting += new
    return found
