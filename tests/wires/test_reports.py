"""Answers as real servers were reported to send them: tool calls, endings, reasoning, money."""

import json
from collections.abc import Iterable, Iterator
from time import process_time
from typing import Any

import pytest

from aichat import providers
from aichat.core.conversation import serialize
from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event import Event, Notice, ToolCallStart
from aichat.core.exchange.outcome import with_fault
from aichat.core.http.error_response import fault_from_response
from aichat.core.message.message import Raw, Reasoning, ToolCall
from aichat.core.provider.provider import Provider
from tests.support.running.program import SHARED
from tests.support.values.feeding import (
    CUSTOM,
    feed_stream,
    fold_answer,
    make_decoder,
    problems_in,
    sse_of,
)

REPORTS = SHARED / "testdata" / "reports"
OPENAI, ANTHROPIC, GEMINI, QWEN = map(providers.load, ("openai", "anthropic", "gemini", "qwen"))


def report(name: str) -> bytes:
    """The stream of a report; where the reports are not, the test is skipped."""
    path = REPORTS / name
    if not path.exists():
        pytest.skip(f"{path} is absent: the reports are not here")
    return path.read_bytes()


def read(stream: bytes, wire: str = "chat", provider: Provider = CUSTOM, *tools: str) -> Answer:
    """The answer of a stream, with the fault that its ending amounts to."""
    events = feed_stream(make_decoder(wire, provider, *tools), stream)
    assert problems_in(events) == []
    return with_fault(fold_answer(events), user_limited=False)


def notices(stream: bytes, wire: str, provider: Provider) -> list[str]:
    """What a person is told beside the answer."""
    events: Iterable[Event] = feed_stream(make_decoder(wire, provider), stream)
    return [event.message for event in events if isinstance(event, Notice)]


def calls_of(answer: Answer) -> list[tuple[str, str, str]]:
    """Id, name and arguments of each call."""
    parts = [part for part in answer.message.parts if isinstance(part, ToolCall)]
    return [(part.id, part.name, part.arguments) for part in parts]


def exit_code(answer: Answer) -> int:
    """What the program would exit with."""
    return answer.fault.exit_code if answer.fault else 0


# the chat wire --------------------------------------------------------------------------------


def chat(*deltas: dict[str, Any], finish: str | None = "stop", **choice: Any) -> bytes:
    """A chat completions stream of these deltas; ``choice`` stands beside its finish reason."""
    lines = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"index": 0, "delta": {}, "finish_reason": finish, **choice}
    return sse_of(*map(json.dumps, [*lines, {"choices": [end]}]))


def call(
    name: str | None = None,
    arguments: str | None = None,
    *,
    index: int | None = 0,
    call_id: str | None = None,
) -> dict[str, Any]:
    """A delta with one fragment of a tool call; what is None is not in it."""
    function = {"name": name, "arguments": arguments}
    fragment = {"index": index, "id": call_id, "function": _known(function)}
    return {"tool_calls": [_known(fragment)]}


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


OSLO, UTC = '{"port":"Oslo"}', '{"zone":"UTC"}'
BOTH = [("port_depth", OSLO), ("tide_time", UTC)]


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("01-fresh-id-per-fragment/reply.sse", BOTH[:1]),
        ("02-parallel-calls-at-one-index/reply.sse", BOTH),
        ("02-parallel-calls-at-one-index/no-index.sse", BOTH),
        ("04-one-id-for-two-calls/reply.sse", BOTH),
    ],
)
def test_reported_calls_are_all_there(case: str, wanted: list[tuple[str, str]]) -> None:
    answer = read(report(case), "chat", CUSTOM, "port_depth", "tide_time")
    calls = calls_of(answer)
    assert [(name, arguments) for _, name, arguments in calls] == wanted
    assert len({call_id for call_id, _, _ in calls}) == len(calls)
    assert (answer.finish_reason, answer.is_complete) == ("tool_calls", True)


