"""Telling formulas between single dollars from amounts of money and names."""

import re

#: A formula between single dollars: no space inside either of them, no digit after it.
FORMULA = r"\$(?![\s$])(?:\\.|[^\\$`\n]){1,400}(?<!\s)\$(?![\d$])"

#: What may become one as more text arrives.
OPEN_FORMULA = re.compile(r"\$(?:[^\s$](?:\\.|[^\\$`\n]){0,400}\\?)?\Z")

_FORMULA = re.compile(r"(?<![A-Za-z0-9\\])" + FORMULA)

#: An amount and a word: this dollar means money.
_PRICE = re.compile(r"\$\d[\d.,]*\s+[*_~]*[A-Za-z]{2}")


#: A letter after the closing dollar that makes this no formula; "th" and the like do not.
_WORD_AFTER = re.compile(r"(?!(?:th|st|nd|rd|s)\b)\w")

#: A sign that the text between dollars is mathematics: a letter, an operator. A command proves
#: it; an amount or a name of three letters disproves it.
_COMMAND = re.compile(r"\\[A-Za-z,;:!{}|]")
_LETTER = re.compile(r"[A-Za-z]'{0,3}")
_SIGN = re.compile(r"[\^_=<>+]")
_LOOSE_SIGN = re.compile(r"[\^_=<>+*/()|,-]")
_NAME = re.compile(r"[A-Za-z]{3}")


def is_maths(text: str, start: int, stop: int) -> bool:
    """Whether the text between single dollars is surely mathematics, not a name or an amount."""
    body = text[start + 1 : stop - 1]
    if _WORD_AFTER.match(text, stop):
        return False
    if _COMMAND.search(body) or _LETTER.fullmatch(body):
        return True
    sign = _SIGN if body[0].isdigit() else _LOOSE_SIGN
    return bool(sign.search(body)) and not _NAME.search(body)


def formula_end(text: str, start: int) -> int:
    """The end of a formula between single dollars that begins at ``start``, or -1."""
    found = _FORMULA.match(text, start)
    return found.end() if found and not _PRICE.match(found[0]) else -1
