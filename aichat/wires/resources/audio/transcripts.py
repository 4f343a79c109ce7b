"""Transcripts in answers: whole, or streamed as they are recognised.

Source: the types of openai 3.57 and groq 1.7; recorded answers of the others.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import (
    NO_DETAIL,
    UNKNOWN_USAGE,
    Usage,
    UsageDetail,
    parse_count,
    parse_counts,
)
from aichat.core.exchange.event import Event, Failure, Finish, TextDelta, UsageUpdate
from aichat.core.http import error_response, rejection
from aichat.core.http.sse import Frame
from aichat.core.media.transcript import Span, Transcript
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects, read_object, text_or_none
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple
from aichat.wires.dashscope.decode import DashscopeDecoder
from aichat.wires.interactions.decode import InteractionsDecoder
from aichat.wires.resources.audio.transcription import DIALECTS
from aichat.wires.shared.json_decoder import JsonDecoder
from aichat.wires.shared.openai_usage import provider_cost

#: Larger times (in seconds) are taken for errors.
_LONGEST = 10_000_000


class Transcribed(NamedTuple):
    """A transcript with its usage: tokens, or seconds of audio in ``detail``."""

    transcript: Transcript
    usage: Usage = UNKNOWN_USAGE
    detail: UsageDetail = NO_DETAIL
    cost: Cost | None = None


def parse_transcription(answer: bytes, endpoint: Endpoint) -> Transcribed | None:
    """The transcript in a whole answer; None if it has none.

    Errors: those that the provider reports, even inside a success.
    """
    told = read_object(answer)
    if not told:
        return None
    found = _READERS[endpoint.provider.resources.transcription](told)
    if found is None:
        if refused := rejection.parse_rejection(told):
            raise AichatError(error_response.classify(refused))
        return None
    return _with_least(found, endpoint)


def _with_least(found: Transcribed, endpoint: Endpoint) -> Transcribed:
    """The result with the minimum of billed seconds."""
    least = DIALECTS[endpoint.provider.resources.transcription].least_seconds
    seconds = found.detail.counts.get("audio_second")
    if seconds is None or seconds >= least:
        return found
    return found._replace(detail=UsageDetail({**found.detail.counts, "audio_second": least}))


# -- whole


def _read_openai(told: Mapping[str, Any]) -> Transcribed | None:
    """The answer of OpenAI, Groq and xAI, which only differ in omitted fields."""
    text = told.get("text")
    if not isinstance(text, str):
        return None
    languages = (each.get("language", each.get("code")) for each in objects(told.get("languages")))
    language = told.get("language") or next(languages, None)
    words, segments = _spans(told.get("words")), _spans(told.get("segments"))
    seconds = _number(told.get("duration"))
    transcript = Transcript(text, text_or_none(language), seconds, segments, words)
    usage = get_object(told, "usage")
    return Transcribed(transcript, *_openai_usage(usage, seconds), provider_cost(usage))


def _openai_usage(usage: Mapping[str, Any], seconds: float | None) -> tuple[Usage, UsageDetail]:
    if usage.get("type") == "tokens" or "input_tokens" in usage:
        into = get_object(usage, "input_token_details")
        counts = parse_counts(audio_input=into.get("audio_tokens"))
        tokens = [parse_count(usage.get(name)) for name in ("input_tokens", "output_tokens")]
        return Usage(*tokens), UsageDetail(counts)
    return UNKNOWN_USAGE, _second_count(_number(usage.get("seconds")) or seconds)


def _second_count(seconds: float | None) -> UsageDetail:
    """Seconds as billed: rounded up."""
    return UsageDetail({"audio_second": math.ceil(seconds)}) if seconds else NO_DETAIL


def _spans(told: Any) -> tuple[Span, ...]:
    """The spans with both text and times."""
    found = (
        (each, _number(each.get("start")), _number(each.get("end")), _text(each))
        for each in objects(told)
    )
    return tuple(
        Span(text, start, max(start, end), _speaker(each.get("speaker")))
        for each, start, end, text in found
        if text.strip() and start is not None and end is not None
    )


def _text(entry: Mapping[str, Any]) -> str:
    return text_or_none(entry.get("word")) or text_or_none(entry.get("text")) or ""


def _speaker(told: Any) -> str | None:
    """A speaker's name; xAI numbers them."""
    if isinstance(told, bool) or not isinstance(told, str | int):
        return None
    return str(told)[:100] or None