#: Deltas, and the calls that they make: id, name and arguments.
FRAGMENTS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str, str]]]] = {
    "an id of its own for every piece, without an index": (
        [
            call("f", "", index=None, call_id="a"),
            call(None, '{"x"', index=None, call_id="b"),
            call(None, ":1}", index=None, call_id="c"),
        ],
        [("a", "f", '{"x":1}')],
    ),
    "the id comes after the name": (
        [call("f", ""), call(None, "{}", call_id="a")],
        [("a", "f", "{}")],
    ),
    "the id comes with the last piece": (
        [call("f", '{"x"'), call(None, ":1}", call_id="late")],
        [("call_0", "f", '{"x":1}')],
    ),
    "a name in pieces": (
        [call("port", "", call_id="a"), call("_depth"), call(None, OSLO)],
        [("a", "port_depth", OSLO)],
    ),
    "a name that grows": (
        [call("port", "", call_id="a"), call("port_depth"), call(None, OSLO)],
        [("a", "port_depth", OSLO)],
    ),
    "a name with every piece": (
        [call("f", '{"x"', call_id="a"), call("f", ":1}", call_id="a"), call("f", "")],
        [("a", "f", '{"x":1}')],
    ),
    "arguments before the name": (
        [call(None, '{"x"', call_id="a"), call("f", ":1}")],
        [("a", "f", '{"x":1}')],
    ),
    "the same function twice at one index": (
        [call("roll", "{}"), call("roll", "{}")],
        [("call_0", "roll", "{}"), ("call_1", "roll", "{}")],
    ),
    "another call at the index under a new id": (
        [call("f", '{"x', call_id="a"), call("g", "{}", call_id="b")],
        [("a", "f", '{"x'), ("b", "g", "{}")],
    ),
    "two calls at one index under one id": (
        [call("f", "{}", call_id="a"), call("g", "{}", call_id="a")],
        [("a", "f", "{}"), ("a_1", "g", "{}")],
    ),
    "three calls of one id": (
        [call("f", "{}", index=n, call_id="a") for n in range(3)],
        [("a", "f", "{}"), ("a_1", "f", "{}"), ("a_2", "f", "{}")],
    ),
    "pieces of two calls by turns under one id": (
        [
            call("f", "", index=0, call_id="a"),
            call("g", "", index=1, call_id="a"),
            call(None, "{", index=0, call_id="a"),
            call(None, "{", index=1, call_id="a"),
            call(None, "}", index=0),
            call(None, "}", index=1),
        ],
        [("a", "f", "{}"), ("a_1", "g", "{}")],
    ),
    "all of it again at the end": (
        [call("f", OSLO, call_id="a"), call("f", OSLO, index=None, call_id="a")],
        [("a", "f", OSLO)],
    ),
    "arguments as an object": (
        [
            {
                "tool_calls": [
                    {"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}
                ]
            }
        ],
        [("a", "f", '{"x": 1}')],
    ),
    "one call where a list is due": (
        [{"tool_calls": {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}}],
        [("a", "f", "{}")],
    ),
}


@pytest.mark.parametrize(("deltas", "calls"), FRAGMENTS.values(), ids=FRAGMENTS)
def test_calls_are_put_together_from_their_fragments(
    deltas: list[dict[str, Any]], calls: list[tuple[str, str, str]]
) -> None:
    assert calls_of(read(chat(*deltas, finish="tool_calls"))) == calls


def test_two_declared_functions_without_arguments_are_two_calls() -> None:
    stream = chat(call("ebb", ""), call("flow", ""), finish="tool_calls")
    assert calls_of(read(stream, "chat", CUSTOM, "ebb", "flow")) == [
        ("call_0", "ebb", ""),
        ("call_1", "flow", ""),
    ]


# refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "kind", "message"),
    [
        ("13-provider-returned-error/text.http", "rate_limit", "zephyr-9b is busy upstream"),
        (
            "13-provider-returned-error/json.http",
            "invalid_request",
            "no more than 4 stop sequences",
        ),
        ("14-wrong-path/reply.http", "not_found", "404 page not found"),
        ("15-field-named-in-loc/refuse.http", "invalid_request", "stream_options: Extra inputs"),
        ("16-no-streaming-for-you/refuse.http", "invalid_request", "Your organization must be"),
        ("19-moonshot-token-limit/refuse.http", "context_length", "Invalid request: Your request"),
        ("24-stale-signature/refuse.http", "invalid_request", "messages.1.content.0: Invalid"),
    ],
)
def test_reported_refusals_have_their_kind_and_their_words(
    case: str, kind: str, message: str
) -> None:
    head, _, body = report(case).partition(b"\n\n")
    fault = fault_from_response(int(head[:3]), {}, body)
    assert (fault.kind, fault.message[: len(message)]) == (kind, message)


