"""The fenced code blocks of an answer, for ``-x``, ``/copy`` and ``/save``."""

import re
from collections.abc import Iterator

from aichat.core.text.numbers import count_of
from aichat.errors import usage_error

_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)$")


def first_block(text: str, language: str | None = None) -> str | None:
    """The code of the first fenced block, of ``language`` if named; None without one."""
    return next(blocks(text, language), None)


def blocks(text: str, language: str | None = None) -> Iterator[str]:
    """The code of every fenced block, of ``language`` if named.

    Fences are CommonMark's: three or more backticks or tildes, closed by at
    least as many; a block that is not closed ends with the text.
    """
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        opened = _FENCE.match(line)
        if not opened or (opened["fence"][0] == "`" and "`" in opened["info"]):
            continue
        code = _until_closed(lines, opened["fence"], len(opened["indent"]))
        found = (opened["info"].split() or [""])[0]
        if language is None or found.lower() == language.lower():
            yield "\n".join(code)


def numbered_block(text: str, number: str) -> str:
    """The code of the block with that number, from 1 on. Errors: ``usage``."""
    found = list(blocks(text))
    if not (number.isascii() and number.isdecimal() and 0 < int(number) <= len(found)):
        raise usage_error(f"the last answer has {count_of(len(found), 'code block')}")
    return found[int(number) - 1]


def _until_closed(lines: Iterator[str], fence: str, indent: int) -> list[str]:
    """The lines up to the closing fence, without the indentation of the opening one."""
    code = []
    for line in lines:
        bare = line.strip(" \t")
        if bare.startswith(fence) and set(bare) == {fence[0]} and not line.startswith("    "):
            break
        spaces = len(line) - len(line.lstrip(" "))
        code.append(line[min(spaces, indent) :])
    return code
