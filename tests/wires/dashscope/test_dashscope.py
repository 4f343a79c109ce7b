"""DashScope's own wire: what is sent, held against the dashscope SDK, and what is read."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aichat import wires
from aichat.app.calls.curl import as_curl
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Failure, Finish, Start, UnknownItem, UsageUpdate
from aichat.core.exchange.fit import fit_settings
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.call import Call
from aichat.core.message.media import Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Raw,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.disk.catalogue import cards
from aichat.errors import Fault
from aichat.providers import qwen
from tests.support.answering.sdk_bodies import KEY, DashScope
from tests.support.answering.server import SSE, Reply, Server
from tests.support.running.program import Program
from tests.support.values import feeding
from tests.support.values.feeding import fold_answer, problems_in
from tests.wires.decoding import TAPES, located, name_of, read_recording, read_tape, tapes

WIRE = wires.load("dashscope")
STREAMED = [case for case in tapes("dashscope") if (case / "stream.sse").exists()]
CUMULATIVE: Mapping[str, Any] = {"parameters": {"incremental_output": False}}
HOST = "https://dashscope.aliyuncs.com"
TEXT_PATH = "/api/v1/services/aigc/text-generation/generation"
MULTIMODAL_PATH = "/api/v1/services/aigc/multimodal-generation/generation"
PLUS, FLASH = "qwen-plus", "qwen3.8-flash"
USER = Message("user", (Text("Hi"),))
SYSTEM = Message("system", (Text("Be brief."),))
PNG, WAV = b"\x89PNG\r\n\xff\xfe", b"RIFF"


def decode(*pieces: bytes, options: Mapping[str, Any] = {}) -> list[Event]:
    return feeding.feed_stream(decoder(options=options), *pieces)


def decode_body(body: bytes) -> list[Event]:
    return feeding.feed_body(decoder(), body)


def decoder(fact: "Fact | None" = None, options: Mapping[str, Any] = {}) -> wires.Decoder:
    options = fact.options if fact else options
    request = feeding.QUESTION._replace(settings=Settings(options=options))
    return WIRE.make_decoder(request, Endpoint(qwen.PROVIDER, "dashscope", qwen.PROVIDER.base_url))


def streamed(*events: Any, kind: str = "result", status: int = 200) -> bytes:
    """Native events that hold ``events`` as their data."""
    head = f"event:{kind}\n:HTTP_STATUS/{status}\ndata:"
    return "".join(f"id:{n}\n{head}{json.dumps(e)}\n\n" for n, e in enumerate(events, 1)).encode()


def chunk(message: Any, finish: Any = "stop", **output: Any) -> dict[str, Any]:
    choice = {"message": message, "finish_reason": finish}
    return {"output": {"choices": [choice], **output}, "request_id": "r1"}


def told_of(*chunks: Any, options: Mapping[str, Any] = {}) -> list[Event]:
    return decode(streamed(*chunks), options=options)


def reasoning_of(answer: Answer) -> str:
    return "".join(p.text for p in answer.message.parts if isinstance(p, Reasoning))


def calls_of(answer: Answer) -> list[tuple[str, str, str]]:
    parts = answer.message.parts
    return [(p.id, p.name, p.arguments) for p in parts if isinstance(p, ToolCall)]


# --- recorded answers


class Fact(NamedTuple):
    """What a recorded answer holds; ``text`` is how it begins, ``length`` its characters."""

    file: str
    finish: str
    usage: Usage
    response_id: str
    options: Mapping[str, Any] = {}
    text: str = ""
    length: int = 0
    calls: tuple[tuple[str, str, str], ...] = ()


FACTS = (
    Fact(
        "qwen/native-test-multimodal-conversation-call-streaming.sse",
        "stop",
        Usage(14, 605, cached_input=0),
        "e2ccf69b-7e8d-497d-bee9-bab62e5ed78d",
        CUMULATIVE,
        text="Once upon a time, in a small village nestled between rolling hills",
        length=2823,
    ),
    Fact(
        "qwen/native-testagentbasic-test-agent-with-tool.sse",
        "tool_calls",
        Usage(324, 34, cached_input=0),
        "5410e11b-2f6b-4c5c-9221-05b24096c8f6",
        calls=(
            (
                "call_d69a5e709960444d939d30",
                "execute_shell_command",
                '{"command": "echo $((10+20))", "timeout": 300}',
            ),
        ),
    ),
)
EVERY_FACT = pytest.mark.parametrize("fact", FACTS, ids=name_of)


@EVERY_FACT
def test_a_recorded_answer_is_read_as_it_was_given(fact: Fact) -> None:
    events = read_recording(fact.file, decoder(fact))
    answer = fold_answer(events)
    assert (answer.finish_reason, answer.usage, answer.response_id, answer.fault) == (
        fact.finish,
        fact.usage,
        fact.response_id,
        None,
    )
    assert (len(answer.text), tuple(calls_of(answer))) == (fact.length, fact.calls)
    assert answer.text.startswith(fact.text)
    assert problems_in(events) == []
    assert [isinstance(event, Start) for event in events].count(True) == 1


def test_the_recorded_cumulative_text_is_its_last_event() -> None:
    data = located(FACTS[0].file).read_bytes()
    last = json.loads(data.rstrip().rpartition(b"\ndata:")[2])
    (part,) = last["output"]["choices"][0]["message"]["content"]
    assert fold_answer(decode(data, options=CUMULATIVE)).text == part["text"]


# --- tapes


# --- cumulative and incremental


@pytest.mark.parametrize(
    ("options", "cumulative"),
    [
        ({}, False),
        ({"parameters": {"top_k": 4}}, False),
        ({"parameters": {"incremental_output": True}}, False),
        ({"parameters": {"incremental_output": False}}, True),
        ({"parameters": {"incremental_output": None}}, True),  # taken out: the default is false
        ({"parameters": 1}, False),
    ],
    ids=str,
)
def test_the_text_is_read_as_the_request_asked_for_it(
    options: Mapping[str, Any], cumulative: bool
) -> None:
    pieces = ("Yes", "Yes, sir") if cumulative else ("Yes", ", sir")
    first, last = ({"role": "assistant", "content": piece} for piece in pieces)
    assert (
        fold_answer(told_of(chunk(first, "null"), chunk(last), options=options)).text == "Yes, sir"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"content": "Ebb", "reasoning_content": "Hm"}, {"content": ".", "reasoning_content": "."}),
        ({"reasoning_content": "Hm", "content": ""}, {"content": "Ebb.", "reasoning_content": "."}),
        ({"reasoning_content": "Hm.", "content": None}, {"content": [{"text": "Ebb."}]}),
    ],
    ids=["at once", "one after the other", "no content yet"],
)
def test_reasoning_comes_beside_the_text_in_pieces(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    answer = fold_answer(told_of(chunk(first, "null"), chunk(second)))
    assert (answer.text, reasoning_of(answer)) == ("Ebb.", "Hm.")


def test_reasoning_that_comes_with_the_text_is_told_before_it() -> None:
    events = told_of(chunk({"content": "Ebb.", "reasoning_content": "Hm."}))
    kinds = [event.type for event in events]
    assert kinds.index("reasoning") < kinds.index("text")


def test_a_whole_answer_is_not_cumulative_whatever_was_asked() -> None:
    request = feeding.QUESTION._replace(settings=Settings(options=CUMULATIVE), stream=False)
    endpoint = Endpoint(qwen.PROVIDER, "dashscope", qwen.PROVIDER.base_url)
    body = json.dumps(chunk({"content": "Ebb.", "reasoning_content": "Hm."})).encode()
    answer = fold_answer(feeding.feed_body(WIRE.make_decoder(request, endpoint), body))
    assert (answer.text, reasoning_of(answer)) == ("Ebb.", "Hm.")


@pytest.mark.parametrize("function", [{"name": "f"}, {"name": "f", "arguments": None}])
def test_a_call_that_has_no_arguments_yet_has_none(function: dict[str, Any]) -> None:
    whole = {"name": "f", "arguments": '{"a":1}'}
    chunks = (
        chunk({"tool_calls": [{"index": 0, "id": "c", "function": each}]}, finish)
        for each, finish in ((function, "null"), (whole, "tool_calls"))
    )
    events = told_of(*chunks, options=CUMULATIVE)
    assert calls_of(fold_answer(events)) == [("c", "f", '{"a":1}')]


def test_calls_and_reasoning_that_are_repeated_are_told_once() -> None:
    def call(index: int, arguments: str) -> dict[str, Any]:
        function = {"name": "f", "arguments": arguments}
        return {"index": index, "id": f"c{index}", "function": function}

    grown = [("H", ["[", "{"]), ("Hm", ["[1", "{"]), ("Hm", ["[1]", "{}"]), ("", ["[1]", "{}"])]
    events = told_of(
        *(
            chunk(
                {
                    "reasoning_content": thought,
                    "tool_calls": [call(n, text) for n, text in enumerate(texts)],
                },
                "null",
            )
            for thought, texts in grown
        ),
        chunk({"content": ""}, "tool_calls"),
        options=CUMULATIVE,
    )
    answer = fold_answer(events)
    assert (reasoning_of(answer), calls_of(answer)) == (
        "Hm",
        [("c0", "f", "[1]"), ("c1", "f", "{}")],
    )


@pytest.mark.parametrize(
    "field", ["output", "usage", "request_id", "code", "message", "status_code"]
)
def test_what_stands_around_an_answer_is_known(field: str) -> None:
    events = told_of({field: ""} | chunk({"content": "Hi"}))
    assert not [event for event in events if isinstance(event, UnknownItem)]


@pytest.mark.parametrize("field", ["choices", "text", "finish_reason", "search_info"])
def test_what_stands_inside_an_answer_is_known(field: str) -> None:
    events = told_of(chunk({"content": "Hi"}, **({} if field == "choices" else {field: "x"})))
    assert not [event for event in events if isinstance(event, UnknownItem)]


# --- finish, faults, what stands beside


@pytest.mark.parametrize("raw", ["stop", "length"])
def test_a_finish_reason_has_its_neutral_name(raw: str) -> None:
    assert told_of(chunk({"content": "Hi"}, raw))[-1] == Finish(raw, raw)


@pytest.mark.parametrize("nothing", ["null", None, ""])
def test_a_finish_reason_of_null_is_none(nothing: str | None) -> None:
    events = told_of(chunk({"content": "Hi"}, nothing))
    assert isinstance(events[-1], Failure)
    assert events[-1].fault.kind == "truncated"


def failed(*chunks: Any, kind: str = "result", status: int = 200) -> Fault:
    (failure,) = [
        event
        for event in decode(streamed(*chunks, kind=kind, status=status))
        if isinstance(event, Failure)
    ]
    return failure.fault


STATUSES = [
    (400, "Some.NewCode", "invalid_request", 5),
    (401, "Some.NewCode", "auth", 4),
    (429, "Throttling.RateQuota", "rate_limit", 6),
    (429, "Throttling.SomethingNew", "rate_limit", 6),
    (503, "Some.NewCode", "overloaded", 7),
    (400, "DataInspectionFailed", "content_filter", 10),
]


@pytest.mark.parametrize(("status", "code", "kind", "exit_code"), STATUSES)
def test_an_error_in_the_stream_counts_with_the_status_that_stands_above_it(
    status: int, code: str, kind: str, exit_code: int
) -> None:
    error = {"code": code, "message": "m", "request_id": "r1"}
    fault = failed(error, kind="error", status=status)
    assert (fault.kind, fault.exit_code, fault.code, fault.message) == (kind, exit_code, code, "m")


def test_an_error_in_the_stream_tells_its_status_and_its_request() -> None:
    error = {"code": "Throttling.RateQuota", "message": "m", "request_id": "r1"}
    fault = failed(error, kind="error", status=429)
    assert (fault.status, fault.request_id) == (429, "r1")


def test_a_status_of_200_makes_no_error_and_no_error_a_success() -> None:
    assert told_of(chunk({"content": "Hi"}))[-1] == Finish("stop", "stop")
    fault = failed({"code": "InternalError", "message": "m"})
    assert (fault.kind, fault.exit_code) == ("server", 7)


@pytest.mark.parametrize("code", ["", None])
def test_a_code_that_says_nothing_is_no_error(code: str | None) -> None:
    events = told_of(chunk({"content": "Hi"}) | {"code": code, "message": ""})
    assert events[-1] == Finish("stop", "stop")


@pytest.mark.parametrize("body", [b'{"output":{}}', b'{"output":[]}'])
def test_a_body_that_is_no_answer_is_not_the_api(body: bytes) -> None:
    events = decode_body(body)
    assert isinstance(events[-1], Failure)
    assert events[-1].fault.kind == "protocol"


def test_only_the_first_of_several_answers_is_ours() -> None:
    both = {"output": {"choices": []}}
    both["output"]["choices"] = [
        {"index": 0, "message": {"content": "Mine."}, "finish_reason": "stop"},
        {"index": 1, "message": {"content": "Another."}, "finish_reason": "length"},
    ]
    events = told_of(both)
    assert (fold_answer(events).text, events[-1]) == ("Mine.", Finish("stop", "stop"))


@pytest.mark.parametrize("place", ["top", "output", "message"])
def test_an_unknown_field_is_kept(place: str) -> None:
    new = {"new_field": {"x": 1}}
    message = {"content": "Hi"} | (new if place == "message" else {})
    event = chunk(message, **(new if place == "output" else {}))
    events = told_of(event | (new if place == "top" else {}))
    assert [event.item for event in events if isinstance(event, UnknownItem)] == [new]
    assert fold_answer(events).text == "Hi"


@pytest.mark.parametrize(
    "results",
    [
        [(1, "a"), (2, "a"), (3, "b")],
        [(3, "b"), (1, "a")],
        [(7, "a"), (3, "b")],
    ],
    ids=["a page twice", "in another order", "with gaps"],
)
def test_a_marker_names_the_source_that_has_its_number(results: list[tuple[int, str]]) -> None:
    found = [{"index": n, "url": f"https://{page}.example/"} for n, page in results]
    answer = fold_answer(
        told_of(chunk({"content": "Ebb [3]."}, search_info={"search_results": found}))
    )
    (cite,) = answer.citations
    (url,) = [source.url for source in answer.sources if source.number == cite.number]
    assert (url, answer.text[cite.start : cite.end]) == ("https://b.example/", "[3]")


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        pytest.param({"input_tokens": 9, "output_tokens": 5}, Usage(9, 5), id="plain"),
        pytest.param(
            {
                "input_tokens": 9,
                "output_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_creation_input_tokens": 2},
                "output_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(9, 5, cached_input=4, cache_write=2, reasoning=3),
            id="in detail",
        ),
        pytest.param(
            {"input_tokens": 9, "output_tokens": 5, "total_tokens": 99}, Usage(9, 5), id="total"
        ),
        pytest.param({"input_tokens": "9", "output_tokens": -1}, Usage(), id="nonsense"),
    ],
)
def test_usage_is_counted_in_one_way(raw: dict[str, Any], usage: Usage) -> None:
    assert fold_answer(told_of(chunk({"content": "Hi"}) | {"usage": raw})).usage == usage


def test_usage_is_kept_as_the_server_gave_it() -> None:
    raw = {"input_tokens": 9, "output_tokens": 5, "new_tokens": 1}
    events = told_of(chunk({"content": "Hi"}) | {"usage": raw})
    assert [event.raw for event in events if isinstance(event, UsageUpdate)] == [raw]


# --- nonsense

# Every field the decoder looks at, so that nonsense can be put in the place of each.
MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "content": [{"text": "Hi"}],
    "reasoning_content": "r",
    "tool_calls": [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ],
}
AROUND: dict[str, Any] = {
    "usage": {
        "input_tokens": 1,
        "output_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 1},
        "output_tokens_details": {"reasoning_tokens": 1},
    },
    "request_id": "r1",
    "code": "",
    "message": "",
}
PAGES = {"search_results": [{"index": 1, "title": "A", "url": "https://a.example/"}]}
SHAPES: dict[str, dict[str, Any]] = {
    "message": chunk(MESSAGE, "stop", search_info=PAGES) | AROUND,
    "text": {"output": {"text": "Hi", "finish_reason": "stop"}, **AROUND},
    "error": {"code": "Throttling", "message": "m", "request_id": "r1"},
}


# --- requests


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def said(*parts: Any, model: str = PLUS) -> Message:
    return Message("assistant", parts, "qwen", model)


def asked(
    *messages: Message, model: str = PLUS, given: tuple[Tool, ...] = (), **terms: Any
) -> Request:
    return Request(model, messages or (USER,), Settings(**terms), given)


def call_of(request: Request, base_url: str = qwen.PROVIDER.base_url, **fields: Any) -> Call:
    """The call as ``ask`` makes it: settings fitted to the model."""
    card = cards.card("qwen", request.model)
    fitted = fit_settings(request.settings, card, WIRE.unsupported, request.model).settings
    target = Endpoint(qwen.PROVIDER, "dashscope", base_url, card=card, **fields)
    return WIRE.encode(request._replace(settings=fitted), target)


def body_of(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(b"".join(call_of(request).body))
    return body


def lines_of(*messages: Message, model: str = PLUS) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = body_of(asked(*messages, model=model))["input"]["messages"]
    return lines


@pytest.fixture(scope="module")
def sdk() -> Iterator[DashScope]:
    pytest.importorskip("dashscope")
    with DashScope() as client:
        yield client


class Same(NamedTuple):
    """One request in our words and in the SDK's."""

    ours: Request
    messages: list[dict[str, Any]]
    terms: Mapping[str, Any] = {}


