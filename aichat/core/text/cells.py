"""The width of text in terminal columns, and text of an exact width."""

import re
from unicodedata import combining, east_asian_width

#: Colours and styles, which take no columns.
_STYLES = re.compile(r"\x1b\[[\d;]*m")


def text_width(text: str) -> int:
    """The columns that ``text`` takes."""
    if "\x1b" in text:
        text = _STYLES.sub("", text)
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if combining(char) or char in "\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def truncate(text: str, columns: int, mark: str = "…") -> str:
    """``text``, without styles, in at most so many columns, with a mark where it was cut."""
    if text_width(text) <= columns:
        return text
    kept, left = "", columns - len(mark)
    for char in text:
        left -= _char_width(char)
        if left < 0:
            break
        kept += char
    return (kept + mark)[:columns]


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` padded with spaces to so many columns, aligned left or ``right``."""
    blanks = " " * (columns - text_width(text))
    return blanks + text if right else text + blanks