# reasoning ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "reasoning", "text"),
    [
        ("09-thinking-parts", "Two and two. ", "The answer is 4."),
        ("10-thought-tag", "two and two\n", "4"),
        ("11-stray-closing-tag", "The user says hi.", "Hello!"),
    ],
)
def test_reported_reasoning_is_apart_from_the_text(case: str, reasoning: str, text: str) -> None:
    answer = read(report(f"{case}/reply.sse"))
    assert (answer_json(answer)["reasoning"], answer.text) == (reasoning, text)


TAGGED = "<thought>Ebb.</thought>\n\nSail."


def _with_text(wire: str) -> bytes:
    """A stream of that wire whose text has a tag."""
    if wire == "messages":
        return messages({"type": "text", "text": TAGGED}, stop="end_turn")
    if wire == "gemini":
        return gemini({"text": TAGGED})
    if wire == "dashscope":
        return dashscope({"content": TAGGED})
    return responses(
        *({"type": "response.output_text.delta", "delta": piece} for piece in TAGGED),
        status="completed",
    )


@pytest.mark.parametrize("wire", ["messages", "gemini", "dashscope", "responses"])
def test_tags_are_reasoning_on_every_wire(wire: str) -> None:
    answer = read(_with_text(wire), wire)
    assert (answer_json(answer)["reasoning"], answer.text) == ("Ebb.", "Sail.")


# the other wires ------------------------------------------------------------------------------


def messages(*blocks: dict[str, Any], stop: str = "tool_use") -> bytes:
    """A Messages stream of whole blocks, in the fields of ``content_block_start``."""
    lines: list[dict[str, Any]] = [{"type": "message_start", "message": {"id": "m"}}]
    for block in blocks:
        index = block.pop("at", 0)
        lines.append({"type": "content_block_start", "index": index, "content_block": block})
        lines.append({"type": "content_block_stop", "index": index})
    lines.append({"type": "message_delta", "delta": {"stop_reason": stop}})
    return sse_of(*map(json.dumps, [*lines, {"type": "message_stop"}]), end="")


def responses(*events: dict[str, Any], **response: Any) -> bytes:
    """A Responses stream that ends with ``response``."""
    last = {"type": "response.completed", "response": {"id": "r", **response}}
    return sse_of(*map(json.dumps, [*events, last]), end="")


def gemini(*parts: dict[str, Any], finish: str = "STOP", **candidate: Any) -> bytes:
    """A generateContent stream of one chunk."""
    content = {"content": {"parts": list(parts)}, "finishReason": finish, **candidate}
    return sse_of(json.dumps({"candidates": [content]}), end="")


def dashscope(message: dict[str, Any], finish: str = "stop", **choice: Any) -> bytes:
    """A DashScope stream of one event."""
    choices = [{"message": message, "finish_reason": finish, **choice}]
    return sse_of(json.dumps({"output": {"choices": choices}, "request_id": "q"}), end="")


def _item(kind: str, place: int | None, **fields: Any) -> dict[str, Any]:
    item = {"type": "function_call", **fields}
    at = {} if place is None else {"output_index": place}
    return {"type": f"response.output_item.{kind}", "item": item, **at}


