"""Documented sessions of the four protocols, decoded whatever frames come together."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.event import (
    Audio,
    Event,
    Failure,
    Finish,
    Heard,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.request import Request
from aichat.core.http.sse import Frame
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.core.text.json import dumps
from aichat.wires.realtime.codec import load_codec
from tests.support.answering.live import OPENAI_USAGE, STYLES, spoken_answer
from tests.support.values.feeding import join_texts

PLACE = {"item_id": "i", "output_index": 0, "content_index": 0}


def decode(
    provider: str,
    frames: Sequence[Any],
    sizes: Sequence[int] = (),
    speech: Speech | None = None,
) -> list[Event]:
    """The events of frames that come in batches of these sizes, then one by one."""
    wire = f"realtime.{provider}"
    endpoint = Endpoint(providers.load(provider), wire, "https://example.com/v1")
    request = Request("m", (Message("user", (Text("Hi"),)),), speech=speech)
    decoder = wires.load(wire).make_decoder(request, endpoint)
    given = [Frame(frame if isinstance(frame, str) else dumps(frame)) for frame in frames]
    events: list[Event] = []
    for size in sizes:
        events += decoder.feed(given[:size])
        given = given[size:]
    for frame in given:
        events += decoder.feed([frame])
    return events + decoder.close()


OPENAI_COUNTS = UsageUpdate(Usage(30, 10, 0), raw=OPENAI_USAGE)
GEMINI_SAID = STYLES["gemini"].answer("Hel", "lo")
GEMINI_COUNTS = UsageUpdate(
    Usage(482, 69),
    raw={
        "promptTokenCount": 482,
        "candidatesTokenCount": 69,
        "totalTokenCount": 551,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 482}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 57}],
    },
    detail=UsageDetail({"audio_output": 57}),
)
XAI_USAGE = {**OPENAI_USAGE, "billable_audio_seconds": 5, "output_audio_seconds": 3.38}
QWEN_USAGE = STYLES["qwen"].answer("x")[-1]["response"]["usage"]

#: What a server tells, and the events that it is.
SESSIONS: Mapping[str, tuple[str, Sequence[Any], list[Event]]] = {
    "openai": (
        "openai",
        STYLES["openai"].answer("Hel", "lo"),
        [
            Start("resp_1"),
            TextDelta("Hel"),
            TextDelta("lo"),
            OPENAI_COUNTS,
            Finish("stop", "completed"),
        ],
    ),
    "xai": (
        "xai",
        STYLES["xai"].answer("Hel", "lo"),
        [
            Start("resp_1"),
            TextDelta("Hel"),
            TextDelta("lo"),
            UsageUpdate(Usage(30, 10, 0), raw=XAI_USAGE, detail=UsageDetail({"audio_second": 5})),
            Finish("stop", "completed"),
        ],
    ),
    "qwen": (
        "qwen",
        STYLES["qwen"].answer("Hel", "lo"),
        [
            Start("resp_1"),
            TextDelta("Hel"),
            TextDelta("lo"),
            UsageUpdate(Usage(341, 9), raw=QWEN_USAGE),
            Finish("stop", "completed"),
        ],
    ),
    "gemini": (
        "gemini",
        GEMINI_SAID,
        [
            Start(),
            ReasoningDelta("hm"),
            TextDelta("Hel"),
            GEMINI_COUNTS,
            TextDelta("lo"),  # behind the end of its turn
            Finish("stop"),
        ],
    ),
    "xai tells words twice": (
        "xai",
        [
            {"type": "response.text.delta", **PLACE, "delta": "a"},
            {"type": "response.output_text.delta", **PLACE, "delta": "a"},
            {"type": "response.text.delta", "delta": "b"},
        ],
        [TextDelta("a"), TextDelta("b")],
    ),
    "words that are the name of an event": (
        "openai",
        [
            {"type": "response.output_text.delta", "delta": "audio.delta"},
            {"type": "response.output_text.delta", "delta": "response.audio.delta"},
            {"delta": "response.output_audio.delta", "type": "response.output_text.delta"},
        ],
        [
            TextDelta("audio.delta"),
            TextDelta("response.audio.delta"),
            TextDelta("response.output_audio.delta"),
        ],
    ),
    "names that are none": (
        "openai",
        [
            {"type": "response.output_item.added", "item": {"id": ["a"], "type": "message"}},
            {"type": "input_audio_buffer.committed", "item_id": {}},
            {
                "type": "response.output_text.delta",
                "output_index": {},
                "content_index": [],
                "delta": "a",
            },
            {"type": "response.function_call_arguments.done", "item_id": [], "call_id": []},
        ],
        [TextDelta("a")],
    ),
    "words of two items": (
        "openai",
        [
            {"type": "response.output_text.delta", "output_index": n, "delta": str(n)}
            for n in (0, 1, 0)
        ],
        [TextDelta("0"), TextDelta("1", 1), TextDelta("0")],
    ),
    "a call told three times": (
        "openai",
        [
            {
                "type": "response.output_item.added",
                "output_index": 1,
                "item": {"id": "i", "type": "function_call", "call_id": "c", "name": "f"},
            },
            {"type": "response.function_call_arguments.delta", "item_id": "i", "delta": '{"a"'},
            {
                "type": "response.function_call_arguments.done",
                "item_id": "i",
                "call_id": "c",
                "arguments": '{"a":1}',
            },
            {
                "type": "response.done",
                "response": {
                    "status": "completed",
                    "output": [
                        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                        {"type": "function_call", "call_id": "d", "name": "g", "arguments": "{}"},
                    ],
                },
            },
        ],
        [
            ToolCallStart(1, "c", "f"),
            ToolCallEnd(1, '{"a":1}'),
            ToolCallStart(2, "d", "g"),
            ToolCallEnd(2, "{}"),
            Finish("tool_calls", "completed"),
        ],
    ),
    "calls of gemini": (
        "gemini",
        [
            {"toolCall": {"functionCalls": [{"id": "c", "name": "f", "args": {"a": 1}}, {}]}},
        ],
        [
            Start(),
            ToolCallStart(1, "c", "f"),
            ToolCallEnd(1, '{"a": 1}'),
            ToolCallStart(2, "call_2", ""),
            ToolCallEnd(2, "{}"),
            Finish("tool_calls"),
        ],
    ),
    "interrupted": (
        "gemini",
        [{"serverContent": {"outputTranscription": {"text": "a"}, "interrupted": True}}],
        [Start(), TextDelta("a"), Finish("cancelled", "interrupted")],
    ),
    "filtered": (
        "gemini",
        [
            {
                "serverContent": {
                    "turnComplete": True,
                    "turnCompleteReason": "PROHIBITED_INPUT_CONTENT",
                }
            }
        ],
        [Start(), Finish("content_filter", "PROHIBITED_INPUT_CONTENT")],
    ),
    "unknown": (
        "gemini",
        [{"serverContent": {"turnComplete": True}, "newThing": 1}],
        [Start(), UnknownItem("realtime.gemini", {"newThing": 1}), Finish("stop")],
    ),
    "unknown to openai": (
        "openai",
        [{"type": "response.dance", "step": 1}],
        [UnknownItem("realtime.openai", {"type": "response.dance", "step": 1})],
    ),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_the_same_however_its_frames_come(name: str) -> None:
    provider, frames, expected = SESSIONS[name]
    for size in range(len(frames) + 1):
        events = decode(provider, frames, [size])
        if not isinstance(expected[-1], Finish):
            end = events.pop()
            assert isinstance(end, Failure) and end.fault.kind == "truncated"
        assert join_texts(events) == join_texts(expected)


@pytest.mark.parametrize("provider", STYLES)
def test_a_session_that_is_cut_anywhere_is_no_whole_answer(provider: str) -> None:
    frames = STYLES[provider].answer("Hel", "lo")
    last = max(n for n, f in enumerate(frames) if "response.done" in str(f) or "turnC" in str(f))
    for cut in range(last):
        end = decode(provider, frames[:cut])[-1]
        assert isinstance(end, Failure) and end.fault.kind == "truncated"


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ({"status": "incomplete", "status_details": {"reason": "max_output_tokens"}}, "length"),
        (
            {"status": "incomplete", "status_details": {"reason": "content_filter"}},
            "content_filter",
        ),
        ({"status": "cancelled", "status_details": {"reason": "turn_detected"}}, "cancelled"),
    ],
)
def test_an_answer_that_did_not_end_by_itself_says_so(response: Any, kind: str) -> None:
    end = decode("openai", [{"type": "response.done", "response": response}])[-1]
    assert isinstance(end, Finish) and end.reason == kind


def test_what_is_not_json_ends_it() -> None:
    end = decode("openai", ['{"type": "resp'])[-1]
    assert isinstance(end, Failure) and end.fault.kind == "protocol"


# -- aloud

SOUND = bytes(range(256)) * 3
ALOUD = Speech(hears=True, speaks=True)


@pytest.mark.parametrize("provider", STYLES)
def test_what_is_said_aloud_comes_with_its_words_wherever_it_is_cut(provider: str) -> None:
    frames = spoken_answer(provider, ["Hel", "lo"], SOUND, "who is it?")
    told = decode(provider, frames, speech=ALOUD)
    for size in range(len(frames) + 1):
        assert decode(provider, frames, [size], ALOUD) == told
    sounds = [event.media for event in told if isinstance(event, Audio)]
    assert b"".join(media.data or b"" for media in sounds) == SOUND
    assert {media.mime for media in sounds} == {"audio/pcm;rate=24000"}
    assert [event.text for event in told if isinstance(event, TextDelta)] == ["Hel", "lo"]
    assert [event for event in told if isinstance(event, Heard)][-1] == Heard("who is it?")
    end = told[-1]
    assert isinstance(end, Finish) and end.reason == "stop"
    silent = [event for event in decode(provider, frames) if isinstance(event, Audio)]
    assert silent == []  # nobody asked to hear it


WRITTEN = "conversation.item.input_audio_transcription."


def test_what_was_heard_is_put_together_of_pieces_or_told_anew() -> None:
    frames = [
        {"type": "input_audio_buffer.committed", "item_id": "b"},
        {"type": f"{WRITTEN}delta", "item_id": "b", "delta": "he"},
        {"type": f"{WRITTEN}completed", "item_id": "a", "transcript": "of the turn before"},
        {"type": f"{WRITTEN}delta", "item_id": "b", "delta": "llo"},
        {"type": f"{WRITTEN}updated", "item_id": "b", "transcript": " Hello. "},
        {"type": f"{WRITTEN}completed", "item_id": "b", "transcript": "Hello!"},
    ]
    told = [event for event in decode("xai", frames) if isinstance(event, Heard)]
    assert [event.text for event in told] == ["he", "hello", "Hello.", "Hello!"]


def test_the_seconds_that_were_written_down_are_counted_beside_the_answers_tokens() -> None:
    frames = spoken_answer("openai", ["Hi"], SOUND, "who is it?")
    usage = [event for event in decode("openai", frames) if isinstance(event, UsageUpdate)][-1]
    assert usage.detail.counts == {"heard_second": 3} and usage.usage == Usage(30, 10, 0)


@pytest.mark.parametrize(
    ("delta", "sound"), [("!", b""), ("QUJ\\/", b"AB\x7f"), ("", b""), ("QUJD", b"ABC")]
)
def test_sound_is_read_however_it_is_spelled(delta: str, sound: bytes) -> None:
    frame = '{"type": "response.output_audio.delta", "delta": "' + delta + '"}'
    told = [e for e in decode("openai", [frame], speech=ALOUD) if isinstance(e, Audio)]
    assert [event.media.data for event in told] == [sound]


def test_sound_that_is_none_is_not_taken_from_what_stands_beside_it() -> None:
    frame = '{"type": "response.output_audio.delta", "delta": null, "item_id": "AAAA"}'
    assert not [e for e in decode("openai", [frame], speech=ALOUD) if isinstance(e, Audio)]


def gemini_sound(mime: str, samples: bytes, **more: Any) -> dict[str, Any]:
    """A piece of sound, and what else its frame says."""
    part = {"inlineData": {"mimeType": mime, "data": b64encode(samples).decode()}}
    return {"serverContent": {"modelTurn": {"parts": [part]}, **more}}


RATES = {"audio/pcm;rate=16000": 3200, "audio/pcm;rate=48000": 9600, "AUDIO/L16; rate=8000": 1600}
RATES |= {"audio/pcm;rate=0": 4800, "audio/pcm;rate=999999": 4800, "audio/pcm": 4800}


@pytest.mark.parametrize("mime", RATES)
def test_sound_has_the_usual_rate_whatever_its_server_gives(mime: str) -> None:
    frames = [gemini_sound(mime, bytes(RATES[mime]))] * 3
    told = [e.media for e in decode("gemini", frames, speech=ALOUD) if isinstance(e, Audio)]
    assert sum(len(media.data or b"") for media in told) == 3 * 4800  # a tenth of a second
    assert {media.mime for media in told} == {"audio/pcm;rate=24000"}


def test_what_is_no_samples_is_not_heard_as_such() -> None:
    told = decode("gemini", [gemini_sound("audio/mp3", b"ID3")], speech=ALOUD)
    assert [e for e in told if isinstance(e, UnknownItem)]
    assert not [e for e in told if isinstance(e, Audio)]


def test_an_end_is_seen_however_much_stands_around_it() -> None:
    counts = {"usageMetadata": {f"count{n}": n for n in range(50)}}
    codec = load_codec("realtime.gemini")
    for more in ({"turnComplete": True}, {"interrupted": True}):
        for kind in (bytes(3000), b""):
            assert codec.ends(dumps({**gemini_sound("audio/pcm", kind, **more), **counts}))
            assert codec.ends(dumps({**counts, **gemini_sound("audio/pcm", kind, **more)}))
    assert not codec.ends(dumps({**gemini_sound("audio/pcm", bytes(3000)), **counts}))