def _number(told: Any, parts: int = 1) -> float | None:
    """Seconds from a value in units of 1/``parts`` second."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return told / parts if 0 <= told < _LONGEST * parts else None


def _read_gemini(told: Mapping[str, Any]) -> Transcribed | None:
    reading = LiveTranscript(InteractionsDecoder())
    reading.feed([Frame(json.dumps(told))])
    if "status" not in told and not reading.text:
        return None
    found = reading.close()
    steps = objects(told.get("steps"))
    parts = [part for step in steps for part in objects(step.get("content"))]
    notes = [note for part in parts for note in objects(part.get("annotations"))]
    words = _spans([_gemini_word(each) for each in notes if each.get("type") == "word_info"])
    transcript = found.transcript._replace(words=words)
    if words:
        transcript = transcript._replace(seconds=words[-1].end)
    return found._replace(transcript=transcript)


def _gemini_word(note: Mapping[str, Any]) -> dict[str, Any]:
    """A word whose times are strings such as ``1.2s``."""
    times = {name: _offset(note.get(f"{name}_offset")) for name in ("start", "end")}
    return {"text": note.get("text"), "speaker": note.get("speaker"), **times}


def _offset(told: Any) -> float | None:
    try:
        return float(str(told).removesuffix("s")) if told is not None else 0.0
    except ValueError:
        return None


def _read_qwen(told: Mapping[str, Any]) -> Transcribed | None:
    choices = [*objects(get_object(told, "output").get("choices"))]
    if not choices:
        return None
    content = get_object(choices[0], "message").get("content")
    text = "".join(str(part.get("text") or "") for part in objects(content))
    text = content if isinstance(content, str) else text
    usage = get_object(told, "usage")
    seconds = _number(usage.get("seconds", usage.get("duration")))
    tokens = [parse_count(usage.get(name)) for name in ("input_tokens", "output_tokens")]
    return Transcribed(Transcript(text, seconds=seconds), Usage(*tokens), _second_count(seconds))


def parse_document(data: bytes) -> Transcript | None:
    """The transcript of a DashScope task, with times in milliseconds; None if it is not one."""
    listed = read_object(data).get("transcripts")
    if not isinstance(listed, list):
        return None
    channels = [*objects(listed)]
    sentences = [each for channel in channels for each in objects(channel.get("sentences"))]
    words = [word for each in sentences for word in objects(each.get("words"))]
    text = "\n".join(said for each in channels if (said := text_or_none(each.get("text"))))
    language = next(filter(None, (text_or_none(s.get("language")) for s in sentences)), None)
    segments = _spans([*map(_in_seconds, sentences)])
    seconds = max((span.end for span in segments), default=None)
    return Transcript(text, language, seconds, segments, _spans([*map(_in_seconds, words)]))


def _in_seconds(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A sentence or a word, with its separate punctuation."""
    text = f"{text_or_none(entry.get('text')) or ''}{text_or_none(entry.get('punctuation')) or ''}"
    return {
        "text": text,
        "start": _number(entry.get("begin_time"), 1000),
        "end": _number(entry.get("end_time"), 1000),
        "speaker": entry.get("speaker_id"),
    }


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Transcribed | None]] = {
    "openai": _read_openai,
    "groq": _read_openai,
    "xai": _read_openai,
    "gemini": _read_gemini,
    "qwen": _read_qwen,
}


# -- streamed


class _OpenaiDecoder(JsonDecoder):
    """Decodes ``transcript.text.delta`` and ``done`` events, with or without ``[DONE]``."""

    def __init__(self) -> None:
        super().__init__(tagged=False)
        self._text = ""

    def _read_value(self, value: Any, _frame: Frame, events: list[Event]) -> None:
        told = value if isinstance(value, dict) else {}
        kind = told.get("type")
        if kind == "transcript.text.delta":
            self._add(str(told.get("delta") or ""), events)
        elif kind == "transcript.text.done":
            self._read_end(told, events)
        elif kind == "error" or (told.get("error") and "text" not in told):
            found = rejection.parse_rejection(told) or rejection.Rejection("no reason given")
            self._fail_with(error_response.classify(found), events)
        elif isinstance(told.get("text"), str) and kind is None:  # it was not streamed
            self._read_end(told, events)

    def _add(self, text: str, events: list[Event]) -> None:
        self._text += text
        if text:
            events.append(TextDelta(text))

    def _read_end(self, told: Mapping[str, Any], events: list[Event]) -> None:
        """Read the whole text, of which deltas may have been lost."""
        whole = str(told.get("text") or "")
        if whole.startswith(self._text):
            self._add(whole[len(self._text) :], events)
        usage = get_object(told, "usage")
        tokens, detail = _openai_usage(usage, _number(told.get("duration")))
        events.append(UsageUpdate(tokens, provider_cost(usage), usage, detail))
        self._ended = True
        events.append(Finish("stop"))


class LiveTranscript:
    """A growing transcript, whose new text ``feed`` returns."""

    def __init__(self, decoder: JsonDecoder) -> None:
        self._decoder = decoder
        self.text = ""
        self._usage = UsageUpdate(UNKNOWN_USAGE)

    def feed(self, frames: Iterable[Frame]) -> str:
        """The text in ``frames``. Errors: those that the provider reports."""
        return self._read(self._decoder.feed(frames))

    def close(self) -> Transcribed:
        """The whole transcript. Errors: ``truncated`` if it did not end."""
        self._read(self._decoder.close())
        return Transcribed(
            Transcript(self.text), self._usage.usage, self._usage.detail, self._usage.cost
        )

    def _read(self, events: Iterable[Event]) -> str:
        new = ""
        for event in events:
            if isinstance(event, TextDelta):
                new += event.text
            elif isinstance(event, UsageUpdate):
                self._usage = event
            elif isinstance(event, Failure):
                self.text += new
                raise AichatError(event.fault)
            elif isinstance(event, Finish) and event.reason not in ("stop", None):
                self.text += new
                raise AichatError(_unfinished(event.reason))
        self.text += new
        return new


def _unfinished(reason: str | None) -> Fault:
    kind = reason if reason in ("content_filter", "refusal", "length") else "truncated"
    return Fault(kind, f"the transcript is not whole: {reason}")


def live_transcript(endpoint: Endpoint) -> LiveTranscript:
    """The reader for a provider's streamed answer."""
    makers: Mapping[str, Callable[[], JsonDecoder]] = {
        "openai": _OpenaiDecoder,
        "gemini": InteractionsDecoder,
        "qwen": lambda: DashscopeDecoder(cumulative=False),
    }
    return LiveTranscript(makers[endpoint.provider.resources.transcription]())
