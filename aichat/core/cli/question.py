"""``aichat WORDS...``: whether a command line that names no command is a question.

A word that is nearly a command's name is taken for a typing error, and never sent.
"""

from collections.abc import Iterable, Sequence

#: Up to how many letters a word is short; how many slips short and longer words may have.
_SHORT, _SLIPS_IN_SHORT, _SLIPS = 4, 1, 2

#: Names this short are never guessed at: ``so`` and ``she`` do not mean ``sh``.
_TOO_SHORT = 2

#: Words that begin questions, though only a letter away from ``chat`` or ``fix``.
_QUESTION_WORDS = frozenset(("what", "that", "fit", "mix", "six", "fax"))


def is_question(word: str, before: Sequence[str], commands: Iterable[str]) -> bool:
    """Whether ``word``, the first after the options ``before`` it, begins a question."""
    if "--" in before:
        return True
    return word not in commands and not near_command(word, commands)


def near_command(word: str, commands: Iterable[str]) -> str | None:
    """The command that ``word`` is nearest to, if it looks like a typing error; else None."""
    typed = word.lower()
    if typed in _QUESTION_WORDS:
        return None
    most = _SLIPS_IN_SHORT if len(typed) <= _SHORT else _SLIPS
    names = (name for name in commands if len(name) > _TOO_SHORT)
    near = [(slips, name) for name in names if (slips := edit_distance(typed, name)) <= most]
    return min(near)[1] if near else None


def edit_distance(one: str, other: str) -> int:
    """How many letters were added, left out, replaced or swapped with their neighbour."""
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
