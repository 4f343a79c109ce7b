"""Transcripts out of each provider's answers: whole, cut anywhere, and hostile."""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from aichat import providers
from aichat.core.billing.usage import Usage
from aichat.core.http.sse import SseReader
from aichat.core.media.transcript import Span, Transcript
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError
from aichat.wires.resources.audio.transcripts import (
    Transcribed,
    live_transcript,
    parse_document,
    parse_transcription,
)
from tests.support.running.marks import one_test_of


def endpoint(name: str) -> Endpoint:
    provider = providers.load(name)
    return Endpoint(provider, provider.wires[0], provider.base_url)


def read(name: str, told: Any) -> Transcribed | None:
    return parse_transcription(json.dumps(told).encode(), endpoint(name))


WORDS = (Span("Hi", 0.0, 0.5), Span("you", 0.5, 1.2))
TOLD_WORDS = [{"word": "Hi", "start": 0, "end": 0.5}, {"word": "you", "start": 0.5, "end": 1.2}]
NOTE = {"type": "word_info"}
TOKENS = {
    "type": "tokens",
    "input_tokens": 14,
    "input_token_details": {"audio_tokens": 12, "text_tokens": 2},
    "output_tokens": 4,
}

#: Provider, what it answers (the reference's shapes), what is read, and what it counts.
ANSWERS: Mapping[str, tuple[str, Any, Transcript, Usage, Mapping[str, int]]] = {
    "OpenAI, tokens": (
        "openai",
        {"text": "Hi you", "usage": TOKENS},
        Transcript("Hi you"),
        Usage(14, 4),
        {"audio_input": 12},
    ),
    "OpenAI, seconds": (
        "openai",
        {
            "text": "Hi you",
            "languages": [{"code": "en"}],
            "usage": {"type": "duration", "seconds": 2},
        },
        Transcript("Hi you", "en"),
        Usage(),
        {"audio_second": 2},
    ),
    "OpenAI, all of it": (
        "openai",
        {
            "task": "transcribe",
            "language": "english",
            "duration": 36.7,
            "text": "Hi you",
            "words": TOLD_WORDS,
            "segments": [{"id": 0, "seek": 0, "start": 0, "end": 1.2, "text": " Hi you"}],
            "usage": {"type": "duration", "seconds": 37},
        },
        Transcript("Hi you", "english", 36.7, (Span(" Hi you", 0, 1.2),), WORDS),
        Usage(),
        {"audio_second": 37},
    ),
    "OpenAI, speakers": (
        "openai",
        {
            "duration": 1.2,
            "text": "Hi you",
            "segments": [
                {
                    "type": "transcript.text.segment",
                    "start": 0,
                    "end": 1,
                    "text": "Hi",
                    "speaker": "A",
                }
            ],
        },
        Transcript("Hi you", None, 1.2, (Span("Hi", 0, 1, "A"),)),
        Usage(),
        {"audio_second": 2},
    ),
    "Groq, which bills ten seconds": (
        "groq",
        {"text": " Hi you", "duration": 1.2, "x_groq": {"id": "req_1"}},
        Transcript(" Hi you", None, 1.2),
        Usage(),
        {"audio_second": 10},
    ),
    "xAI": (
        "xai",
        {
            "text": "Hi you",
            "language": "en",
            "duration": 1.2,
            "words": [
                {"text": "Hi", "start": 0, "end": 0.5, "speaker": 0},
                {"text": "you", "start": 0.5, "end": 1.2, "speaker": 1},
            ],
        },
        Transcript("Hi you", "en", 1.2, (), (Span("Hi", 0, 0.5, "0"), Span("you", 0.5, 1.2, "1"))),
        Usage(),
        {"audio_second": 2},
    ),
    "Gemini": (
        "gemini",
        {
            "id": "i1",
            "status": "completed",
            "steps": [
                {
                    "type": "model_output",
                    "content": [
                        {
                            "type": "text",
                            "text": "Hi you",
                            "annotations": [
                                {
                                    "type": "word_info",
                                    "text": "Hi",
                                    "end_offset": "0.5s",
                                    "speaker": "spk_1",
                                },
                                {
                                    "type": "word_info",
                                    "text": "you",
                                    "start_offset": "0.5s",
                                    "end_offset": "1.2s",
                                },
                            ],
                        }
                    ],
                }
            ],
            "usage": {"total_input_tokens": 40, "total_output_tokens": 5},
        },
        Transcript("Hi you", None, 1.2, (), (Span("Hi", 0, 0.5, "spk_1"), WORDS[1])),
        Usage(40, 5),
        {},
    ),
    "Qwen": (
        "qwen",
        {
            "output": {
                "choices": [{"message": {"role": "assistant", "content": [{"text": "Hi you"}]}}]
            },
            "usage": {"seconds": 2},
            "request_id": "r",
        },
        Transcript("Hi you", seconds=2.0),
        Usage(),
        {"audio_second": 2},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_shape_is_read(name: str) -> None:
    provider, told, transcript, usage, counts = ANSWERS[name]
    found = read(provider, told)
    assert found and (found.transcript, found.usage) == (transcript, usage)
    assert found.detail.counts == counts


#: What a span may not be: nothing of it is told, and nothing fails.
BAD_SPANS = [
    None,
    7,
    "x",
    {},
    {"word": "x"},
    {"word": "x", "start": "0", "end": 1},
    {"word": "x", "start": -1, "end": 1},
    {"word": "x", "start": 0, "end": 1e300},
    {"word": "x", "start": True, "end": 1},
    {"word": 3, "start": 0, "end": 1},
    {"word": " ", "start": 0, "end": 1},
]


def test_what_is_no_span_is_left_out() -> None:
    told = {
        "text": "Hi",
        "words": [*BAD_SPANS, TOLD_WORDS[0]],
        "segments": {"a": 1},
        "duration": "x",
    }
    found = read("openai", told)
    assert found and found.transcript == Transcript("Hi", words=WORDS[:1])


def test_a_span_that_ends_before_it_begins_takes_no_time() -> None:
    found = read("openai", {"text": "Hi", "words": [{"word": "Hi", "start": 2, "end": 1}]})
    assert found and found.transcript.words == (Span("Hi", 2, 2),)


@pytest.mark.parametrize("provider", ["openai", "groq", "xai", "qwen"])
@pytest.mark.parametrize("told", [[], 1, "x", {}, {"text": 5}, {"output": {"choices": 1}}])
def test_what_is_no_transcript_is_none(provider: str, told: Any) -> None:
    assert read(provider, told) is None


@pytest.mark.parametrize("provider", ["openai", "groq", "xai", "gemini", "qwen"])
def test_an_error_in_an_answer_is_told(provider: str) -> None:
    with pytest.raises(AichatError, match="too loud"):
        read(
            provider,
            {"code": "InvalidParameter", "message": "too loud", "error": {"message": "too loud"}},
        )


#: What a job of Qwen's may leave, and what is read of it: what is odd is left out.
DOCUMENTS: list[tuple[Any, Transcript | None]] = [
    ([], None),
    ("x", None),
    ({"transcripts": {"text": "x"}}, None),
    ({"transcripts": []}, Transcript("")),
    ({"transcripts": [7, {"text": 5, "sentences": 3}, {"text": "Hi"}]}, Transcript("Hi")),
    (
        {
            "transcripts": [
                {
                    "text": "Hi",
                    "sentences": [
                        *(
                            {"text": "no", "begin_time": at, "end_time": 9}
                            for at in ("0", -1, True)
                        ),
                        {"text": "no", "begin_time": 10**400, "end_time": 1},
                        {"text": ["no"], "begin_time": 0, "end_time": 1},
                        {"text": "Hi", "begin_time": 500, "end_time": 100, "speaker_id": 1},
                    ],
                }
            ]
        },
        Transcript("Hi", None, 0.5, (Span("Hi", 0.5, 0.5, "1"),)),
    ),
]


@one_test_of(*DOCUMENTS)
def test_what_is_odd_in_a_transcript_of_a_job_is_left_out(
    told: Any, transcript: Transcript | None
) -> None:
    assert parse_document(json.dumps(told).encode()) == transcript
    assert parse_document(json.dumps(told).encode()[:-1]) is None


# -- while it comes


def sse(*events: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)


def qwen(text: str, reason: str) -> dict[str, Any]:
    choice = {"message": {"content": [{"text": text}]}, "finish_reason": reason}
    return {"output": {"choices": [choice]}}


#: Provider -> what it streams for "Hi you" (the reference's shapes), and what it counts.
STREAMS: Mapping[str, tuple[bytes, Usage]] = {
    "openai": (
        sse(
            {"type": "transcript.text.delta", "delta": "Hi"},
            {"type": "transcript.text.delta", "delta": " you"},
            {"type": "transcript.text.done", "text": "Hi you", "usage": TOKENS},
        )
        + b"data: [DONE]\n\n",
        Usage(14, 4),
    ),
    "gemini": (
        sse(
            {"event_type": "interaction.created", "interaction": {"id": "i"}},
            {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
            {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "Hi"}},
            {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": " you"}},
            {"event_type": "step.stop", "index": 0},
            {
                "event_type": "interaction.completed",
                "interaction": {
                    "status": "completed",
                    "usage": {"total_input_tokens": 14, "total_output_tokens": 4},
                },
            },
        ),
        Usage(14, 4),
    ),
    "qwen": (
        sse(
            {
                "output": {
                    "choices": [{"message": {"content": [{"text": "Hi"}]}, "finish_reason": "null"}]
                }
            },
            {
                "output": {
                    "choices": [
                        {"message": {"content": [{"text": " you"}]}, "finish_reason": "stop"}
                    ]
                },
                "usage": {"input_tokens": 14, "output_tokens": 4},
            },
        ),
        Usage(14, 4),
    ),
}


@pytest.mark.parametrize("provider", STREAMS)
def test_a_stream_is_the_same_wherever_it_is_cut(provider: str) -> None:
    data, usage = STREAMS[provider]
    chance = random.Random(7)
    for _ in range(50):
        places = sorted(chance.sample(range(len(data)), chance.randrange(1, 9)))
        pieces = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
        reader, live = SseReader(), live_transcript(endpoint(provider))
        told = "".join(live.feed(reader.feed(piece)) for piece in pieces)
        told += live.feed(reader.close())
        found = live.close()
        assert (told, found.transcript.text, found.usage) == ("Hi you", "Hi you", usage)


@pytest.mark.parametrize("provider", STREAMS)
def test_a_stream_that_is_cut_off_is_no_transcript(provider: str) -> None:
    data, _ = STREAMS[provider]
    reader, live = SseReader(), live_transcript(endpoint(provider))
    live.feed(reader.feed(data[: data.rindex(b" you") + 30]))
    with pytest.raises(AichatError) as error:
        live.close()
    assert error.value.fault.exit_code == 9 and live.text.startswith("Hi")


def test_an_error_in_a_stream_is_told() -> None:
    live = live_transcript(endpoint("openai"))
    frames = SseReader().feed(
        sse({"type": "error", "error": {"message": "too loud", "code": "server_error"}})
    )
    with pytest.raises(AichatError, match="too loud"):
        live.feed(frames)


def test_words_that_only_the_end_has_are_told() -> None:
    live = live_transcript(endpoint("openai"))
    frames = SseReader().feed(sse({"type": "transcript.text.done", "text": "Hi you"}))
    assert live.feed(frames) == "Hi you" and live.close().transcript.text == "Hi you"
