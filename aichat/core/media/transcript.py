"""What was said in a recording, and when: as text, as subtitles, as JSON.

Every provider's answer is first turned into this, so that all of them offer every format.
Source: https://www.w3.org/TR/webvtt1/.
"""

import html
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from aichat.values import NamedTuple

#: A subtitle has two lines of at most so many characters, and is shown for so many seconds.
_LINE_CHARACTERS, _CUE_SECONDS = 42, 7.0

#: Seconds of silence that end a subtitle.
_PAUSE_SECONDS = 1.0

#: The least time that a subtitle is shown: players drop those of zero length.
_LEAST_SECONDS = 0.001


class Span(NamedTuple):
    """A word or a passage; ``start`` and ``end`` are seconds from the beginning."""

    text: str
    start: float
    end: float
    speaker: str | None = None


class Transcript(NamedTuple):
    """What was said; ``seconds`` is the duration. What is unknown is empty or None."""

    text: str
    language: str | None = None
    seconds: float | None = None
    segments: tuple[Span, ...] = ()
    words: tuple[Span, ...] = ()


def format_text(transcript: Transcript, timestamps: str | None = None) -> str:
    """The text alone; or a line for each ``word``, each ``segment``, or each speaker's turn."""
    if timestamps == "word":
        return "".join(f"[{_clock(word.start)}] {_line(word)}\n" for word in transcript.words)
    passages = _passages(transcript)
    if timestamps:
        return "".join(f"[{_clock(each.start)}] {_line(each)}\n" for each in passages)
    if any(each.speaker for each in passages):
        turns = groupby(passages, key=lambda each: each.speaker)
        said = ((who, " ".join(_flat(each.text) for each in turn)) for who, turn in turns)
        return "".join(f"{_named(who)}{text}\n" for who, text in said)
    return transcript.text.strip() + "\n"


def format_srt(transcript: Transcript) -> str:
    """Subtitles in SubRip format."""
    cues = enumerate(_cues(transcript), 1)
    return "".join(
        f"{n}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_srt_text(cue)}\n\n"
        for n, cue in cues
    )


def format_vtt(transcript: Transcript) -> str:
    """Subtitles in WebVTT format, with the speaker in a tag."""
    cues = (
        f"{_clock(cue.start)} --> {_clock(cue.end)}\n{_vtt_text(cue)}\n\n"
        for cue in _cues(transcript)
    )
    return "WEBVTT\n\n" + "".join(cues)


def as_document(transcript: Transcript) -> dict[str, Any]:
    """The transcript as a JSON value."""
    return {
        "text": transcript.text.strip(),
        "language": transcript.language,
        "seconds": transcript.seconds,
        "segments": [each._asdict() for each in transcript.segments],
        "words": [each._asdict() for each in transcript.words],
    }


# -- subtitles


def _passages(transcript: Transcript) -> Sequence[Span]:
    return transcript.segments or tuple(_grouped(transcript.words))


def _cues(transcript: Transcript) -> Iterator[Span]:
    for each in _passages(transcript):
        if text := _flat(each.text):
            end = max(each.end, each.start + _LEAST_SECONDS)
            yield each._replace(text=text, end=end)


def _grouped(words: Iterable[Span]) -> Iterator[Span]:
    """Words grouped into passages that fit a subtitle, with one speaker and without a pause."""
    held: Span | None = None
    for word in words:
        if held and _fits(held, word):
            end = max(held.end, word.end)
            held = held._replace(text=f"{held.text} {_flat(word.text)}", end=end)
            continue
        if held:
            yield held
        held = word._replace(text=_flat(word.text))
    if held:
        yield held


def _fits(held: Span, word: Span) -> bool:
    length = len(held.text) + 1 + len(word.text)
    return (
        word.speaker == held.speaker
        and length <= 2 * _LINE_CHARACTERS
        and word.start - held.end <= _PAUSE_SECONDS
        and word.end - held.start <= _CUE_SECONDS
    )


def _srt_text(cue: Span) -> str:
    """The lines of a subtitle; an arrow in them would be taken for the times of another."""
    return _lines(_line(cue).replace("-->", "->"))


def _vtt_text(cue: Span) -> str:
    text = html.escape(_lines(cue.text), quote=False)
    return f"<v {html.escape(_flat(cue.speaker), quote=False)}>{text}" if cue.speaker else text


def _lines(text: str) -> str:
    return textwrap.fill(text, _LINE_CHARACTERS, break_long_words=False, break_on_hyphens=False)


def _line(span: Span) -> str:
    return _named(span.speaker) + _flat(span.text)


def _named(speaker: str | None) -> str:
    return f"{_flat(speaker)}: " if speaker else ""


def _flat(text: str) -> str:
    """Text on one line, since an empty line would end a subtitle."""
    return " ".join(text.split())


def _clock(seconds: float, point: str = ".") -> str:
    thousandths = round(seconds * 1000)
    whole, rest = divmod(thousandths, 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{rest:03}"
