"""Decoding one answer of a session with Gemini's Live API.

The API always speaks; the text is that of the transcript. Thoughts come as text.
Source: ai.google.dev/api/live; recorded sessions.
"""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.exchange.event import (
    Audio,
    Event,
    Finish,
    Heard,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
)
from aichat.core.http.sse import Frame
from aichat.core.media.sound.samples import Resampler
from aichat.core.message.media import Media
from aichat.core.message.sound import DEFAULT_RATE, sample_rate
from aichat.core.text.json import dumps, get_object, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.gemini.decode import read_usage
from aichat.wires.shared.call_ids import CallIds
from aichat.wires.shared.endings import end_event
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_audio

WIRE_NAME = "realtime.gemini"

#: The default media type of audio.
SAMPLES = f"audio/pcm;rate={DEFAULT_RATE}"

#: Media types of raw samples.
_BARE = re.compile(r"audio/(pcm|l16)\s*(;|$)", re.I)

#: The known fields of a message.
_KNOWN_FIELDS = frozenset(
    (
        *("serverContent", "toolCall", "usageMetadata", "setupComplete", "goAway"),
        *("sessionResumptionUpdate", "toolCallCancellation", "voiceActivity"),
    )
)

#: Finish reasons without information, or that ask for more input.
_PLAIN_REASONS = frozenset(
    (None, "TURN_COMPLETE_REASON_UNSPECIFIED", "NEED_MORE_INPUT", "STOP", "FINISH")
)


class GeminiLiveDecoder(JsonDecoder):
    """Decodes one answer; ``close`` ends it, since text may follow the server's own end."""

    def __init__(self, *, speaks: bool = False) -> None:
        super().__init__(tagged=False)
        self._speaks, self._heard = speaks, ""
        self._has_begun = self._is_complete = self._is_interrupted = False
        self._reason: str | None = None
        self._ids, self._calls = CallIds(), 0
        self._resampler: Resampler | None = None  # used if audio has another rate

    def _read_value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        for told in objects([value]):
            if told.keys() & {"serverContent", "toolCall"} and not self._has_begun:
                self._has_begun = True
                events.append(Start())
            self._read_content(get_object(told, "serverContent"), events)
            for call in objects(get_object(told, "toolCall").get("functionCalls")):
                self._read_call(call, events)
            if usage := get_object(told, "usageMetadata"):
                events.append(read_usage(_like_answers(usage)))
            unknown = {name: told[name] for name in told if name not in _KNOWN_FIELDS}
            events += [UnknownItem(WIRE_NAME, unknown)] if unknown else []

    def _read_content(self, content: Mapping[str, Any], events: list[Event]) -> None:
        for part in objects(get_object(content, "modelTurn").get("parts")):
            sound = get_object(part, "inlineData")
            if self._speaks and isinstance(sound.get("data"), str):
                self._read_sound(str(sound.get("mimeType") or SAMPLES), sound["data"], events)
            text = part.get("text")
            if isinstance(text, str) and text:
                is_thought = part.get("thought") is True
                events.append(ReasoningDelta(text) if is_thought else TextDelta(text))
        said = get_object(content, "outputTranscription").get("text")
        if isinstance(said, str) and said:
            events.append(TextDelta(said))
        heard = get_object(content, "inputTranscription").get("text")
        if isinstance(heard, str) and heard:
            self._heard += heard
            events.append(Heard(self._heard.strip()))
        self._reason = text_or_none(content.get("turnCompleteReason")) or self._reason
        self._is_interrupted = self._is_interrupted or content.get("interrupted") is True
        self._is_complete = self._is_complete or content.get("turnComplete") is True

    def _read_sound(self, mime: str, data: str, events: list[Event]) -> None:
        """Audio resampled to the common rate; anything but raw samples becomes an unknown item."""
        if not _BARE.match(mime):
            events.append(UnknownItem(WIRE_NAME, {"inlineData": {"mimeType": mime}}))
            return
        rate, event = sample_rate(mime), read_audio(SAMPLES, data)
        if rate != DEFAULT_RATE:
            if self._resampler is None or self._resampler.rate != rate:
                self._resampler = Resampler(rate, DEFAULT_RATE)
            samples = self._resampler.feed(event.media.data or b"")
            event = event._replace(media=event.media._replace(source=samples))
        events.append(event)

    def _read_call(self, call: Mapping[str, Any], events: list[Event]) -> None:
        self._calls += 1
        call_id = self._ids.claim(str(call.get("id") or f"call_{self._calls}"))
        name, arguments = str(call.get("name") or ""), dumps(get_object(call, "args"))
        events.append(ToolCallStart(self._calls, call_id, name))
        events.append(ToolCallEnd(self._calls, arguments))

    def _end_body(self, events: list[Event]) -> None:
        self._ended = True
        if self._resampler and (rest := self._resampler.close()):
            events.append(Audio(Media(SAMPLES, rest)))
        if self._calls:
            events.append(Finish("tool_calls"))
        elif self._is_interrupted:
            events.append(Finish("cancelled", "interrupted"))
        elif self._is_complete and self._reason in _PLAIN_REASONS:
            events.append(Finish("stop", self._reason))
        elif self._is_complete:
            events.append(_reasoned_end(self._reason or ""))
        else:
            self._fail_with(
                Fault("truncated", "the session ended before the answer was complete"), events
            )


def _reasoned_end(reason: str) -> Event:
    """The end for the server's reason, where names of content reasons follow a pattern."""
    if reason == "RESPONSE_REJECTED" or "CONTENT" in reason or reason.startswith("IMAGE_"):
        return Finish("content_filter", reason)
    return end_event(reason, has_calls=False, are_whole=True)


def _like_answers(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Usage with counts renamed as in answers over HTTP."""
    return {name.replace("response", "candidates"): count for name, count in usage.items()}
