"""Uploads that go on from where a link broke: the calls behind the one that begins them.

Source: uploads recorded from google-genai 3.6; Google's resumable uploads, whose ``query`` is
answered with ``X-Goog-Upload-Status`` and ``X-Goog-Upload-Size-Received``.
"""

from collections.abc import Mapping

from aichat.core.http.call import Call, Header

#: Digits of a count of bytes.
_MAX_DIGITS = 16


def rest_call(url: str, offset: int) -> Call:
    """The call that sends the bytes from ``offset`` on, without them. No key goes there."""
    told = (
        Header("x-goog-upload-command", "upload, finalize"),
        Header("x-goog-upload-offset", str(offset)),
    )
    return Call("POST", url, told)


def query_call(url: str) -> Call:
    """The call that asks how much of it is there."""
    return Call("POST", url, (Header("x-goog-upload-command", "query"),))


def received_bytes(headers: Mapping[str, str], size: int) -> int | None:
    """How many of ``size`` bytes are there; None where the rest is not taken any more."""
    told = headers.get("x-goog-upload-size-received", "")
    is_open = headers.get("x-goog-upload-status", "active") == "active"
    there = int(told) if told.isdecimal() and len(told) < _MAX_DIGITS else -1
    return there if is_open and 0 <= there < size else None