#: Two calls of one id on each of the other wires.
TWICE: dict[str, tuple[str, Provider, bytes]] = {
    "messages": (
        "messages",
        ANTHROPIC,
        messages(
            {"type": "tool_use", "id": "a", "name": "f", "input": {}, "at": 0},
            {"type": "tool_use", "id": "a", "name": "g", "input": {}, "at": 1},
        ),
    ),
    "messages at one index": (
        "messages",
        ANTHROPIC,
        messages(
            {"type": "tool_use", "id": "a", "name": "f", "input": {}},
            {"type": "tool_use", "id": "a", "name": "g", "input": {}},
        ),
    ),
    "gemini": (
        "gemini",
        GEMINI,
        gemini(
            {"functionCall": {"id": "a", "name": "f", "args": {}}},
            {"functionCall": {"id": "a", "name": "g", "args": {}}},
        ),
    ),
    "responses": (
        "responses",
        OPENAI,
        responses(
            output=[
                {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
                {"type": "function_call", "call_id": "a", "name": "g", "arguments": "{}"},
            ]
        ),
    ),
    "responses at one index": (
        "responses",
        OPENAI,
        responses(
            _item("added", 0, id="1", call_id="a", name="f", arguments="{}"),
            _item("added", 0, id="2", call_id="a", name="g", arguments="{}"),
        ),
    ),
    "responses without an index": (
        "responses",
        OPENAI,
        responses(
            _item("added", None, id="1", call_id="a", name="f", arguments=""),
            _item("added", None, id="2", call_id="a", name="g", arguments=""),
            {"type": "response.function_call_arguments.delta", "item_id": "1", "delta": "{}"},
            {"type": "response.function_call_arguments.delta", "item_id": "2", "delta": "{}"},
            _item("done", None, id="1", call_id="a", name="f", arguments="{}"),
            _item("done", None, id="2", call_id="a", name="g", arguments="{}"),
            output=[
                {"type": "function_call", "id": "1", "call_id": "a", "name": "f"},
                {"type": "function_call", "id": "2", "call_id": "a", "name": "g"},
            ],
        ),
    ),
    "dashscope": (
        "dashscope",
        QWEN,
        dashscope(
            {
                "tool_calls": [
                    {"id": "a", "index": n, "function": {"name": name, "arguments": "{}"}}
                    for n, name in enumerate("fg")
                ]
            }
        ),
    ),
}


@pytest.mark.parametrize(("wire", "provider", "stream"), TWICE.values(), ids=TWICE)
def test_no_two_calls_of_one_answer_share_an_id(
    wire: str, provider: Provider, stream: bytes
) -> None:
    answer = read(stream, wire, provider)
    calls = [(name, arguments or "{}") for _, name, arguments in calls_of(answer)]
    assert calls == [("f", "{}"), ("g", "{}")]
    ids = [call_id for call_id, _, _ in calls_of(answer)]
    assert ids == ["a", "a_1"]
    assert answer.is_complete


def _names(value: Any) -> Iterator[str]:
    """Every id of a call within raw items."""
    if isinstance(value, dict):
        if value.get("type") in ("tool_use", "function_call") or "args" in value:
            yield str(value.get("call_id") or value.get("id"))
        for below in value.values():
            yield from _names(below)


@pytest.mark.parametrize("name", ["messages", "gemini", "responses"])
def test_what_goes_back_to_the_model_names_the_ids_that_results_name(name: str) -> None:
    wire, provider, stream = TWICE[name]
    parts = read(stream, wire, provider).message.parts
    raw = [part.item for part in parts if isinstance(part, Raw)]
    assert [found for item in raw for found in _names(item)] == ["a", "a_1"]


@pytest.mark.parametrize("place", [0, None], ids=["index", "no index"])
def test_a_call_that_was_not_declared_is_shown(place: int | None) -> None:
    item = {"id": "1", "call_id": "a", "name": "f", "arguments": OSLO}
    answer = read(responses(_item("done", place, **item)), "responses", OPENAI, "other")
    assert calls_of(answer) == [("a", "f", OSLO)]
    assert answer.finish_reason == "tool_calls"


def test_perplexitys_own_calls_are_its_servers() -> None:
    stream = responses(_item("done", 0, id="1", call_id="a", name="search_web", arguments="{}"))
    assert calls_of(read(stream, "responses", providers.load("perplexity"))) == []


def test_xais_steps_of_a_search_are_its_servers() -> None:
    item = {"type": "custom_tool_call", "id": "1", "name": "x_keyword_search", "input": "q"}
    stream = responses(_item("done", 0) | {"item": item})
    assert calls_of(read(stream, "responses", providers.load("xai"))) == []
    assert [name for _, name, _ in calls_of(read(stream, "responses", OPENAI))] == [item["name"]]


def test_a_name_that_only_the_end_tells_names_the_call() -> None:
    stream = responses(
        _item("added", 0, id="1", call_id="a", arguments=""),
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{}"},
        _item("done", 0, id="1", call_id="a", name="f", arguments="{}"),
    )
    assert calls_of(read(stream, "responses", OPENAI)) == [("a", "f", "{}")]


#: Calls that nothing names.
NAMELESS: dict[str, tuple[str, Provider, bytes]] = {
    "chat": ("chat", CUSTOM, chat(call(None, OSLO, call_id="a"), finish="tool_calls")),
    "messages": ("messages", ANTHROPIC, messages({"type": "tool_use", "id": "a", "input": {}})),
    "gemini": ("gemini", GEMINI, gemini({"functionCall": {"args": {"port": "Oslo"}}})),
    "responses": ("responses", OPENAI, responses(_item("done", 0, call_id="a", arguments=OSLO))),
    "dashscope": (
        "dashscope",
        QWEN,
        dashscope({"tool_calls": [{"index": 0, "function": {"arguments": OSLO}}]}),
    ),
}


@pytest.mark.parametrize(("wire", "provider", "stream"), NAMELESS.values(), ids=NAMELESS)
def test_a_call_without_a_name_is_told(wire: str, provider: Provider, stream: bytes) -> None:
    assert notices(stream, wire, provider) == ["the model called a tool without naming it"]


def test_input_in_pieces_replaces_what_came_with_its_block() -> None:
    block = {"type": "tool_use", "id": "a", "name": "f", "input": {"port": "Oslo"}}
    lines = [
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": piece},
            }
            for piece in ('{"port"', ':"Oslo"}')
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]
    answer = read(sse_of(*map(json.dumps, lines), end=""), "messages", ANTHROPIC)
    assert calls_of(answer) == [("a", "f", OSLO)]


