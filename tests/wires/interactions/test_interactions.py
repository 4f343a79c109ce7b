"""Gemini's Interactions wire: what is sent, and what is read of an answer."""

import json
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Failure, Finish, ToolCallEnd
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.sse import Frame, SseReader
from aichat.core.message.media import VIDEO_PAGE, Media, Url
from aichat.core.message.message import (
    Message,
    Raw,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.wires.interactions.decode import InteractionsDecoder
from tests.support.answering.answers_interactions import (
    DONE,
    USAGE,
    interaction_events,
    interaction_frames,
)

TARGET = Endpoint(providers.load("gemini"), "interactions", "https://h/v1beta")
TOOL = Tool("look", "Look it up.", {"type": "object", "properties": {}})
SAID = "Wasser \u00fcber \U0001f30a: 06:12."
SPAN = {
    "type": "url_citation",
    "url": "https://a",
    "title": "A",
    "start_index": len(b"Wasser "),
    "end_index": len("Wasser \u00fcber \U0001f30a".encode()),
}
EVENTS = interaction_events(
    [SAID[:5], SAID[5:]],
    reasoning=["Check ", "it."],
    calls=[("c1", "look", '{"at": 1}')],
    annotations=[SPAN],
)


def read(data: bytes, cut: int | None = None) -> Answer:
    """The answer in a stream that comes in two pieces."""
    reader, decoder, builder = SseReader(), InteractionsDecoder(), AnswerBuilder("gemini", "m")
    for piece in (data[:cut], data[cut:] if cut is not None else b""):
        builder.add(decoder.feed(reader.feed(piece)))
    builder.add(decoder.close())
    return builder.answer()


STREAM = b"".join([*interaction_frames(EVENTS), DONE])


@pytest.mark.parametrize("cut", [None, *range(1, len(STREAM), len(STREAM) // 50)])
def test_an_answer_is_read_wherever_it_is_cut(cut: int | None) -> None:
    answer = read(STREAM, cut)
    assert (answer.response_id, answer.model, answer.text) == ("int_1", "gemini-x", SAID)
    assert (answer.finish_reason, answer.raw_finish) == ("tool_calls", "requires_action")
    thought = [p.text for p in answer.message.parts if isinstance(p, Reasoning)]
    assert thought == ["Check it."]
    calls = [(p.id, p.name, p.arguments) for p in answer.message.parts if isinstance(p, ToolCall)]
    assert calls == [("c1", "look", '{"at": 1}')]
    (cited,), (source,) = answer.citations, answer.sources
    assert SAID[cited.start : cited.end] == "\u00fcber \U0001f30a" and source.title == "A"
    assert answer.usage[:3] == (12, 37, 4) and answer.usage.reasoning == 30
    assert answer.raw_usage == USAGE


#: A search, as it was recorded: its call, its result, and what it found cited in the text.
FOUND = [
    {"type": "google_search_call", "id": "g1", "arguments": {"queries": ["leith high water"]}},
    {"type": "google_search_result", "call_id": "g1", "result": [{"search_suggestions": "<a>"}]},
    {"type": "code_execution_call", "id": "x1", "arguments": {"code": "1+1"}},
    {"type": "code_execution_result", "call_id": "x1", "result": "2"},
]
CITED = [
    SPAN,
    {"type": "file_citation", "document_uri": "fileSearchStores/s/d", "file_name": "t.pdf"},
    {**SPAN, "type": "place_citation", "url": "https://maps/1", "name": "Leith"},
    {"type": "file_citation", "file_name": "no-uri.txt"},
    {"type": "word_info"},
]


def test_what_it_searched_and_ran_is_told_and_all_that_it_cites_has_one_shape() -> None:
    content = [{"type": "text", "text": SAID, "annotations": CITED}]
    steps = [*FOUND, {"type": "model_output", "content": content}]
    whole = {"id": "i", "model": "gemini-x", "status": "completed", "usage": USAGE, "steps": steps}
    decoder, builder = InteractionsDecoder(), AnswerBuilder("gemini", "m")
    builder.add(decoder.feed([Frame(json.dumps(whole))]))
    answer = builder.answer()
    tools = [(p.tool, p.input) for p in answer.message.parts if isinstance(p, ServerTool)]
    assert tools == [
        ("google_search", "leith high water"),
        ("code_execution", "1+1"),
    ]
    assert [(s.number, s.url, s.title) for s in answer.sources] == [
        (1, "https://a", "A"),
        (2, "fileSearchStores/s/d", "t.pdf"),
        (3, "https://maps/1", "Leith"),
        (4, "no-uri.txt", "no-uri.txt"),
    ]
    spans = [(c.number, c.start and SAID[c.start : c.end]) for c in answer.citations]
    assert spans == [(1, "\u00fcber \U0001f30a"), (2, None), (3, "\u00fcber \U0001f30a"), (4, None)]
    assert [p.item for p in answer.message.parts if isinstance(p, Raw)] == [
        *FOUND,
        {"type": "model_output", "content": [{"type": "text", "text": SAID, "annotations": CITED}]},
    ]


def test_the_steps_are_kept_as_the_model_wants_them_back() -> None:
    kept = [part.item for part in read(STREAM).message.parts if isinstance(part, Raw)]
    assert kept == [
        {
            "type": "thought",
            "summary": [{"type": "text", "text": "Check it."}],
            "signature": "c2ln",
        },
        {"type": "model_output", "content": [{"type": "text", "text": SAID}]},
        {"type": "function_call", "id": "c1", "name": "look", "arguments": {"at": 1}},
    ]


def test_a_whole_answer_says_the_same_as_a_stream() -> None:
    content = [{"type": "text", "text": SAID, "annotations": [SPAN]}]
    steps = [
        {"type": "user_input", "content": [{"type": "text", "text": "asked"}]},
        {"type": "thought", "summary": [{"type": "text", "text": "Check it."}], "signature": "s"},
        {"type": "model_output", "content": content},
        {"type": "function_call", "id": "c1", "name": "look", "arguments": {"at": 1}},
    ]
    whole = {"id": "int_1", "model": "gemini-x", "status": "requires_action", "usage": USAGE}
    decoder, builder = InteractionsDecoder(), AnswerBuilder("gemini", "m")
    builder.add(decoder.feed([Frame(json.dumps(whole | {"steps": steps}))]))
    answer, streamed = builder.answer(), read(STREAM)
    assert answer.text == streamed.text and answer.usage == streamed.usage
    assert answer.citations == streamed.citations
    assert answer.finish_reason == streamed.finish_reason


#: The status at the end -> our reason, or the kind of the fault.
ENDINGS = {
    "completed": "stop",
    "incomplete": "length",
    "budget_exceeded": "length",
    "cancelled": "cancelled",
    "requires_continuation": "pause",
    "failed": "server",
    "never_heard_of": "truncated",
    "in_progress": "truncated",
}


@pytest.mark.parametrize("status", ENDINGS)
def test_every_status_has_its_ending(status: str) -> None:
    events = InteractionsDecoder().feed(
        [Frame(json.dumps(event)) for event in interaction_events(["a"], status=status)]
    )
    last = events[-1]
    said = last.reason if isinstance(last, Finish) else ""
    assert isinstance(last, Finish | Failure)
    assert (said or getattr(last, "fault").kind) == ENDINGS[status]  # noqa: B009


def test_a_cut_stream_and_an_error_are_faults() -> None:
    cut = InteractionsDecoder()
    cut.feed([Frame(json.dumps(event)) for event in EVENTS[:-1]])
    (*rest, last) = cut.close()
    assert isinstance(last, Failure) and last.fault.kind == "truncated"
    failed = {"event_type": "error", "error": {"code": "rate_limit_exceeded", "message": "slow"}}
    (told,) = InteractionsDecoder().feed([Frame(json.dumps(failed))])
    assert isinstance(told, Failure) and told.fault.message == "slow"
    assert not any(isinstance(event, ToolCallEnd) for event in rest)


TURNS = (
    Message("system", (Text("Be brief."),)),
    Message(
        "user",
        (Text("What is it?"), Media("image/png", b"x"), Media("application/pdf", Url("gs://f"))),
    ),
    Message("assistant", (Text("Let me see."), ToolCall("c1", "look", '{"at": 1}'))),
    Message("tool", (ToolResult("c1", "look", (Text("A boat."),)),)),
    Message("assistant", (Text("A boat."),)),
    Message("user", (Text("Thanks"),)),
)
SETTINGS = Settings(0.5, 0.9, 100, ("END",), 7, "max", show_reasoning=True)
BODY = {
    "model": "gemini-3.8-flash",
    "system_instruction": "Be brief.",
    "input": [
        {
            "type": "user_input",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image", "data": "eA==", "mime_type": "image/png"},
                {"type": "document", "uri": "gs://f", "mime_type": "application/pdf"},
            ],
        },
        {"type": "model_output", "content": [{"type": "text", "text": "Let me see."}]},
        {"type": "function_call", "id": "c1", "name": "look", "arguments": {"at": 1}},
        {"type": "function_result", "call_id": "c1", "name": "look", "result": "A boat."},
        {"type": "model_output", "content": [{"type": "text", "text": "A boat."}]},
        {"type": "user_input", "content": [{"type": "text", "text": "Thanks"}]},
    ],
    "stream": True,
    "store": False,
    "generation_config": {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 100,
        "stop_sequences": ["END"],
        "seed": 7,
        "thinking_level": "xhigh",
        "thinking_summaries": "auto",
    },
    "tools": [
        {
            "type": "function",
            "name": "look",
            "description": "Look it up.",
            "parameters": {"type": "object", "properties": {}},
        }
    ],
}


def encoded(request: Request) -> dict[str, Any]:
    call = wires.load("interactions").encode(request, TARGET)
    assert (call.method, call.url) == ("POST", "https://h/v1beta/interactions")
    found: dict[str, Any] = json.loads(b"".join(call.body))  # type: ignore[arg-type]
    return found


def test_a_conversation_is_sent_as_steps() -> None:
    assert encoded(Request("gemini-3.8-flash", TURNS, SETTINGS, (TOOL,))) == BODY


def test_what_is_sent_is_all_known_to_the_official_types() -> None:
    kinds = pytest.importorskip("google.genai._gaos.types.interactions.createmodelinteraction")
    read_back = kinds.CreateModelInteraction.model_validate(BODY)
    assert read_back.model_dump(mode="json", by_alias=True, exclude_none=True) == BODY


def test_its_own_steps_go_back_raw_and_only_to_it() -> None:
    answer = read(STREAM).message._replace(provider="gemini", model="m")
    messages = (Message("user", (Text("q"),)), answer)
    raw = [part.item for part in answer.parts if isinstance(part, Raw)]
    result = Message("tool", (ToolResult("c1", "look", (Text("r"),)),))
    assert encoded(Request("m", (*messages, result)))["input"][1:4] == raw
    other = encoded(Request("another", (*messages, result)))["input"]
    assert "thought" not in [step["type"] for step in other]


def test_a_paused_answer_goes_on_with_its_token() -> None:
    body = encoded(Request("m", TURNS, continuation="tok"))
    assert body["continuation_token"] == "tok"


@pytest.mark.parametrize(
    ("media", "part"),
    [
        (Media("image/png", b"x", detail="original"), {"resolution": "ultra_high"}),
        (Media("image/png", b"x", detail="low"), {"resolution": "low"}),
        (Media("image/png", b"x", detail="auto"), {}),
    ],
)
def test_how_closely_to_look_is_said(media: Media, part: dict[str, str]) -> None:
    call = wires.load("interactions").encode(Request("m", (Message("user", (media,)),)), TARGET)
    shown = json.loads(b"".join(call.body))["input"][0]["content"][0]
    assert shown == {"type": "image", "data": "eA==", "mime_type": "image/png", **part}


def test_a_page_with_a_video_is_named_without_a_type() -> None:
    page = Media(VIDEO_PAGE, Url("https://youtu.be/x"))
    call = wires.load("interactions").encode(Request("m", (Message("user", (page,)),)), TARGET)
    shown = json.loads(b"".join(call.body))["input"][0]["content"][0]
    assert shown == {"type": "video", "uri": "https://youtu.be/x"}
