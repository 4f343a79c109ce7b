"""The session's own events in OpenAI's Realtime API, as opposed to those of answers.

Source: the realtime types of openai 3.57; recorded sessions of OpenAI and xAI.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.text.json import get_object, objects, parse_object, text_or_none
from aichat.wires.realtime.codec import (
    Alive,
    AnswerBegun,
    Greeting,
    Handle,
    Limits,
    Ready,
    Refused,
    SessionEvent,
    Speaking,
    SpeechBegun,
    SpeechRead,
    SpeechTaken,
)
from aichat.wires.realtime.openai.decode import HARMLESS, brings_sound, read_fault
from aichat.wires.responses.items import named_item


def read_event(frame: str) -> SessionEvent | None:
    """The session's event in a frame; None for any other frame."""
    if brings_sound(frame) or not _MARKS.search(frame):
        return None
    told = parse_object(frame)
    read = _READERS.get(str(told.get("type")))
    return read(told) if read else None


def ends(frame: str) -> bool:
    """Whether a frame is the last of an answer."""
    may_be = not brings_sound(frame) and '"response.done"' in frame
    return may_be and parse_object(frame).get("type") == "response.done"


def _read_handle(told: Mapping[str, Any]) -> SessionEvent | None:
    """The name of the conversation, which xAI reports."""
    name = text_or_none(get_object(told, "conversation").get("id"))
    return Handle(name, is_name=True) if name else None


def _read_item(told: Mapping[str, Any]) -> SessionEvent | None:
    item = get_object(told, "item")
    return Speaking(named_item(told)) if item.get("type") == "message" else None


def _read_limits(told: Mapping[str, Any]) -> SessionEvent:
    """Rate limits under the names of HTTP headers."""
    found = {
        f"x-ratelimit-{ours}-{limit.get('name')}": limit.get(theirs)
        for limit in objects(told.get("rate_limits"))
        for ours, theirs in _LIMIT_FIELDS.items()
    }
    return Limits({name: str(value) for name, value in found.items() if value is not None})


_LIMIT_FIELDS = {"limit": "limit", "remaining": "remaining", "reset": "reset_seconds"}


def _read_error(told: Mapping[str, Any]) -> SessionEvent | None:
    fault = read_fault(told)
    return None if fault.code in HARMLESS else Refused(fault)


_WRITTEN = "conversation.item.input_audio_transcription"

_READERS: Mapping[str, Callable[[Mapping[str, Any]], SessionEvent | None]] = {
    "session.created": lambda _: Greeting(),
    "session.updated": lambda _: Ready(),
    "conversation.created": _read_handle,
    "input_audio_buffer.speech_started": lambda _: SpeechBegun(),
    "input_audio_buffer.committed": lambda _: SpeechTaken(),
    f"{_WRITTEN}.completed": lambda _: SpeechRead(),
    f"{_WRITTEN}.failed": lambda _: SpeechRead(),
    "response.created": lambda _: AnswerBegun(),
    "response.output_item.added": _read_item,
    "rate_limits.updated": _read_limits,
    "ping": lambda _: Alive(),
    "error": _read_error,
}

#: Substrings of frames that may be about the session, for a quick check.
_MARKS = re.compile(f'"({"|".join(map(re.escape, _READERS))})"')
