"""Events folded into one answer, and the answer as JSON."""

import json
from typing import Any

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event import (
    Audio,
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    Logprobs,
    Notice,
    ReasoningDelta,
    ReasoningOpaque,
    RefusalDelta,
    ServerToolProgress,
    Source,
    Start,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.message.media import LocalFile, Media, Url
from aichat.core.message.message import Raw, Reasoning, Refusal, ServerTool, Text, ToolCall
from aichat.errors import Fault

ITEM = {"type": "new"}

# events and the parts of the message that they leave
PARTS: dict[str, tuple[list[Event], list[Any]]] = {
    "text is put together": ([TextDelta("a"), TextDelta("b")], [Text("ab")]),
    "parts of text stay apart": ([TextDelta("a", 0), TextDelta("b", 1)], [Text("a"), Text("b")]),
    "reasoning and text take turns": (
        [ReasoningDelta("r"), TextDelta("a"), ReasoningDelta("s"), TextDelta("b")],
        [Reasoning("r"), Text("a"), Reasoning("s"), Text("b")],
    ),
    "opaque state closes its reasoning": (
        [ReasoningDelta("r"), ReasoningOpaque("sig", 0, "id"), ReasoningDelta("s")],
        [Reasoning("r", "sig", "id"), Reasoning("s")],
    ),
    "opaque state alone": ([ReasoningOpaque("x", redacted=True)], [Reasoning("", "x", None, True)]),
    "a refusal": ([RefusalDelta("I "), RefusalDelta("can't")], [Refusal("I can't")]),
    "the end of a tool call has the word": (
        [ToolCallStart(0, "a", "f"), ToolCallDelta(0, '{"x'), ToolCallEnd(0, '{"x":1}')],
        [ToolCall("a", "f", '{"x":1}')],
    ),
    "fragments of several tool calls": (
        [
            ToolCallStart(0, "a", "f"),
            ToolCallStart(1, "b", "g"),
            ToolCallDelta(1, "{"),
            ToolCallDelta(0, "["),
            ToolCallDelta(1, "}"),
        ],
        [ToolCall("a", "f", "["), ToolCall("b", "g", "{}")],
    ),
    "a fragment of no open call is passed over": (
        [ToolCallDelta(7, "{"), ToolCallEnd(7, "{}")],
        [],
    ),
    "a server's tool is told once, as it ended": (
        [
            ServerToolProgress("1", "search", "start", "q"),
            ServerToolProgress("1", "search", "end", "q", "o"),
        ],
        [ServerTool("1", "search", "q", "o", "end")],
    ),
    "what is unknown is kept in its place": (
        [TextDelta("a"), UnknownItem("chat", ITEM), TextDelta("b")],
        [Text("a"), Raw("chat", ITEM), Text("b")],
    ),
    "sound": (
        [
            Audio(Media("audio/*", b"hi", transcript="hi")),
            Audio(Media("audio/*", b"!", transcript="!")),
        ],
        [Media("audio/*", b"hi!", transcript="hi!")],
    ),
    "notices and probabilities are no part": ([Notice("n", "m"), Logprobs([])], []),
    "nothing": ([], []),
}
OUTPUT = [
    TextDelta("a"),
    ReasoningDelta("a"),
    RefusalDelta("a"),
    ToolCallStart(0, "a", "f"),
    Image(Media("image/png", b"x")),
]
NO_OUTPUT = [Start("id", "m"), Notice("n", "m"), UsageUpdate(Usage(1)), UnknownItem("chat", ITEM)]


def answer_of(*events: Event) -> Answer:
    fold = AnswerBuilder("groq", "asked")
    fold.add(events)
    return fold.answer(0.5, 2.0)


@pytest.mark.parametrize(("events", "parts"), PARTS.values(), ids=PARTS)
def test_events_leave_parts(events: list[Event], parts: list[Any]) -> None:
    assert list(answer_of(*events).message.parts) == parts


@pytest.mark.parametrize("event", OUTPUT, ids=lambda e: e.type)
def test_an_answer_has_output_from_the_first_thing_worth_showing(event: Event) -> None:
    fold = AnswerBuilder("groq", "asked")
    fold.add([*NO_OUTPUT])
    assert not fold.has_output
    fold.add([event])
    assert fold.has_output


def test_the_last_usage_holds() -> None:
    seen = [UsageUpdate(Usage(1, 2)), UsageUpdate(Usage(3, reasoning=1), Cost(7), {"raw": 1})]
    answer = answer_of(*seen)
    assert (answer.usage, answer.cost, answer.raw_usage) == (
        Usage(3, reasoning=1),
        Cost(7),
        {"raw": 1},
    )


def test_the_model_is_the_one_the_server_resolved_to() -> None:
    assert answer_of(Start("id", "resolved")).model == "resolved"
    assert answer_of(Start("id", None)).model == "asked"
    assert answer_of(Start("id", "resolved")).message.model == "asked"


@pytest.mark.parametrize(
    ("reason", "complete"),
    [
        ("stop", True),
        ("tool_calls", True),
        ("length", False),
        ("content_filter", False),
        ("refusal", False),
        ("pause", False),
        ("cancelled", False),
    ],
)
def test_only_stop_and_tool_calls_are_complete(reason: str, complete: bool) -> None:
    answer = answer_of(TextDelta("a"), Finish(reason, "raw", "token"))
    assert answer.is_complete is complete
    assert (answer.finish_reason, answer.raw_finish, answer.continuation) == (
        reason,
        "raw",
        "token",
    )


def test_a_fault_leaves_what_had_come() -> None:
    fault = Fault("truncated", "cut")
    answer = answer_of(TextDelta("half"), Failure(fault))
    assert (answer.text, answer.fault, answer.finish_reason) == ("half", fault, None)
    assert not answer.is_complete


@pytest.mark.parametrize(
    ("kind", "goes_on"),
    [("interrupted", True), ("timeout", True), ("server", False), ("content_filter", False)],
)
def test_what_was_left_to_its_provider_goes_on_where_only_we_stopped(
    kind: str, goes_on: bool
) -> None:
    left, failed = Start("id", "m", background=True), Failure(Fault(kind, "m"))
    assert answer_of(left, failed).background is goes_on
    assert answer_of(Start("id", "m"), failed).background is False
    assert [answer_of(left, *ended).background for ended in ([], [Finish("stop")])] == [True, False]


def test_json_has_one_shape_and_null_for_what_is_unknown() -> None:
    assert answer_json(answer_of()) == {
        "version": 1,
        "provider": "groq",
        "model": "asked",
        "response_id": None,
        "text": "",
        "reasoning": None,
        "refusal": None,
        "citations": [],
        "tool_calls": [],
        "images": [],
        "finish_reason": None,
        "complete": False,
        "usage": {
            "input": None,
            "output": None,
            "cached_input": None,
            "cache_write": None,
            "reasoning": None,
            "searches": None,
        },
        "cost": dict.fromkeys(("amount", "currency", "estimated", "source", "saved")),
        "timing": {"first_token_s": 0.5, "total_s": 2.0},
        "conversation": None,
        "error": None,
    }


def test_json_holds_everything_an_answer_tells() -> None:
    told = answer_json(
        answer_of(
            Start("id", "resolved"),
            ReasoningDelta("r"),
            TextDelta("a [1]"),
            RefusalDelta("no"),
            ToolCallStart(0, "c", "f"),
            ToolCallEnd(0, "{not json"),
            Source(1, "https://a.example", "A"),
            Source(2, "https://b.example"),
            Citation(1, 2, 5),
            UsageUpdate(Usage(3, 0), Cost(1_230_000, "EUR", True, "catalogue")),
            Finish("tool_calls"),
        )
    )
    assert (told["model"], told["response_id"]) == ("resolved", "id")
    assert (told["text"], told["reasoning"], told["refusal"]) == ("a [1]", "r", "no")
    assert told["tool_calls"] == [{"id": "c", "name": "f", "arguments": "{not json"}]
    assert told["citations"] == [
        {"index": 1, "url": "https://a.example", "title": "A", "start": 2, "end": 5},
        {"index": 2, "url": "https://b.example", "title": None, "start": None, "end": None},
    ]
    assert (told["usage"]["input"], told["usage"]["output"]) == (3, 0)
    assert told["cost"] == {
        "amount": 0.00123,
        "currency": "EUR",
        "estimated": True,
        "source": "catalogue",
        "saved": None,
    }
    assert told["complete"] is True
    json.dumps(told)


def test_json_tells_the_fault_with_its_exit_code() -> None:
    fault = Fault("rate_limit", "m", "h", "groq", "x", 429, "c", "p", "r", 3.0, True)
    assert answer_json(answer_of(Failure(fault)))["error"] == {
        "kind": "rate_limit",
        "message": "m",
        "hint": "h",
        "status": 429,
        "code": "c",
        "request_id": "r",
        "retry_after": 3.0,
        "exit": 6,
    }


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ([TextDelta("a")], ReasoningDelta("b")),
        ([], ReasoningOpaque("b")),
        ([TextDelta("a")], ReasoningOpaque("b", part=1)),
        ([], ToolCallStart(0, "i", "f")),
        ([], RefusalDelta("no")),
        ([], UnknownItem("chat", ITEM)),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_text_after_anything_else_is_a_part_of_its_own(before: list[Event], event: Event) -> None:
    fold = AnswerBuilder("box", "m")
    fold.add([*before, event, TextDelta("c"), TextDelta("d")])
    parts = fold.answer().message.parts
    assert parts[-1] == Text("cd")
    assert len(parts) == len(before) + 2


def test_a_call_without_arguments_has_none() -> None:
    fold = AnswerBuilder("box", "m")
    fold.add([ToolCallStart(0, "i", "f", "item", "sig", "custom"), ToolCallDelta(7, "x")])
    assert fold.answer().message.parts == (ToolCall("i", "f", "", "item", "sig", "custom"),)


def test_a_servers_tool_keeps_what_it_was_asked() -> None:
    fold = AnswerBuilder("box", "m")
    fold.add([ServerToolProgress("i", "t", "start", "in"), ServerToolProgress("j", "t", "start")])
    fold.add([ServerToolProgress("i", "t", "end", output="out", opaque="o")])
    assert fold.answer().message.parts == (
        ServerTool("i", "t", "in", "out", "end", "o"),
        ServerTool("j", "t", "", "", "start"),
    )


@pytest.mark.parametrize(
    ("event", "is_output"),
    [
        *((event, True) for event in (TextDelta("a"), ReasoningDelta("a"), RefusalDelta("a"))),
        *((event, True) for event in (ToolCallStart(0, "", ""), Image("a"), Audio("a"))),
        *((event, False) for event in (Start(), Notice("k", "m"), UsageUpdate(Usage()))),
        *((event, False) for event in (ServerToolProgress("", "", ""), Source(1, ""))),
        *((event, False) for event in (ReasoningOpaque("a"), Logprobs([]), Finish("stop"))),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_after_output_nothing_is_tried_again(event: Event, is_output: bool) -> None:
    fold = AnswerBuilder("box", "m")
    fold.add([event])
    assert fold.has_output is is_output
    fold.add([Start()])
    assert fold.has_output is is_output


def test_pieces_of_sound_become_one_with_all_of_their_words() -> None:
    fold = AnswerBuilder("box", "m")
    pieces = ((b"\0", "a"), (b"", "b"), (b"\1", None), (b"", "c"))
    fold.add([Audio(Media("audio/*", data, transcript=text)) for data, text in pieces])
    assert fold.answer().message.parts == (Media("audio/*", b"\0\1", transcript="abc"),)


def test_an_answer_of_which_nothing_came_has_what_was_asked() -> None:
    found = AnswerBuilder("box", "m").answer(1.5, 2.5)
    assert found == Answer("box", "m", found.message, first_token_s=1.5, total_s=2.5)
    assert (found.message.role, found.message.parts) == ("assistant", ())
    assert (found.message.provider, found.message.model) == ("box", "m")


def test_the_model_that_answered_is_told_by_the_end_before_the_start() -> None:
    fold = AnswerBuilder("box", "asked")
    fold.add([Start("r", "started")])
    assert fold.answer().model == "started"
    fold.add([Finish("stop", "raw", "token", "ended")])
    found = fold.answer()
    assert (found.model, found.response_id) == ("ended", "r")
    assert (found.finish_reason, found.raw_finish, found.continuation) == ("stop", "raw", "token")


def test_the_json_of_an_answer_has_every_key_whatever_is_known() -> None:
    empty = AnswerBuilder("", "").answer()
    assert answer_json(empty) == {
        "version": 1,
        "provider": None,
        "model": None,
        "response_id": None,
        "text": "",
        "reasoning": None,
        "refusal": None,
        "citations": [],
        "tool_calls": [],
        "images": [],
        "finish_reason": None,
        "complete": False,
        "usage": dict.fromkeys(Usage._fields),
        "cost": dict.fromkeys(("amount", "currency", "estimated", "source", "saved")),
        "timing": {"first_token_s": None, "total_s": None},
        "conversation": None,
        "error": None,
    }
    media = (
        Media("image/png", Url("u")),
        Media("audio/wav", LocalFile("/a.wav"), transcript="Hi"),
        Media("application/pdf", LocalFile("/a.pdf"), "a.pdf"),
    )
    full = empty._replace(
        message=empty.message._replace(parts=media),
        sources=(Source(1, "u1", "t1"), Source(2, "u2")),
        citations=(Citation(1, 3, 4), Citation(9)),
        fault=Fault("rate_limit", "m", "h", status=429, code="c", request_id="r", retry_after=1.5),
        cost=Cost(1_500_000_000, "CNY", True, "catalogue"),
    )
    told = answer_json(full)
    assert told["images"] == [{"mime": "image/png", "path": "u"}]
    assert told["audio"] == [{"mime": "audio/wav", "path": "/a.wav", "transcript": "Hi"}]
    assert told["files"] == [{"mime": "application/pdf", "path": "/a.pdf", "name": "a.pdf"}]
    assert told["citations"] == [
        {"index": 1, "url": "u1", "title": "t1", "start": 3, "end": 4},
        {"index": 9, "url": None, "title": None, "start": None, "end": None},
        {"index": 2, "url": "u2", "title": None, "start": None, "end": None},
    ]
    assert told["cost"] == {
        "amount": 1.5,
        "currency": "CNY",
        "estimated": True,
        "source": "catalogue",
        "saved": None,
    }
    assert told["error"] == {
        "kind": "rate_limit",
        "message": "m",
        "hint": "h",
        "status": 429,
        "code": "c",
        "request_id": "r",
        "retry_after": 1.5,
        "exit": 6,
    }
