"""Where a formula between single dollars begins and ends, and where a dollar is none of one."""

import re

#: A formula between single dollars: it begins and ends with no space, and no digit follows.
FORMULA = r"\$(?![\s$])(?:\\.|[^\\$`\n]){1,400}(?<!\s)\$(?![\d$])"

#: What may yet become one when more of the text is there.
OPEN_FORMULA = re.compile(r"\$(?:[^\s$](?:\\.|[^\\$`\n]){0,400}\\?)?\Z")

_FORMULA = re.compile(r"(?<![A-Za-z0-9\\])" + FORMULA)

#: An amount and a word: the dollar before it is money.
_PRICE = re.compile(r"\$\d[\d.,]*\s+[*_~]*[A-Za-z]{2}")


#: Behind a formula between dollars: what makes a word of it that is none, and what does not.
_WORD_AFTER = re.compile(r"(?!(?:th|st|nd|rd|s)\b)\w")

#: What between dollars is mathematics: a letter, or what holds a sign of it. A command says so,
#: an amount or a name of three letters says the contrary.
_COMMAND = re.compile(r"\\[A-Za-z,;:!{}|]")
_LETTER = re.compile(r"[A-Za-z]'{0,3}")
_SIGN = re.compile(r"[\^_=<>+]")
_LOOSE_SIGN = re.compile(r"[\^_=<>+*/()|,-]")
_NAME = re.compile(r"[A-Za-z]{3}")


def is_maths(text: str, start: int, stop: int) -> bool:
    """Whether what stands between single dollars surely is mathematics, and no name or amount."""
    body = text[start + 1 : stop - 1]
    if _WORD_AFTER.match(text, stop):
        return False
    if _COMMAND.search(body) or _LETTER.fullmatch(body):
        return True
    sign = _SIGN if body[0].isdigit() else _LOOSE_SIGN
    return bool(sign.search(body)) and not _NAME.search(body)


def formula_end(text: str, start: int) -> int:
    """Where a formula between single dollars ends that begins at ``start``, or -1."""
    found = _FORMULA.match(text, start)
    return found.end() if found and not _PRICE.match(found[0]) else -1
