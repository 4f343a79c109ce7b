"""What leaves as the content of a file: where it is text, what is private in it is replaced."""

import codecs
import re
from collections.abc import Callable, Iterable

from aichat.errors import usage_error

#: Bytes of a text that is looked through; a longer one does not leave.
MOST_TEXT = 64 << 20

#: What stands in no text that is not UTF-8.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def changed_content(
    pieces: Iterable[bytes], size: int, change: Callable[[str], str], name: str
) -> bytes | None:
    """The content of a file with other words; None where they are the same, or it is no text.

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
    """How a text is written; None for what is none."""
    if data.startswith(_MARKS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, is_whole)
    except UnicodeDecodeError:
        return None if _CONTROL.search(data) else "latin-1"
    return "utf-8"
