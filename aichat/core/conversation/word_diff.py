"""How two texts differ, word by word."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from aichat.values import NamedTuple

#: The most words or lines that are compared: time may grow as the product of both sides.
_MOST = 3_000

_WORD = re.compile(r"\s*\S+|\s+$")


class DiffPiece(NamedTuple):
    """A stretch of two texts: in both, only in the first, or only in the second."""

    kind: Literal["same", "gone", "new"]
    text: str


def word_diff(before: str, after: str) -> list[DiffPiece]:
    """The difference from ``before`` to ``after``; long texts are first compared by lines."""
    pieces: list[DiffPiece] = []
    for piece in _compare(_lines(before), _lines(after)):
        last = pieces[-1] if pieces else None
        if last and last.kind == piece.kind:
            pieces[-1] = last._replace(text=last.text + piece.text)
        else:
            pieces.append(piece)
    return pieces


def likeness(pieces: Sequence[DiffPiece]) -> float:
    """How much the texts have in common: 1 if they are equal, 0 if nothing is."""
    same = sum(len(piece.text) for piece in pieces if piece.kind == "same")
    other = sum(len(piece.text) for piece in pieces if piece.kind != "same")
    return 1.0 if not (same or other) else 2 * same / (2 * same + other)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _compare(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffPiece]:
    """Compare line by line, and replaced lines word by word."""
    for tag, i, j, k, m in _opcodes(before, after):
        gone, new = "".join(before[i:j]), "".join(after[k:m])
        if tag == "replace":
            yield from _compare_words(_WORD.findall(gone), _WORD.findall(new))
        else:
            yield from _pieces(tag, gone, new)


def _compare_words(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffPiece]:
    for tag, i, j, k, m in _opcodes(before, after):
        yield from _pieces(tag, "".join(before[i:j]), "".join(after[k:m]))


def _pieces(tag: str, gone: str, new: str) -> Iterator[DiffPiece]:
    if tag == "equal":
        yield DiffPiece("same", gone)
        return
    if gone:
        yield DiffPiece("gone", gone)
    if new:
        yield DiffPiece("new", new)


def _opcodes(
    before: Sequence[str], after: Sequence[str]
) -> Sequence[tuple[str, int, int, int, int]]:
    if len(before) > _MOST or len(after) > _MOST:
        return [("replace_all", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