def test_a_beginning_is_told_once_its_name_is_whole() -> None:
    events = feed_stream(make_decoder("chat", CUSTOM), chat(call("port"), call("_depth", OSLO)))
    assert [e.name for e in events if isinstance(e, ToolCallStart)] == ["port_depth"]


# endings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "reason", "code"),
    [
        ("05-error-inside-a-choice/reply.sse", None, 7),
        ("06-abort/abort.sse", "cancelled", 9),
        ("06-abort/limit.sse", "length", 9),
        ("06-abort/resource.sse", None, 7),
    ],
)
def test_a_reported_ending_is_no_whole_answer(case: str, reason: str | None, code: int) -> None:
    answer = read(report(case))
    assert (answer.text, answer.is_complete) == ("Half an ans", False)
    assert (answer.finish_reason, exit_code(answer)) == (reason, code)


def test_the_error_inside_a_choice_is_told_in_its_own_words() -> None:
    fault = read(report("05-error-inside-a-choice/reply.sse")).fault
    assert fault and (fault.message, fault.status) == ("the host went away", 502)


#: Words of servers for an ending, our reason, and the exit code.
ENDINGS = [
    ("STOP", "stop", 0),
    ("FinishReason.STOP", "stop", 0),
    ("FINISH_REASON_STOP", "stop", 0),
    ("endTurn", "stop", 0),
    ("eos_token", "stop", 0),
    ("MAX_TOKENS", "length", 9),
    ("max-tokens", "length", 9),
    ("maxTokens", "length", 9),
    ("model_length", "length", 9),
    ("Length", "length", 9),
    ("sensitive", "content_filter", 10),
    ("SAFETY", "content_filter", 10),
    ("CONTENT_FILTER", "content_filter", 10),
    ("content-filter", "content_filter", 10),
    ("guardrail_intervened", "content_filter", 10),
    ("IMAGE_SAFETY", "content_filter", 10),
    ("Refusal", "refusal", 10),
    ("abort", "cancelled", 9),
    ("canceled", "cancelled", 9),
    ("pause_turn", "pause", 9),
    ("network_error", None, 7),
    ("error", None, 7),
    ("insufficient_system_resource", None, 7),
    ("MALFORMED_FUNCTION_CALL", None, 7),
    ("model_context_window_exceeded", None, 5),
    ("moonset", None, 9),
    ("FINISH_REASON_UNSPECIFIED", None, 9),
    ("stop and go", None, 9),
]


