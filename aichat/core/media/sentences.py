"""Long text in parts, cut where a reader draws breath."""

import re

#: Where a sentence ends: its mark, with what closes behind it, before a space; or a CJK mark.
_SENTENCE_END = re.compile(r"[.!?\u2026][\"')\]\u2019\u201d]*(?=\s)|[\u3002\uff01\uff1f]|\n\s*\n")

#: Where a clause does.
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014](?=\s)|[\uff0c\u3001\uff1b]")

_SPACE = re.compile(r"\s")


def split_sentences(text: str, most: int) -> list[str]:
    """Parts of at most ``most`` characters: whole sentences, else clauses, words, or what fits."""
    parts = []
    rest = text.strip()
    while len(rest) > most:
        place = _cut_place(rest, most)
        parts.append(rest[:place].rstrip())
        rest = rest[place:].lstrip()
    return [*parts, rest] if rest else parts


def _cut_place(text: str, most: int) -> int:
    """Where the first part ends, as late as it can."""
    for pattern in (_SENTENCE_END, _CLAUSE_END, _SPACE):
        ends = [found.end() for found in pattern.finditer(text, 0, most + 1)]
        if fitting := [end for end in ends if 0 < end <= most]:
            return fitting[-1]
    return most