# What belongs to the SDK's own connection, or names the SDK.
TRANSPORT = {
    *("host", "accept-encoding", "connection", "content-length", "user-agent"),
    *("x-dashscope-sdk-client", "x-dashscope-sdk-session-id"),
    "x-accel-buffering",  # an answer's header, which does nothing in a request
    "accept",  # ours is the same for every wire
}
CHARSET = "; charset=utf-8"  # of its content type; JSON has no other
QUESTION = [{"role": "user", "content": "Hi"}]
PARTS = [{"role": "user", "content": [{"text": "Hi"}]}]
DEPTH = Tool("depth", "How deep.", {"type": "object", "properties": {}})
FUNCTION = {
    "type": "function",
    "function": {
        "name": "depth",
        "description": "How deep.",
        "parameters": {"type": "object", "properties": {}},
    },
}
CALL = {
    "id": "t1",
    "type": "function",
    "function": {"name": "depth", "arguments": '{"port":"Leith"}'},
}
RESULT = Message("tool", (ToolResult("t1", "depth", (Text("7 m"),)),))
CALLED = (USER, said(Text("Look."), ToolCall("t1", "depth", '{"port":"Leith"}')), RESULT)
SAMES = {
    "a question": Same(asked(), QUESTION),
    "a system prompt": Same(
        asked(SYSTEM, USER), [{"role": "system", "content": "Be brief."}, *QUESTION]
    ),
    "several turns": Same(
        asked(USER, said(Text("Hello")), USER),
        [*QUESTION, {"role": "assistant", "content": "Hello"}, *QUESTION],
    ),
    "sampling": Same(
        asked(temperature=0.0, top_p=0.5, seed=0, stop=("a", "b"), max_tokens=8),
        QUESTION,
        {"temperature": 0.0, "top_p": 0.5, "seed": 0, "stop": ["a", "b"], "max_tokens": 8},
    ),
    "an effort": Same(
        asked(effort="low"), QUESTION, {"enable_thinking": True, "thinking_budget": 2048}
    ),
    "no effort": Same(asked(effort="none"), QUESTION, {"enable_thinking": False}),
    "the reasoning": Same(asked(show_reasoning=True), QUESTION),
    "a tool": Same(asked(given=(DEPTH,)), QUESTION, {"tools": [FUNCTION]}),
    "calls and results": Same(
        asked(*CALLED),
        [
            *QUESTION,
            {"role": "assistant", "content": "Look.", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "t1", "content": "7 m"},
        ],
    ),
    "a call alone": Same(
        asked(USER, said(ToolCall("t1", "depth", '{"port":"Leith"}'))),
        [*QUESTION, {"role": "assistant", "content": "", "tool_calls": [CALL]}],
    ),
    "its own reasoning": Same(
        asked(USER, said(Reasoning("Hm."), Text("Hello")), USER),
        [
            *QUESTION,
            {"role": "assistant", "content": "Hello", "reasoning_content": "Hm."},
            *QUESTION,
        ],
    ),
    "options below settings": Same(
        asked(
            seed=1,
            options={
                "parameters": {
                    "seed": 2,
                    "top_k": 40,
                    "enable_search": True,
                    "search_options": {"enable_source": True, "enable_citation": True},
                }
            },
        ),
        QUESTION,
        {
            "seed": 2,
            "top_k": 40,
            "enable_search": True,
            "search_options": {"enable_source": True, "enable_citation": True},
        },
    ),
    "an option that takes a setting out": Same(
        asked(seed=1, temperature=0.5, options={"parameters": {"seed": None}}),
        QUESTION,
        {"temperature": 0.5},
    ),
}
MULTIMODAL = {
    "a question": Same(asked(model=FLASH), PARTS),
    "a system prompt": Same(
        asked(SYSTEM, USER, model=FLASH),
        [{"role": "system", "content": [{"text": "Be brief."}]}, *PARTS],
    ),
    "sampling and effort": Same(
        asked(model=FLASH, temperature=0.5, top_p=0.9, seed=3, max_tokens=9, effort="low"),
        PARTS,
        {
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 3,
            "max_tokens": 9,
            "enable_thinking": True,
            "thinking_budget": 2048,
        },
    ),
    "pictures and sound": Same(
        asked(
            Message(
                "user",
                (
                    Text("See"),
                    Media("image/png", PNG),
                    Media("image/jpeg", Url("https://a.example/x.jpg")),
                    Media("audio/wav", WAV),
                    Media("video/mp4", Url("https://a.example/x.mp4")),
                    Text("and hear"),
                ),
            )
        ),
        [
            {
                "role": "user",
                "content": [
                    {"text": "See"},
                    {"image": f"data:image/png;base64,{b64(PNG)}"},
                    {"image": "https://a.example/x.jpg"},
                    {"audio": f"data:audio/wav;base64,{b64(WAV)}"},
                    {"video": "https://a.example/x.mp4"},
                    {"text": "and hear"},
                ],
            }
        ],
    ),
    "a picture alone": Same(
        asked(Message("user", (Media("image/png", PNG),))),
        [{"role": "user", "content": [{"image": f"data:image/png;base64,{b64(PNG)}"}]}],
    ),
    "a tool, its call and its result": Same(
        asked(*CALLED, model=FLASH, given=(DEPTH,)),
        [
            *PARTS,
            {"role": "assistant", "content": [{"text": "Look."}], "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "t1", "content": [{"text": "7 m"}]},
        ],
        {"tools": [FUNCTION]},
    ),
}
PATHS = [(False, TEXT_PATH, SAMES), (True, MULTIMODAL_PATH, MULTIMODAL)]
REQUESTS = [
    pytest.param(multimodal, path, same, id=f"{path.split('/')[-2]}: {name}")
    for multimodal, path, table in PATHS
    for name, same in table.items()
]


@pytest.mark.parametrize(("multimodal", "path", "same"), REQUESTS)
def test_a_request_is_the_one_that_the_official_sdk_sends(
    sdk: DashScope, multimodal: bool, path: str, same: Same
) -> None:
    model = same.ours.model
    seen = sdk.capture_request(same.messages, model, multimodal=multimodal, **same.terms)
    assert body_of(same.ours) == seen.json()
    assert (call_of(same.ours).url, seen.path) == (HOST + path, path)


@pytest.mark.parametrize("stream", [True, False])
def test_the_headers_are_the_sdks(sdk: DashScope, stream: bool) -> None:
    incremental = {"incremental_output": True} if stream else {"incremental_output": None}
    seen = sdk.capture_request(QUESTION, PLUS, stream=stream, **incremental)
    call = call_of(asked()._replace(stream=stream), key=Secret(KEY, "environment", "QWEN_API_KEY"))
    ours = {header.name: header.value for header in call.headers}
    theirs = {k: v.removesuffix(CHARSET) for k, v in seen.headers.items() if k not in TRANSPORT}
    assert ours == theirs
    assert json.loads(b"".join(call.body)) == seen.json()


def test_a_key_is_shown_as_its_variable() -> None:
    shown = as_curl(call_of(asked(), key=Secret(KEY, "environment", "DASHSCOPE_API_KEY")))
    assert KEY not in shown
    assert "authorization: Bearer $DASHSCOPE_API_KEY" in shown


# --- the SDK reads the tapes: the server that plays them is faithful

# Tapes that this client cannot read: what it does there says nothing of the tape.
BEYOND_THE_SDK = {
    "code-before-anything": "it reads no output and ends in a TypeError of its own",
    "code-inside-a-200": "likewise",
    "cut-inside-an-event": "it calls half an event an unknown error",
}
READABLE = [case for case in STREAMED if case.name not in BEYOND_THE_SDK]


def words_of(response: Any) -> str:
    """The text of one response of the SDK, in whichever of its places."""
    choices = response.output.choices
    content = choices[0].message.content if choices else response.output.text
    if isinstance(content, list):
        return "".join(part["text"] for part in content)
    return content or ""


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_the_official_client_reads_a_tape_as_we_do(sdk: DashScope, case: Path) -> None:
    stream = (case / "stream.sse").read_bytes()
    responses = sdk.read_stream([stream], multimodal="as-a-list" in case.name)
    answer, whole = fold_answer(read_tape(case)), [r for r in responses if r.status_code == 200]
    texts = [words_of(response) for response in whole]
    assert answer.text == (texts[-1] if (case / "options.json").exists() else "".join(texts))
    assert answer.response_id == whole[0].request_id
    last = whole[-1].usage
    assert (answer.usage.input, answer.usage.output) == (last.input_tokens, last.output_tokens)
    codes = [response.code for response in responses if response.code]
    fault = answer.fault
    told = fault is not None and fault.kind != "truncated"  # an ending nobody knows is no error
    assert codes == ([fault.code] if fault and told and fault.code else [])


# --- what only the reference says


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        *((url, url.removesuffix("/compatible-mode/v1")) for url in qwen.PROVIDER.regions.values()),
        ("https://w.cn-beijing.maas.aliyuncs.com/compatible-mode/v1",) * 2,
        ("http://127.0.0.1:9/compatible-mode/v1", "http://127.0.0.1:9"),
        ("http://127.0.0.1:9/proxy", "http://127.0.0.1:9/proxy"),
        ("http://127.0.0.1:9/api/v1", "http://127.0.0.1:9"),
    ],
)
def test_the_native_paths_stand_beside_the_compatible_one(base_url: str, host: str) -> None:
    host = host.removesuffix("/compatible-mode/v1")
    assert call_of(asked(), base_url).url == host + TEXT_PATH
    assert call_of(asked(model=FLASH), base_url).url == host + MULTIMODAL_PATH


