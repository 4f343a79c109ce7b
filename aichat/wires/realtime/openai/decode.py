"""Decoding one answer of a session by the events of OpenAI's Realtime API, old and new.

Events that belong to the session, not to an answer, are ignored here.
Source: the realtime types of openai 3.57; recorded sessions of OpenAI, xAI and Qwen.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aichat.core.billing.usage import Usage, UsageDetail, parse_count, parse_counts
from aichat.core.exchange.event import (
    Event,
    Failure,
    Heard,
    Start,
    TextDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.message.sound import DEFAULT_RATE
from aichat.core.text.json import dumps, get_object, is_json, objects, text_or_none
from aichat.errors import Fault
from aichat.wires.responses.items import content_index, named_item, output_index
from aichat.wires.shared.endings import end_event
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.media_parts import read_audio

#: Events with text or transcripts. A server may send the same text in two of them.
_TEXT_EVENTS = frozenset(
    (
        *("response.output_text.delta", "response.text.delta"),
        *("response.output_audio_transcript.delta", "response.audio_transcript.delta"),
    )
)

#: The media type of audio in all realtime protocols.
SAMPLES = f"audio/pcm;rate={DEFAULT_RATE}"

#: Events with audio as raw samples.
_SOUND_EVENTS = frozenset(("response.output_audio.delta", "response.audio.delta"))

#: The prefix of events with the user's transcript, in pieces or cumulative.
_HEARD = "conversation.item.input_audio_transcription."
_HEARD_EVENTS = {f"{_HEARD}delta": False, f"{_HEARD}updated": True, f"{_HEARD}completed": True}

#: Prefixes of events about the session, or that repeat others.
_PASSED_OVER = (
    *("session.", "conversation.", "input_audio_buffer.", "output_audio_buffer."),
    *("rate_limits.", "ping", "response.output_item.", "response.content_part."),
    *("response.output_text.", "response.text.", "response.output_audio", "response.audio"),
    "response.function_call_arguments.",
)

#: Errors without effect: what was to be cancelled had ended.
HARMLESS = frozenset(("response_cancel_not_active",))


#: The characters at the start of an event that include its type, unless that comes last.
_HEAD = 200

#: The start of an event with audio, and its field with base64.
_SOUND_HEAD = re.compile(r'\s*\{[^{}\\]{0,150}?"type"\s*:\s*"response\.(?:output_)?audio\.delta"')
_SOUND_DATA = re.compile(r'"delta"\s*:\s*"')


def brings_sound(frame: str) -> bool:
    """Whether a frame is only a piece of audio; most are, and those are by far the longest."""
    return 'audio.delta"' in frame[:_HEAD] and _SOUND_HEAD.match(frame) is not None


def _sound_in(frame: str) -> str | None:
    """The base64 in a frame of audio, found without parsing it as JSON."""
    head = _SOUND_HEAD.match(frame) if 'audio.delta"' in frame[:_HEAD] else None
    begin = _SOUND_DATA.search(frame, head.end()) if head else None
    end = frame.find('"', begin.end()) if begin else -1  # a pattern takes ten times as long
    data = frame[begin.end() : end] if begin and end >= 0 else "\\"
    return None if "\\" in data else data


class RealtimeDecoder(JsonDecoder):
    """Decodes one answer; ``wire`` is the name for unknown items.

    With ``speaks`` it emits audio too. ``close`` ends it, since the user's transcript may arrive
    after the server's own end.
    """

    def __init__(self, wire: str, *, speaks: bool = False) -> None:
        super().__init__(tagged=False)
        self._wire, self._speaks = wire, speaks
        self._end: Event | None = None
        self._heard: dict[Any, str] = {}  # the user's transcript, by item
        self._taken: set[Any] = set()  # the items of this turn
        self._written = 0  # transcribed seconds, which are billed separately
        self._usage: UsageUpdate | None = None
        self._text_events: dict[Any, str] = {}  # by part: the event whose text counts
        self._calls: dict[str, str] = {}  # emitted calls: id and arguments
        self._names: dict[Any, Mapping[str, Any]] = {}  # started calls, by item

    def feed(self, frames: Iterable[Frame]) -> list[Event]:
        """As in any decoder, with a fast path for audio, of which there is most."""
        events: list[Event] = []
        for frame in frames:
            delta = None if self._ended else _sound_in(frame.data)
            if delta is None:
                events += super().feed([frame])
            elif self._speaks:
                events.append(read_audio(SAMPLES, delta))
        return events

    def _read_value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        for told in objects([value]):
            name = str(told.get("type") or "")
            if name in _TEXT_EVENTS:
                self._read_text(name, told, events)
            elif name in _SOUND_EVENTS:
                self._read_sound(told, events)
            elif name in _HEARD_EVENTS:
                self._read_heard(name, told, events)
            elif name in _READERS:
                _READERS[name](self, told, events)
            elif not name.startswith(_PASSED_OVER):
                events.append(UnknownItem(self._wire, told))

    def _read_text(self, name: str, told: Mapping[str, Any], events: list[Event]) -> None:
        """Read text, only from the type of event that was first for a part."""
        part, delta = output_index(told), told.get("delta")
        place = part, content_index(told)
        if isinstance(delta, str) and delta and name == self._text_events.setdefault(place, name):
            events.append(TextDelta(delta, part))

    def _read_sound(self, told: Mapping[str, Any], events: list[Event]) -> None:
        delta = told.get("delta")
        if self._speaks and isinstance(delta, str):
            events.append(read_audio(SAMPLES, delta))

    def _read_taken(self, told: Mapping[str, Any], _events: list[Event]) -> None:
        self._taken.add(named_item(told))

    def _read_heard(self, name: str, told: Mapping[str, Any], events: list[Event]) -> None:
        """Read the user's transcript, but not that of an earlier turn."""
        item, said = named_item(told), told.get("transcript", told.get("delta"))
        if not isinstance(said, str) or (self._taken and item not in self._taken):
            return
        self._heard[item] = said if _HEARD_EVENTS[name] else self._heard.get(item, "") + said
        events.append(Heard(" ".join(filter(None, map(str.strip, self._heard.values())))))
        usage = get_object(told, "usage")
        seconds = parse_count(usage.get("seconds"))
        self._written += (seconds or 0) if name.endswith(".completed") else 0

    def _read_start(self, told: Mapping[str, Any], events: list[Event]) -> None:
        events.append(Start(text_or_none(get_object(told, "response").get("id"))))

    def _read_item(self, told: Mapping[str, Any], _events: list[Event]) -> None:
        item = get_object(told, "item")
        self._names[named_item(told)] = item

    def _read_call(self, told: Mapping[str, Any], events: list[Event]) -> None:
        begun = self._names.get(named_item(told), {})
        self._tell_call({**begun, **{k: v for k, v in told.items() if v is not None}}, events)

    def _tell_call(self, item: Mapping[str, Any], events: list[Event]) -> None:
        """Emit a complete call, once."""
        call_id, name = str(item.get("call_id") or ""), str(item.get("name") or "")
        if call_id in self._calls or not name:
            return
        arguments = item.get("arguments")
        self._calls[call_id] = told = arguments if isinstance(arguments, str) else dumps(arguments)
        slot = len(self._calls)
        events += [ToolCallStart(slot, call_id, name), ToolCallEnd(slot, told)]

    def _read_end(self, told: Mapping[str, Any], events: list[Event]) -> None:
        response = get_object(told, "response")
        for item in objects(response.get("output")):
            if item.get("type") == "function_call":
                self._tell_call(item, events)
        # xAI has it beside an empty response
        if usage := get_object(response, "usage") or get_object(told, "usage"):
            self._usage = read_usage(usage)
            events.append(self._usage)
        self._end = self._ending(response)

    def _end_body(self, events: list[Event]) -> None:
        self._ended = True
        if self._written and self._usage:
            counts = {**self._usage.detail.counts, "heard_second": self._written}
            events.append(self._usage._replace(detail=UsageDetail(counts)))
        if self._end:
            events.append(self._end)
        else:
            super()._end_body(events)

    def _ending(self, response: Mapping[str, Any]) -> Event:
        status, details = str(response.get("status") or ""), get_object(response, "status_details")
        if error := get_object(details, "error"):
            return Failure(read_fault({"error": error}))
        whole = all(map(is_json, self._calls.values()))
        reason = str(details.get("reason") or "") if status == "incomplete" else ""
        return end_event(reason or status, has_calls=bool(self._calls), are_whole=whole)

    def _read_error(self, told: Mapping[str, Any], events: list[Event]) -> None:
        fault = read_fault(told)
        if fault.code not in HARMLESS:
            self._fail_with(fault, events)


