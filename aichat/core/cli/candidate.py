"""Choices, and which of them match what is typed."""

import re
from collections.abc import Iterable, Iterator

from aichat.values import NamedTuple


class Choice(NamedTuple):
    """Something to choose: its name, the remark beside it, and its title if it has one."""

    text: str
    help: str = ""
    title: str = ""

    @property
    def shown(self) -> str:
        """What a menu shows."""
        return self.title or self.text


class Candidate(NamedTuple):
    """A completion: ``text`` replaces the ``replaces`` characters before the cursor.

    ``typed`` is what it matched.
    """

    text: str
    replaces: int = 0
    help: str = ""
    label: str | None = None
    typed: str = ""


def match_candidates(typed: str, choices: Iterable[Choice]) -> Iterator[Candidate]:
    """The matching choices, best first: prefixes, substrings, scattered letters; else as given."""
    wanted = typed.lower()
    ranked = ((_best_rank(wanted, choice), choice) for choice in choices)
    for _, found in sorted((one for one in ranked if one[0] < _NO_MATCH), key=lambda one: one[0]):
        yield Candidate(found.text, len(typed), found.help, found.title or None, typed)


_NO_MATCH = 3


def _best_rank(wanted: str, choice: Choice) -> int:
    return min(_rank(wanted, name.lower()) for name in {choice.text, choice.shown})


def _rank(wanted: str, name: str) -> int:
    if name.startswith(wanted):
        return 0
    if wanted in name:
        return 1
    rest = iter(name)
    return 2 if all(character in rest for character in wanted) else _NO_MATCH


def filter_choices(typed: str, choices: Iterable[Choice]) -> list[int]:
    """The indices of the choices that contain all the typed words, in any order.

    Those in which each typed word begins a word come first.
    """
    words = _plain(typed).split()
    texts = (_plain(f"{one.text} {one.shown} {one.help}") for one in choices)
    found = [(n, text) for n, text in enumerate(texts) if all(word in text for word in words)]
    found.sort(key=lambda one: not all(_begins_word(word, one[1]) for word in words))
    return [place for place, _ in found]


def _begins_word(word: str, text: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(word)}", text))


def split_matches(typed: str, shown: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it matches what was typed."""
    low = shown.lower()
    if len(low) != len(shown):  # a letter became two in lower case, so indices do not correspond
        return [(shown, False)]
    places = {n for word in typed.lower().split() for n in _places(word, low)}
    pieces: list[tuple[str, bool]] = []
    for place, character in enumerate(shown):
        is_typed = place in places
        if pieces and pieces[-1][1] is is_typed:
            pieces[-1] = (pieces[-1][0] + character, is_typed)
        else:
            pieces.append((character, is_typed))
    return pieces


def _plain(text: str) -> str:
    """A text for comparing: lower case, with hyphens as spaces."""
    return text.lower().replace("-", " ")


def _places(word: str, text: str) -> Iterable[int]:
    """The indices of a word, or else of its letters one by one; none unless all are found."""
    start = text.find(word)
    if start >= 0:
        return range(start, start + len(word))
    found, start = [], 0
    for character in word:
        place = text.find(character, start)
        if place < 0:
            return ()
        found.append(place)
        start = place + 1
    return found