@pytest.mark.parametrize(
    "model", [FLASH, "qwen3.8-max", "qwen3.7-plus", "qwen3.6-flash", "qwen3.5-omni-new"]
)
def test_newer_models_are_asked_on_the_multimodal_path(model: str) -> None:
    assert call_of(asked(model=model)).url == HOST + MULTIMODAL_PATH


@pytest.mark.parametrize("model", [PLUS, "qwen3-coder-plus", "somebody-elses"])
def test_others_are_asked_on_the_text_path_unless_there_is_something_to_see(model: str) -> None:
    seen = Message("user", (Media("image/png", PNG),))
    assert call_of(asked(model=model)).url == HOST + TEXT_PATH
    assert call_of(asked(seen, model=model)).url == HOST + MULTIMODAL_PATH


BOTH = pytest.mark.parametrize("model", [PLUS, FLASH], ids=["text", "multimodal"])


def words(line: dict[str, Any]) -> str:
    """The text of a line, whichever the path."""
    content = line["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@BOTH
@pytest.mark.parametrize("parts", [(), (Raw("chat", {"x": 1}, replay=True),)], ids=["none", "raw"])
def test_a_turn_without_anything_to_say_is_left_out(parts: tuple[Any, ...], model: str) -> None:
    lines = lines_of(USER, Message("user", parts), USER, model=model)
    assert [words(line) for line in lines] == ["Hi", "Hi"]


@BOTH
@pytest.mark.parametrize(
    "parts", [(Refusal("No."),), (Text("N"), Refusal("o."))], ids=["alone", "beside a text"]
)
def test_a_refusal_goes_back_as_text(parts: tuple[Any, ...], model: str) -> None:
    assert [words(line) for line in lines_of(USER, said(*parts), model=model)] == ["Hi", "No."]


@BOTH
@pytest.mark.parametrize(("by", "back"), [("qwen", "Hm."), ("groq", None), (None, None)])
def test_reasoning_goes_back_only_to_its_own_model(
    by: str | None, back: str | None, model: str
) -> None:
    turn = Message("assistant", (Reasoning("Hm."), Text("Go.")), by, model)
    line = lines_of(USER, turn, model=model)[1]
    assert (line.get("reasoning_content"), words(line)) == (back, "Go.")


@BOTH
def test_several_results_are_lines_of_their_own(model: str) -> None:
    results = (ToolResult("t1", "depth", (Text("7"),)), ToolResult("t2", "tide", (Text("8"),)))
    lines = lines_of(USER, Message("tool", results), model=model)[1:]
    assert [(line["role"], line["tool_call_id"], words(line)) for line in lines] == [
        ("tool", "t1", "7"),
        ("tool", "t2", "8"),
    ]


def test_a_file_that_the_provider_has_is_named_by_its_reference() -> None:
    (line,) = lines_of(Message("user", (Media("image/png", ProviderFile("oss://bucket/x.png")),)))
    assert line["content"] == [{"image": "oss://bucket/x.png"}]


def test_media_is_a_piece_of_its_own_and_in_its_place() -> None:
    parts = (Media("image/png", PNG), Text("and"), Media("audio/wav", WAV))
    call = call_of(asked(Message("user", parts)))
    assert (call.body[1], call.body[3]) == (b64(PNG).encode(), b64(WAV).encode())


def test_a_limit_typed_as_an_option_is_the_users_own(aichat: Program) -> None:
    stream = (TAPES / "dashscope" / "length" / "stream.sse").read_bytes()
    with Server(default=Reply(headers=SSE, body=[stream])) as server:
        aichat.environ |= {"DASHSCOPE_API_KEY": KEY, "AICHAT_QWEN_BASE_URL": server.url}
        wire = ("-p", "qwen", "-m", PLUS, "--wire", "dashscope")
        done = aichat.run("ask", *wire, "-o", "parameters.max_tokens=2", "Hi")
        (seen,) = server.requests
    assert (done.text, done.code, seen.path) == ("Once upon\n", 0, TEXT_PATH)
    assert "limit" in done.stderr
