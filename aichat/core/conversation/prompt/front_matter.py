"""The head of a prompt file: a safe subset of YAML between two lines of ``---``.

Scalars, lists, one level of tables and block texts (``|`` and ``>``). Anchors, tags, aliases
and deeper tables are refused: a head is no place for programs.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from aichat.errors import usage_error
from aichat.values import NamedTuple

#: The most characters of a head; a longer one is none.
MAX_HEAD = 65_536

_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:(?:\s+(.*))?$")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_BLOCKS = {"|": "\n", "|-": "\n", ">": " ", ">-": " "}


class PromptText(NamedTuple):
    """A file in two: the table of its head, and its body."""

    head: Mapping[str, Any]
    body: str


def split_head(text: str) -> PromptText:
    """Head and body of a file, which may lack a head, and have a ``#!`` line or a byte order mark.

    Errors: ``usage``, naming the line that cannot be parsed.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    start = 1 if lines[0].startswith("#!") else 0
    if lines[start : start + 1] != ["---"]:
        return PromptText({}, "\n".join(lines[start:]))
    if "---" not in lines[start + 1 :]:
        raise usage_error(f"line {start + 1}: the head that begins here has no end: add ---")
    end = lines.index("---", start + 1)
    head = lines[start + 1 : end]
    if sum(map(len, head)) > MAX_HEAD:
        raise usage_error(f"the head is longer than {MAX_HEAD:,} characters")
    return PromptText(
        _HeadReader(head, start + 2).table(0), "\n".join(lines[end + 1 :]).lstrip("\n")
    )


def read_table(text: str, depth: int = 1) -> dict[str, Any]:
    """A whole text as one table. Errors: ``usage``, naming the line."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return _HeadReader(lines, 1, depth).table(0)


class _HeadReader:
    """Reads lines from first to last; ``first`` is the line number of the first in its file.

    ``depth`` is how deeply tables may be nested.
    """

    def __init__(self, lines: list[str], first: int, depth: int = 1) -> None:
        self._lines, self._place, self._first, self._depth = lines, 0, first, depth

    def table(self, indent: int) -> dict[str, Any]:
        """The keys at this indentation and their values. Errors: ``usage``."""
        found: dict[str, Any] = {}
        while (line := self._next(indent)) is not None:
            match = _KEY.fullmatch(line)
            if match is None:
                raise self._fault("expected KEY: VALUE")
            if match[1] in found:
                raise self._fault(f"'{match[1]}' stands here twice")
            self._place += 1
            found[match[1]] = self._value(_without_comment(match[2] or ""), indent)
        return found

    def _value(self, text: str, indent: int) -> Any:
        if text in _BLOCKS:
            return self._block(_BLOCKS[text], indent)
        if text:
            return self._scalar_or_list(text)
        deeper = self._indent_here()
        line = self._lines[self._place].strip() if deeper is not None else ""
        if deeper is not None and line.startswith("- ") and deeper >= indent:
            return self._items(deeper)
        if deeper is None or deeper <= indent:
            return None
        if not self._depth:
            raise self._fault("a table within a table within a table is not understood")
        self._depth -= 1
        inner = self.table(deeper)
        self._depth += 1
        return inner

    def _items(self, indent: int) -> list[Any]:
        found: list[Any] = []
        while self._indent_here() == indent and self._lines[self._place].lstrip().startswith("- "):
            line = self._lines[self._place]
            text = line.lstrip()[2:].strip()
            if _KEY.fullmatch(text):
                if self._depth < 2:  # one of our own heads
                    raise self._fault("a table in a list is not understood")
                self._lines[self._place] = line.replace("- ", "  ", 1)
                self._depth -= 1
                found.append(self.table(self._indent_here() or 0))
                self._depth += 1
                continue
            self._place += 1
            found.append(self._scalar(_without_comment(text)))
        return found

    def _block(self, joint: str, indent: int) -> str:
        """The following lines that are indented more, without that indentation."""
        deeper, found = self._indent_here(), []
        if deeper is None or deeper <= indent:
            return ""
        while self._place < len(self._lines):
            line = self._lines[self._place]
            if line.strip() and len(line) - len(line.lstrip(" ")) < deeper:
                break
            found.append(line[deeper:])
            self._place += 1
        return joint.join(found).rstrip()

    def _next(self, indent: int) -> str | None:
        """The next line that is not blank, if it has this indentation."""
        here = self._indent_here()
        if here is None or here < indent:
            return None
        if here > indent:
            raise self._fault("this line is indented, and belongs to nothing")
        return self._lines[self._place].strip()

    def _indent_here(self) -> int | None:
        while self._place < len(self._lines):
            line = self._lines[self._place]
            if line.strip() and not line.lstrip().startswith("#"):
                return len(line) - len(line.lstrip(" "))
            self._place += 1
        return None

    def _scalar_or_list(self, text: str) -> Any:
        if not text.startswith("["):
            return self._scalar(text)
        if not text.endswith("]"):
            raise self._fault("a list ends with ] on its own line")
        inner = text[1:-1].strip()
        return [self._scalar(one.strip()) for one in inner.split(",")] if inner else []

    def _scalar(self, text: str) -> Any:
        if text[:1] in ("&", "*", "!", "{", "%", "@", "`"):
            raise self._fault(f"{text[0]} means something here that is not understood: quote it")
        if text[:1] == '"':
            return self._quoted(text)
        if text[:1] == "'":
            if len(text) < 2 or not text.endswith("'"):
                raise self._fault("a quote has no end")
            return text[1:-1].replace("''", "'")
        if text in _WORDS:
            return _WORDS[text]
        if number := _NUMBER.fullmatch(text):
            return float(text) if number[2] else int(text)
        return text

    def _quoted(self, text: str) -> str:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, str):
            raise self._fault("a quote has no end, or an escape that is none")
        return found

    def _fault(self, why: str) -> Exception:
        """The error for the current line."""
        place = min(self._place, len(self._lines) - 1)
        return usage_error(f"line {self._first + place}: {why}")


def _without_comment(text: str) -> str:
    """A value without its comment, which begins at `` #`` outside quotes."""
    text = text.strip()
    if text[:1] in ('"', "'"):
        end = text.rfind(text[0])
        return text[: end + 1] if text[end + 1 :].lstrip().startswith("#") else text
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].rstrip()
