"""Splitting long text where a reader would pause."""

import re

#: The end of a sentence: a mark and closing quotes before a space, or a CJK mark.
_SENTENCE_END = re.compile(r"[.!?\u2026][\"')\]\u2019\u201d]*(?=\s)|[\u3002\uff01\uff1f]|\n\s*\n")

#: The end of a clause.
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014](?=\s)|[\uff0c\u3001\uff1b]")

_SPACE = re.compile(r"\s")


def split_sentences(text: str, most: int) -> list[str]:
    """Parts of at most ``most`` characters: whole sentences, else clauses, words or letters."""
    parts = []
    rest = text.strip()
    while len(rest) > most:
        place = _cut_place(rest, most)
        parts.append(rest[:place].rstrip())
        rest = rest[place:].lstrip()
    return [*parts, rest] if rest else parts


def _cut_place(text: str, most: int) -> int:
    """The end of the first part, as late as possible."""
    for pattern in (_SENTENCE_END, _CLAUSE_END, _SPACE):
        ends = [found.end() for found in pattern.finditer(text, 0, most + 1)]
        if fitting := [end for end in ends if 0 < end <= most]:
            return fitting[-1]
    return most