def ended(raw: str, wire: str, *, calls: bool = False) -> bytes:
    """A stream of ``wire`` that says something and ends with ``raw``."""
    if wire == "chat":
        return chat({"content": "Half"}, *[call("f", "{}")] * calls, finish=raw)
    if wire == "dashscope":
        said = {"id": "a", "index": 0, "function": {"name": "f", "arguments": "{}"}}
        return dashscope({"content": "Half", "tool_calls": [said] * calls}, raw)
    if wire == "gemini":
        said = {"functionCall": {"name": "f", "args": {}}}
        return gemini({"text": "Half"}, *[said] * calls, finish=raw)
    if wire == "messages":
        said = {"type": "tool_use", "id": "a", "name": "f", "input": {}, "at": 1}
        return messages({"type": "text", "text": "Half"}, *[said] * calls, stop=raw)
    said = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
    text = {"type": "message", "content": [{"type": "output_text", "text": "Half"}]}
    why = {"status": "incomplete", "incomplete_details": {"reason": raw}}
    return responses(output=[text, *[said] * calls], **why)


PROVIDERS = {
    "chat": CUSTOM,
    "dashscope": QWEN,
    "gemini": GEMINI,
    "messages": ANTHROPIC,
    "responses": OPENAI,
}


@pytest.mark.parametrize("wire", PROVIDERS)
@pytest.mark.parametrize(("raw", "reason", "code"), ENDINGS, ids=[raw for raw, *_ in ENDINGS])
def test_an_ending_means_the_same_on_every_wire(
    raw: str, reason: str | None, code: int, wire: str
) -> None:
    answer = read(ended(raw, wire), wire, PROVIDERS[wire])
    assert (answer.text, answer.finish_reason, exit_code(answer)) == ("Half", reason, code)
    assert answer.is_complete is (code == 0)


@pytest.mark.parametrize("wire", PROVIDERS)
def test_whole_calls_make_an_unknown_ending_a_whole_answer(wire: str) -> None:
    answer = read(ended("moonset", wire, calls=True), wire, PROVIDERS[wire])
    assert (answer.finish_reason, answer.is_complete) == ("tool_calls", True)


@pytest.mark.parametrize("arguments", ['{"x', '{"x": 1', "{]"])
def test_broken_calls_do_not(arguments: str) -> None:
    answer = read(chat(call("f", arguments), finish="moonset"))
    assert (answer.finish_reason, exit_code(answer)) == (None, 9)


@pytest.mark.parametrize("wire", PROVIDERS)
@pytest.mark.parametrize("raw", ["abort", "network_error", "MAX_TOKENS"])
def test_calls_do_not_make_a_known_bad_ending_good(raw: str, wire: str) -> None:
    answer = read(ended(raw, wire, calls=True), wire, PROVIDERS[wire])
    assert not answer.is_complete and exit_code(answer) in (7, 9)


@pytest.mark.parametrize(
    ("native", "code"),
    [("MAX_TOKENS", 9), ("SAFETY", 10), ("content_filter", 10), ("STOP", 0), ("moonset", 0)],
)
def test_a_native_reason_beside_a_stop_is_read(native: str, code: int) -> None:
    answer = read(chat({"content": "Half"}, finish="stop", native_finish_reason=native))
    assert exit_code(answer) == code


