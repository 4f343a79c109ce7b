"""``aichat WORDS...``: whether a command line that names no command is a question.

A word that is nearly a command's name is a slip of the finger, and is never sent.
"""

from collections.abc import Iterable, Sequence

#: Slips that are still taken for a command: in words of so many letters, and in longer ones.
_SHORT, _SLIPS_IN_SHORT, _SLIPS = 4, 1, 2

#: Names so short that no word is a slip for them: ``so`` and ``she`` are none for ``sh``.
_TOO_SHORT = 2

#: Words that questions begin with, though one letter parts them from ``chat`` or ``fix``.
_QUESTION_WORDS = frozenset(("what", "that", "fit", "mix", "six", "fax"))


def is_question(word: str, before: Sequence[str], commands: Iterable[str]) -> bool:
    """Whether ``word``, the first behind the options ``before`` it, begins a question."""
    if "--" in before:
        return True
    return word not in commands and not near_command(word, commands)


def near_command(word: str, commands: Iterable[str]) -> str | None:
    """The command that ``word`` is a slip for, the nearest first; None where it is none."""
    typed = word.lower()
    if typed in _QUESTION_WORDS:
        return None
    most = _SLIPS_IN_SHORT if len(typed) <= _SHORT else _SLIPS
    names = (name for name in commands if len(name) > _TOO_SHORT)
    near = [(slips, name) for name in names if (slips := edit_distance(typed, name)) <= most]
    return min(near)[1] if near else None


def edit_distance(one: str, other: str) -> int:
    """How many letters were added, left out, replaced or swapped with the next."""
    if abs(len(one) - len(other)) > _SLIPS:
        return _SLIPS + 1
    before_last: list[int] = []
    last: list[int] = [*range(len(other) + 1)]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]
