"""The audio in an answer: raw, in events, in an object, or at a URL.

The format is detected, whatever was requested. Source: recorded answers of each provider.
"""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from typing import Any

from aichat.core.billing.usage import (
    NO_DETAIL,
    UNKNOWN_USAGE,
    Usage,
    UsageDetail,
    parse_count,
    parse_counts,
)
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame, SseReader
from aichat.core.message.sound import is_begun_wav
from aichat.core.text.json import get_object, objects, read_object, text_or_none
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

#: Bytes of raw audio that may still turn out to be a page or an object.
_MAX_DOCUMENT = 1 << 16


class Sound(NamedTuple):
    """Audio: its bytes of type ``mime``, or the ``url`` of a file; with its usage."""

    data: bytes
    mime: str = ""
    url: str | None = None
    usage: Usage = UNKNOWN_USAGE
    detail: UsageDetail = NO_DETAIL


class SoundReader:
    """Reads the audio of one answer as it arrives; ``kind`` is the answer's content type."""

    def __init__(self, kind: str) -> None:
        self._sse = SseReader() if "event-stream" in kind else None
        self._is_json = "json" in kind
        self._held = b""  # bytes that may not be audio, or are incomplete
        self._pieces: list[bytes] = []
        self._found = Sound(b"")

    @property
    def mime(self) -> str:
        """The media type reported with the audio."""
        return self._found.mime

    def feed(self, chunk: bytes) -> bytes:
        """The audio in a chunk of the answer. Errors: those that the provider reports."""
        if self._sse:
            return self._read_frames(self._sse.feed(chunk))
        self._held += chunk
        if self._is_json or (not self._pieces and _is_open(self._held)):
            return b""
        new, self._held = self._held, b""
        self._pieces.append(new)
        return new

    def close(self) -> Sound | None:
        """All of the audio; None if there is none. Errors: those that the provider reports."""
        if self._sse:
            self._read_frames(self._sse.close())
        elif self._is_json or _is_document(self._held):
            self._read_value(read_object(self._held))
        elif self._held:
            self._pieces.append(self._held)
        found = self._found._replace(data=b"".join(self._pieces))
        return found if found.data or found.url else None

    def _read_frames(self, frames: Iterable[Frame]) -> bytes:
        return b"".join(self._read_value(read_object(frame.data.encode())) for frame in frames)

    def _read_value(self, told: Mapping[str, Any]) -> bytes:
        usage = get_object(told, "usageMetadata") or get_object(told, "usage")
        if usage:
            self._found = self._found._replace(usage=_usage(usage), detail=_detail(usage))
        new = b""
        for mime, text in _encoded(told):
            try:
                new += b64decode(text, validate=True)
            except (Base64Error, ValueError):
                raise AichatError(Fault("protocol", "the sound is not base64")) from None
            self._found = self._found._replace(mime=mime or self._found.mime)
        if url := text_or_none(_dashscope_audio(told).get("url")):
            self._found = self._found._replace(url=url)
        elif not new and (refused := rejection.parse_rejection(told)):
            raise AichatError(error_response.classify(refused))
        if new:
            self._pieces.append(new)
        return new


def _encoded(told: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The type and base64 of all audio in an object of OpenAI, xAI, Qwen or Gemini."""
    for candidate in objects(told.get("candidates")):
        for part in objects(get_object(candidate, "content").get("parts")):
            inline = get_object(part, "inlineData")
            if data := text_or_none(inline.get("data")):
                yield text_or_none(inline.get("mimeType")) or "", data
    for data in (told.get("audio"), _dashscope_audio(told).get("data")):
        if isinstance(data, str) and data:
            yield text_or_none(told.get("content_type")) or "", data


def _dashscope_audio(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return get_object(get_object(told, "output"), "audio")


def _usage(told: Mapping[str, Any]) -> Usage:
    names = (("input_tokens", "promptTokenCount"), ("output_tokens", "candidatesTokenCount"))
    return Usage(*(parse_count(told.get(one, told.get(other))) for one, other in names))


def _detail(told: Mapping[str, Any]) -> UsageDetail:
    """The count of characters, if reported."""
    return UsageDetail(parse_counts(character=told.get("characters")))


def _is_open(begin: bytes) -> bool:
    """Whether an answer may be no sound yet, or has no whole header, at which players look."""
    return is_begun_wav(begin) or (_begins_document(begin) and len(begin) < _MAX_DOCUMENT)


def _begins_document(data: bytes) -> bool:
    return data[:200].lstrip()[:1] in (b"{", b"[", b"<") or not data.strip()


def _is_document(data: bytes) -> bool:
    """Whether data is a page or an object; raw samples may begin like one."""
    if data[:200].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return True
    try:
        return data.lstrip()[:1] in (b"{", b"[") and json.loads(data) is not None
    except (ValueError, RecursionError):
        return False