_READERS = {
    "response.created": RealtimeDecoder._read_start,
    "response.output_item.added": RealtimeDecoder._read_item,
    "response.function_call_arguments.done": RealtimeDecoder._read_call,
    "response.done": RealtimeDecoder._read_end,
    "input_audio_buffer.committed": RealtimeDecoder._read_taken,
    "error": RealtimeDecoder._read_error,
}


def read_fault(told: Mapping[str, Any]) -> Fault:
    """The fault in an ``error`` event."""
    found = rejection.parse_rejection(told) or rejection.Rejection("no reason given")
    return error_response.classify(found)


def read_usage(raw: Mapping[str, Any]) -> UsageUpdate:
    """The tokens of an answer, and the seconds of its audio if those are billed.

    ``input`` includes what was read from a cache. Qwen names the details in the plural.
    """
    into, out = (
        get_object(raw, f"{side}_token_details") or get_object(raw, f"{side}_tokens_details")
        for side in ("input", "output")
    )
    cached = get_object(into, "cached_tokens_details")
    usage = Usage(
        input=parse_count(raw.get("input_tokens")),
        output=parse_count(raw.get("output_tokens")),
        cached_input=parse_count(into.get("cached_tokens")),
        reasoning=parse_count(out.get("reasoning_tokens")),
    )
    counts = parse_counts(
        audio_input=into.get("audio_tokens"),
        audio_cached=cached.get("audio_tokens"),
        audio_output=out.get("audio_tokens"),
        image_input=into.get("image_tokens"),
        image_cached=cached.get("image_tokens"),
        audio_second=raw.get("billable_audio_seconds"),
    )
    return UsageUpdate(usage, raw=raw, detail=UsageDetail(counts))
