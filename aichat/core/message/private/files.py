"""Redacting the content of a file, if it is text."""

import codecs
import re
from collections.abc import Callable, Iterable

from aichat.errors import usage_error

#: The most bytes of a text that can be searched; a longer one is not sent.
MOST_TEXT = 64 << 20

#: Control characters, which no text in an older encoding contains.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def changed_content(
    pieces: Iterable[bytes], size: int, change: Callable[[str], str], name: str
) -> bytes | None:
    """The content of a file with its text changed; None if nothing changes, or it is no text.

    Errors: ``usage`` for a text of more than ``MOST_TEXT`` bytes.
    """
    rest = iter(pieces)
    head = next(rest, b"")
    encoding = _encoding_of(head, is_whole=False)
    if encoding is None:
        return None
    if size > MOST_TEXT:
        raise usage_error(
            f"{name} is a text of {size >> 20} MB: [privacy] redact reads {MOST_TEXT >> 20} MB",
            "nothing was sent; send it in parts",
        )
    data = b"".join((head, *rest))
    encoding = _encoding_of(data, is_whole=True)
    if encoding is None:
        return None
    text = data.decode(encoding, "replace")
    changed = change(text)
    return None if changed == text else changed.encode(encoding, "replace")


def _encoding_of(data: bytes, *, is_whole: bool) -> str | None:
    """The encoding of a text; None if it is no text."""
    if data.startswith(_MARKS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, is_whole)
    except UnicodeDecodeError:
        return None if _CONTROL.search(data) else "latin-1"
    return "utf-8"
