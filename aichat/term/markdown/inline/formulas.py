"""Where a formula between single dollars begins and ends, and where a dollar is money."""

import re

#: A formula between single dollars: it begins and ends with no space, and no digit follows.
FORMULA = r"\$(?![\s$])(?:\\.|[^\\$`\n]){1,400}(?<!\s)\$(?![\d$])"

#: What may yet become one when more of the text is there.
OPEN_FORMULA = re.compile(r"\$(?:[^\s$](?:\\.|[^\\$`\n]){0,400}\\?)?\Z")

_FORMULA = re.compile(r"(?<![A-Za-z0-9\\])" + FORMULA)

#: An amount and a word: the dollar before it is money.
_PRICE = re.compile(r"\$\d[\d.,]*\s+[*_~]*[A-Za-z]{2}")


def formula_end(text: str, start: int) -> int:
    """Where a formula between single dollars ends that begins at ``start``, or -1."""
    found = _FORMULA.match(text, start)
    return found.end() if found and not _PRICE.match(found[0]) else -1