def test_a_native_reason_beside_a_stronger_one_is_not() -> None:
    stream = chat({"content": "Half"}, finish="length", native_finish_reason="abort")
    assert read(stream).finish_reason == "length"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "m", "code": 502}, "server"),
        ({"message": "m", "code": 429}, "rate_limit"),
        ({"message": "m", "type": "overloaded_error"}, "overloaded"),
        ({"message": "m", "code": "content_filter"}, "content_filter"),
        ("m", "server"),
    ],
)
@pytest.mark.parametrize("finish", ["error", "stop", None])
def test_an_error_inside_a_choice_is_that_error(error: Any, kind: str, finish: str | None) -> None:
    for stream, wire in (
        (chat({"content": "Half"}, finish=finish, error=error), "chat"),
        (dashscope({"content": "Half"}, finish or "null", error=error), "dashscope"),
        (gemini({"text": "Half"}, finish=finish or "", error=error), "gemini"),
    ):
        answer = read(stream, wire, PROVIDERS[wire])
        assert answer.text == "Half"
        assert answer.fault and (answer.fault.kind, answer.fault.message) == (kind, "m")


@pytest.mark.parametrize("status", ["cancelled", None])
@pytest.mark.parametrize("kind", ["response.cancelled", "response.completed", "response.done"])
def test_a_cancelled_response_is_incomplete(status: str | None, kind: str) -> None:
    text = {"type": "message", "content": [{"type": "output_text", "text": "Half"}]}
    response = {"output": [text]} | ({"status": status} if status else {})
    answer = read(sse_of(json.dumps({"type": kind, "response": response}), end=""), "responses")
    cancelled = status or kind == "response.cancelled"
    assert (exit_code(answer), answer.is_complete) == ((9, False) if cancelled else (0, True))


# nesting --------------------------------------------------------------------------------------


def nested(levels: int) -> Any:
    """A value that is ``levels`` deep."""
    value: Any = "x"
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize("levels", [60, 100, 200, 300])
@pytest.mark.parametrize("wire", PROVIDERS)
def test_whatever_was_decoded_can_be_stored_and_read_back(wire: str, levels: int) -> None:
    deep = nested(levels)
    streams = {
        "chat": chat({"content": "x", "new": deep, "annotations": [{"type": "n", "n": deep}]}),
        "dashscope": dashscope({"content": "x", "new": deep}),
        "gemini": gemini({"text": "x"}, {"functionCall": {"name": "f", "args": deep}}, new=deep),
        "messages": messages(
            {"type": "text", "text": "x", "citations": [deep]},
            {"type": "tool_use", "id": "a", "name": "f", "input": deep, "at": 1},
        ),
        "responses": responses(
            output=[{"type": "message", "content": [{"text": "x"}], "new": deep}], usage=deep
        ),
    }
    answer = read(streams[wire], wire, PROVIDERS[wire])
    assert answer.text == "x"
    stored = json.dumps(serialize.dump_message(answer.message))
    assert serialize.load_message(json.loads(stored)) == answer.message


@pytest.mark.long
def test_ten_thousand_sources_and_calls_cost_little() -> None:
    pages = [f"https://a.example/{n}" for n in range(10_000)]
    many = {"choices": [], "citations": pages}
    calls = [{"index": n, "id": "a", "function": {"name": "f"}} for n in range(10_000)]
    called = {"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}
    begin = process_time()
    answer = read(sse_of(json.dumps(many), json.dumps(called)))
    assert process_time() - begin < 2  # it was 2 s for the sources alone
    assert len(answer.sources) == len({call_id for call_id, _, _ in calls_of(answer)}) == 10_000


def test_a_tag_of_another_name_is_reasoning() -> None:
    answer = read(report("10-thought-tag/reply.sse"))
    assert answer.text == "4"
    assert [part.text != "" for part in answer.message.parts if isinstance(part, Reasoning)] == [
        True
    ]


def test_a_cost_that_the_server_tells_is_the_cost() -> None:
    answer = read(report("25-usage-cost/reply.sse"))
    assert answer.cost and (answer.cost.amount, answer.cost.source) == (2_130_000, "provider")
