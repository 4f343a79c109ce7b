"""Transcripts as text and as subtitles, which a parser of others reads back."""

import io
from collections.abc import Mapping

import pytest

from aichat.core.media.transcript import (
    Span,
    Transcript,
    format_srt,
    format_text,
    format_vtt,
)

webvtt = pytest.importorskip("webvtt")

Cue = tuple[str, str, str]


def parsed(text: str, style: str) -> list[Cue]:
    """The subtitles as another program reads them: begin, end, words."""
    found = webvtt.from_buffer(io.StringIO(text), format=style)
    return [(each.start, each.end, each.raw_text) for each in found]


def words(*said: str, each: float = 0.5) -> tuple[Span, ...]:
    """Words one after the other."""
    return tuple(Span(word, n * each, (n + 1) * each) for n, word in enumerate(said))


ARROW = "a --> b & <c>"

#: Name -> transcript, and begin, end and words of each subtitle: SubRip's, then WebVTT's.
CUES: Mapping[str, tuple[Transcript, list[Cue], list[str]]] = {
    "segments": (
        Transcript("", segments=(Span("Hello.", 0.0, 1.25), Span("Bye.", 3661.5, 3662.0))),
        [
            ("00:00:00.000", "00:00:01.250", "Hello."),
            ("01:01:01.500", "01:01:02.000", "Bye."),
        ],
        ["Hello.", "Bye."],
    ),
    "words": (
        Transcript("", words=words("one", "two")),
        [("00:00:00.000", "00:00:01.000", "one two")],
        ["one two"],
    ),
    "a speaker": (
        Transcript("", segments=(Span("Hi", 0, 1, "A"), Span("Yo", 1, 2, "<B>"))),
        [("00:00:00.000", "00:00:01.000", "A: Hi"), ("00:00:01.000", "00:00:02.000", "<B>: Yo")],
        ["<v A>Hi", "<v &lt;B&gt;>Yo"],
    ),
    "what looks like a subtitle": (
        Transcript("", segments=(Span(f"x\n\n2\n{ARROW}\r\n", 1, 2),)),
        [("00:00:01.000", "00:00:02.000", "x 2 a -> b & <c>")],
        ["x 2 a --&gt; b &amp; &lt;c&gt;"],
    ),
    "no time": (
        Transcript("", segments=(Span("x", 1, 1), Span("  ", 2, 3))),
        [("00:00:01.000", "00:00:01.001", "x")],
        ["x"],
    ),
    "rounded": (
        Transcript("", segments=(Span("x", 59.9996, 60.0004),)),
        [("00:01:00.000", "00:01:00.001", "x")],
        ["x"],
    ),
}


@pytest.mark.parametrize("name", CUES)
def test_subtitles_are_what_another_parser_reads(name: str) -> None:
    transcript, cues, vtt_texts = CUES[name]
    srt, vtt = format_srt(transcript), format_vtt(transcript)
    assert parsed(srt, "srt") == cues
    assert parsed(vtt, "vtt") == [
        (*cue[:2], text) for cue, text in zip(cues, vtt_texts, strict=True)
    ]
    assert srt.startswith("1\n") and vtt.startswith("WEBVTT\n\n") and "\r" not in srt + vtt


def test_long_text_is_two_lines() -> None:
    said = " ".join(["word"] * 16)
    cue = format_srt(Transcript("", segments=(Span(said, 0, 5),))).split("\n")[2:4]
    assert " ".join(cue) == said and max(map(len, cue)) <= 42


#: Words, and how many of each go into one subtitle.
GROUPS: Mapping[str, tuple[tuple[Span, ...], list[int]]] = {
    "two lines are full": (words(*["word"] * 20, each=0.1), [17, 3]),
    "seven seconds": (words(*["a"] * 10, each=1.0), [7, 3]),
    "a pause": ((Span("a", 0, 1), Span("b", 2, 3), Span("c", 4.1, 5)), [2, 1]),
    "a speaker": ((Span("a", 0, 1, "A"), Span("b", 1, 2, "A"), Span("c", 2, 3, "B")), [2, 1]),
}


@pytest.mark.parametrize("case", GROUPS.values(), ids=GROUPS)
def test_words_are_grouped_as_they_fit(case: tuple[tuple[Span, ...], list[int]]) -> None:
    given, counts = case
    texts = [
        cue[2].split(": ")[-1].split()
        for cue in parsed(format_srt(Transcript("", words=given)), "srt")
    ]
    assert [*map(len, texts)] == counts
    assert [word for text in texts for word in text] == [each.text for each in given]


SAID = Transcript(
    " Hi there. Yes. ",
    segments=(Span("Hi", 0, 1, "A"), Span("there.", 1, 2, "A"), Span("Yes.", 2.5, 3, "B")),
    words=words("Hi", "there."),
)


def test_text_is_the_words_alone_or_by_speaker_or_by_time() -> None:
    assert format_text(SAID._replace(segments=(), words=())) == "Hi there. Yes.\n"
    assert format_text(SAID) == "A: Hi there.\nB: Yes.\n"
    assert format_text(SAID, "segment").splitlines()[1:] == [
        "[00:00:01.000] A: there.",
        "[00:00:02.500] B: Yes.",
    ]
    assert format_text(SAID, "word") == "[00:00:00.000] Hi\n[00:00:00.500] there.\n"
