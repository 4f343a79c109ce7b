"""The checker of `sdk_types` passes good bodies and names the place in bad ones.

A checker that let everything pass would make every test built on it worthless,
so most of this file is bodies with one fault each.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    Union,
)

import pytest

from tests.support.answering.sdk_types import (
    anthropic_messages,
    groq_chat,
    misfits,
    openai_chat,
    openai_responses,
    perplexity_responses,
)

USER = {"role": "user", "content": "Hello"}
TEXT = {"type": "text", "text": "What is this?"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "now", "arguments": '{"zone": "UTC"}'},
}
TOOL = {
    "type": "function",
    "function": {
        "name": "now",
        "description": "The time",
        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
        "strict": True,
    },
}
SCHEMA = {"name": "answer", "schema": {"type": "object"}, "strict": True}
DIALOGUE = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [TEXT, IMAGE], "name": "ann"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "content": "12:00", "tool_call_id": "call_1"},
    {"role": "assistant", "content": "Noon."},
    USER,
]

# Every field here is one that both SDKs know.
FULL: dict[str, Any] = {
    "model": "some-model",
    "messages": DIALOGUE,
    "tools": [TOOL],
    "tool_choice": {"type": "function", "function": {"name": "now"}},
    "parallel_tool_calls": False,
    "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    "stop": ["END", "STOP"],
    "seed": 7,
    "temperature": 1,
    "top_p": 0.5,
    "logit_bias": {"50256": -100},
    "metadata": {"run": "1"},
    "reasoning_effort": "low",
    "max_completion_tokens": 100,
    "stream": True,
}

Check = Callable[..., list[str]]
Path = tuple[str | int, ...]
DROP = object()


@pytest.fixture(params=["openai", "groq"])
def chat(request: pytest.FixtureRequest) -> Check:
    """The chat check of each SDK in turn."""
    pytest.importorskip(request.param)
    return {"openai": openai_chat, "groq": groq_chat}[request.param]


def put(body: object, path: Path, value: object) -> Any:
    """A copy of a body with one place set, or dropped."""
    body = place = copy.deepcopy(body)
    *parents, last = path
    for step in parents:
        place = place[step]  # type: ignore[index]
    if value is DROP:
        del place[last]  # type: ignore[attr-defined]
    else:
        place[last] = value  # type: ignore[index]
    return body


def dotted(path: Path) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def test_minimal_body_fits(chat: Check) -> None:
    assert chat({"model": "m", "messages": [USER]}) == []


def test_full_body_fits(chat: Check) -> None:
    assert chat(FULL) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stream", False),
        ("stream", None),
        ("stop", "END"),
        ("stop", None),
        ("temperature", 0.2),
        ("temperature", None),
        ("tool_choice", "auto"),
        ("response_format", {"type": "json_object"}),
        ("response_format", {"type": "text"}),
        ("messages", []),
        ("messages", [{"role": "developer", "content": [TEXT]}]),
    ],
)
def test_other_values_fit(chat: Check, field: str, value: object) -> None:
    assert chat(FULL | {field: value}) == []


BAD_BODIES: list[tuple[Path, object, str]] = [
    # unknown fields, at every depth
    (("max_token",), 5, "unknown field"),
    (("messages", 5, "text"), "hi", "unknown field"),
    (("messages", 1, "content", 0, "cache"), True, "unknown field"),
    (("messages", 1, "content", 1, "image_url", "mime"), "a", "unknown field"),
    (("messages", 2, "tool_calls", 0, "index"), 0, "unknown field"),
    (("messages", 3, "name"), "now", "unknown field"),
    (("tools", 0, "name"), "now", "unknown field"),
    (("tools", 0, "function", "arguments"), {}, "unknown field"),
    (("response_format", "schema"), {}, "unknown field"),
    # missing required fields
    (("model",), DROP, "missing required field"),
    (("messages",), DROP, "missing required field"),
    (("messages", 0, "role"), DROP, "missing required field"),
    (("messages", 0, "content"), DROP, "missing required field"),
    (("messages", 1, "content", 0, "text"), DROP, "missing required field"),
    (("messages", 1, "content", 0, "type"), DROP, "missing required field"),
    (("messages", 1, "content", 1, "image_url"), DROP, "missing required field"),
    (("messages", 1, "content", 1, "image_url", "url"), DROP, "missing required"),
    (("messages", 2, "tool_calls", 0, "id"), DROP, "missing required field"),
    (("messages", 2, "tool_calls", 0, "function"), DROP, "missing required field"),
    (("messages", 2, "tool_calls", 0, "function", "name"), DROP, "missing required"),
    (("messages", 3, "tool_call_id"), DROP, "missing required field"),
    (("tools", 0, "type"), DROP, "missing required field"),
    (("response_format", "json_schema"), DROP, "missing required field"),
    (("tool_choice", "function", "name"), DROP, "missing required field"),
    # wrong scalars
    (("model",), 4, "expected str"),
    (("model",), None, "got null"),
    (("temperature",), "0.2", "expected float | null, got str"),
    (("temperature",), True, "got bool True"),
    (("max_completion_tokens",), 1.5, "expected int | null, got float 1.5"),
    (("seed",), True, "got bool True"),
    (("seed",), "7", "got str '7'"),
    (("stream",), 1, "got int 1"),
    (("stream",), "true", "got str 'true'"),
    (("parallel_tool_calls",), "no", "expected bool"),
    (("logit_bias", "50256"), 0.5, "expected int, got float 0.5"),
    (("messages", 3, "content"), 12, "expected str | list, got int 12"),
    (("messages", 1, "content", 0, "text"), None, "expected str, got null"),
    (("messages", 2, "tool_calls", 0, "function", "arguments"), {}, "got object"),
    (("tools", 0, "function", "strict"), 1, "got int 1"),
    (("messages", 4, "content"), b"Noon.", "got bytes"),
    # the wrong kind of container
    (("messages",), "Hello", "expected list, got str"),
    (("messages",), USER, "expected list, got object"),
    (("messages",), (USER,), "expected list, got tuple"),
    (("messages", 5), "Hello", "got str 'Hello'"),
    (("messages", 5), [], "got list"),
    (("messages", 5, "content"), TEXT, "expected str | list, got object"),
    (("messages", 1, "content", 1), "data:", "got str"),
    (("messages", 1, "content", 1, "image_url"), "https://x/y.png", "got str"),
    (("messages", 2, "tool_calls"), CALL, "expected list, got object"),
    (("tools",), "now", "got str 'now'"),
    (("tools", 0, "function", "parameters"), "{}", "expected object, got str"),
    (("stop",), {"END": 1}, "got object"),
    (("stop", 1), 3, "expected str, got int 3"),
    (("logit_bias",), [], "got list"),
    # wrong literals, and members of unions that nobody has
    (("reasoning_effort",), "huge", "expected 'none' |"),
    (("tool_choice",), "always", "'auto' | 'required'"),
    (("tool_choice", "type"), "tool", "'function'"),
    (("messages", 0, "role"), "robot", "'system'"),
    (("messages", 0, "role"), 5, "got int 5"),
    (("messages", 1, "content", 0, "type"), "txt", "expected 'text' | 'image_url'"),
    (("messages", 1, "content", 1, "type"), "image", "got str 'image'"),
    (("messages", 1, "content", 1, "image_url", "detail"), "max", "'auto' | 'low'"),
    (("messages", 2, "tool_calls", 0, "type"), "func", "'function'"),
    (("response_format", "type"), "json", "'json_object'"),
    # one member's field in another member
    (("messages", 0, "tool_calls"), [CALL], "unknown field"),
    (("messages", 1, "content", 0, "image_url"), {"url": "u"}, "unknown field"),
]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    BAD_BODIES,
    ids=[f"{dotted(p)}={'DROP' if v is DROP else v}"[:60] for p, v, _ in BAD_BODIES],
)
def test_bad_body_is_told(chat: Check, path: Path, value: object, says: str) -> None:
    lines = chat(put(FULL, path, value))
    assert len(lines) == 1, lines
    where, _, what = lines[0].partition(": ")
    assert where == dotted(path)
    assert says in what


def test_part_that_a_role_cannot_have(chat: Check) -> None:
    lines = chat(put(FULL, ("messages", 0, "content"), [IMAGE]))
    assert lines[0].startswith("messages[0].content[0].type: expected 'text', got")


def test_every_misfit_is_told(chat: Check) -> None:
    body = {"messages": [{"role": "user"}, {"role": "robot"}], "maxTokens": 1}
    assert [line.split(": ")[0] for line in chat(body)] == [
        "messages[0].content",
        "messages[1].role",
        "maxTokens",
        "model",
    ]


@pytest.mark.parametrize("body", [None, [], "{}", 3])
def test_body_that_is_no_object(chat: Check, body: object) -> None:
    (line,) = chat(body)
    assert line.startswith("body: expected CompletionCreateParams")


def test_long_values_are_shortened(chat: Check) -> None:
    (line,) = chat(FULL | {"tools": "x" * 10_000})
    assert len(line) < 120


def test_allow_spares_only_named_top_level_fields(chat: Check) -> None:
    body = FULL | {"thinking": {"type": "on"}, "messages": [USER | {"thinking": 1}]}
    assert chat(body, frozenset({"thinking"})) == ["messages[0].thinking: unknown field"]


def test_allow_does_not_spare_a_field_the_sdk_knows(chat: Check) -> None:
    assert chat(FULL | {"seed": "7"}, allow=frozenset({"seed"})) != []


def test_openai_only_fields() -> None:
    pytest.importorskip("openai")
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:,"}}
    body = FULL | {
        "messages": [{"role": "user", "content": [file]}],
        "stream_options": {"include_usage": True},
        "verbosity": "low",
        "tools": [TOOL, {"type": "custom", "custom": {"name": "shell"}}],
    }
    assert openai_chat(body) == []
    options = put(body, ("stream_options", "usage"), True)
    assert openai_chat(options) == ["stream_options.usage: unknown field"]
    part = put(body, ("messages", 0, "content", 0, "file", "url"), "u")
    assert openai_chat(part) == ["messages[0].content[0].file.url: unknown field"]
    tool = put(body, ("tools", 1, "type"), "bash")
    assert [line.split(": ")[0] for line in openai_chat(tool)] == ["tools[1].type"]


GROQ_FIELDS = {
    "reasoning_format": "parsed",
    "include_reasoning": None,
    "service_tier": "on_demand",
    "citation_options": "enabled",
    "search_settings": {"include_domains": ["python.org"], "country": "FR"},
    "messages": [USER, {"role": "assistant", "content": "Hi", "reasoning": "Greet."}],
}


def test_groq_only_fields_fit_groq() -> None:
    pytest.importorskip("groq")
    assert groq_chat(FULL | GROQ_FIELDS) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("reasoning_format",), "full"),
        (("include_reasoning",), "yes"),
        (("service_tier",), "priority"),
        (("citation_options",), True),
        (("messages", 1, "reasoning"), ["Greet."]),
        (("messages", 0, "reasoning"), "Greet."),
        (("messages", 1, "reasoning_content"), "Greet."),
        (("search_settings", "domains"), ["python.org"]),
        (("stream_options",), {"include_usage": True}),
    ],
)
def test_groq_bad_fields_are_told(path: Path, value: object) -> None:
    pytest.importorskip("groq")
    (line,) = groq_chat(put(FULL | GROQ_FIELDS, path, value))
    assert line.startswith(dotted(path) + ": ")


def test_groq_fields_do_not_fit_openai() -> None:
    pytest.importorskip("openai")
    places = {line.split(": ")[0] for line in openai_chat(FULL | GROQ_FIELDS)}
    assert places == {*GROQ_FIELDS} - {"messages"} | {"messages[1].reasoning"}


def test_groq_params_are_those_of_its_method() -> None:
    """The TypedDict alone suffices: `create` takes no argument it lacks."""
    pytest.importorskip("groq")
    from groq.resources.chat.completions import Completions
    from groq.types.chat.completion_create_params import CompletionCreateParams

    transport = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}
    arguments = inspect.signature(Completions.create).parameters.keys()
    assert arguments - transport == CompletionCreateParams.__annotations__.keys()


# The Responses types of OpenAI and Perplexity, the Messages types of Anthropic.

SAID = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
LOOK: dict[str, Any] = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}],
}
ASKS = {"type": "function_call", "call_id": "c1", "name": "now", "arguments": "{}"}
GIVES = {"type": "function_call_output", "call_id": "c1", "output": "12:00"}
FLAT = {"type": "function", "name": "now", "parameters": {"type": "object"}, "strict": True}
# Every field here is one that OpenAI and Perplexity both know.
RESPONSE: dict[str, Any] = {
    "model": "m",
    "input": [SAID, {"type": "message", "role": "assistant", "content": "Yes?"}, ASKS, GIVES],
    "instructions": "Be brief.",
    "reasoning": {"effort": "low"},
    "max_output_tokens": 100,
    "tools": [FLAT | {"description": "The time"}, {"type": "web_search"}],
    "store": False,
    "stream": True,
}
#: What only OpenAI takes, and where Perplexity misses it.
OPENAI_RESPONSE: dict[str, tuple[Path, Any]] = {
    "temperature": (("temperature",), 0.5),
    "include": (("include",), ["reasoning.encrypted_content"]),
    "reasoning.summary": (("reasoning", "summary"), "auto"),
    "reasoning.effort": (("reasoning", "effort"), "none"),
    "text": (("text",), {"format": {"type": "text"}}),
    "input[0].content[0].type": (
        ("input", 0, "content", 0),
        {"type": "input_file", "file_data": "data:,", "filename": "a.pdf"},
    ),
    "input[0].content[0].detail": (
        ("input", 0, "content", 0),
        LOOK["content"][0] | {"detail": "auto"},
    ),
    "input[2].id": (("input", 2, "id"), "fc_1"),
}


@pytest.fixture(params=["openai", "perplexity"])
def response(request: pytest.FixtureRequest) -> Check:
    """The responses check of each SDK in turn."""
    pytest.importorskip(request.param)
    return {"openai": openai_responses, "perplexity": perplexity_responses}[request.param]


def test_full_response_body_fits(response: Check) -> None:
    assert response(RESPONSE) == []
    assert response(RESPONSE | {"stream": False}) == []
    assert response({"model": "m", "input": "Hi"}) == []


BAD_RESPONSES: list[tuple[Path, object, str]] = [
    (("max_tokens",), 5, "unknown field"),
    (("messages",), [], "unknown field"),
    (("stop",), ["END"], "unknown field"),
    (("reasoning", "budget"), 5, "unknown field"),
    (("tools", 0, "function"), {}, "unknown field"),
    (("tools", 0, "name"), DROP, "missing required field"),
    (("tools", 0, "parameters"), "{}", "expected object"),
    (("input", 0, "content", 0, "cache"), True, "unknown field"),
    (("input", 0, "role"), "robot", "'user'"),
    (("input", 0, "content"), 5, "got int 5"),
    (("input", 2, "arguments"), {}, "expected str, got object"),
    (("input", 2, "name"), DROP, "missing required field"),
    (("input", 3, "is_error"), True, "unknown field"),
    (("reasoning", "effort"), "huge", "'minimal'"),
    (("store",), "no", "expected bool"),
    (("stream",), 1, "got int 1"),
    (("max_output_tokens",), 1.5, "got float 1.5"),
    (("instructions",), ["a"], "got list"),
]


@pytest.mark.parametrize(
    ("path", "value", "says"), BAD_RESPONSES, ids=[dotted(p) for p, _, _ in BAD_RESPONSES]
)
def test_bad_response_body_is_told(response: Check, path: Path, value: object, says: str) -> None:
    lines = response(put(RESPONSE, path, value))
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{dotted(path)}: ")
    assert says in lines[0]


@pytest.mark.parametrize(
    ("line", "path", "value"),
    [(line, path, value) for line, (path, value) in OPENAI_RESPONSE.items()],
    ids=OPENAI_RESPONSE,
)
def test_openais_fields_do_not_fit_perplexity(line: str, path: Path, value: object) -> None:
    pytest.importorskip("openai")
    pytest.importorskip("perplexity")
    body = put(RESPONSE, path, value)
    assert openai_responses(body) == []
    assert [told.split(": ")[0] for told in perplexity_responses(body)][:1] == [line]


@pytest.mark.parametrize(
    "turn",
    [
        {"content": [{"type": "output_text", "text": "Yes?"}]},
        {"content": [{"type": "refusal", "refusal": "No."}]},
        {"content": [{"type": "input_text", "text": "Yes?"}], "id": "msg_1", "status": "completed"},
    ],
    ids=["output_text", "refusal", "an id"],
)
def test_an_answer_of_another_shape_does_not_fit(response: Check, turn: dict[str, Any]) -> None:
    item = {"type": "message", "role": "assistant", **turn}
    assert response(put(RESPONSE, ("input", 1), item)) != []


def test_openais_own_answer_fits_only_openai() -> None:
    pytest.importorskip("openai")
    pytest.importorskip("perplexity")
    text = {"type": "output_text", "text": "Yes?", "annotations": []}
    item = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
    body = put(RESPONSE, ("input", 1), item | {"content": [text]})
    assert openai_responses(body) == []
    assert perplexity_responses(body) != []


def test_allow_spares_a_documented_field_of_a_response() -> None:
    pytest.importorskip("perplexity")
    body = RESPONSE | {"temperature": 0.5, "top_p": 0.5}
    assert perplexity_responses(body, frozenset({"temperature", "top_p"})) == []
    assert perplexity_responses(body, frozenset({"top_p"})) == ["temperature: unknown field"]


MESSAGE: dict[str, Any] = {
    "model": "m",
    "max_tokens": 100,
    "system": "Be brief.",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
                },
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="},
                    "title": "a.pdf",
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"},
                {"type": "tool_use", "id": "t1", "name": "now", "input": {"zone": "UTC"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "12:00", "is_error": False}
            ],
        },
    ],
    "tools": [{"name": "now", "description": "The time", "input_schema": {"type": "object"}}],
    "thinking": {"type": "adaptive", "display": "summarized"},
    "output_config": {"effort": "max"},
    "stop_sequences": ["END"],
    "stream": True,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stream", False),
        ("system", [{"type": "text", "text": "Be brief."}]),
        ("thinking", {"type": "disabled"}),
        ("thinking", {"type": "enabled", "budget_tokens": 1024}),
        ("messages", [{"role": "user", "content": "Hi"}]),
        ("tool_choice", {"type": "tool", "name": "now"}),
    ],
)
def test_full_message_body_fits(field: str, value: object) -> None:
    pytest.importorskip("anthropic")
    assert anthropic_messages(MESSAGE) == []
    assert anthropic_messages(MESSAGE | {field: value}) == []


BAD_MESSAGES: list[tuple[Path, object, str]] = [
    (("temperature",), 0.5, "unknown field"),
    (("top_p",), 0.5, "unknown field"),
    (("stop",), ["END"], "unknown field"),
    (("reasoning",), {}, "unknown field"),
    (("tools", 0, "parameters"), {}, "unknown field"),
    (("messages", 0, "name"), "ann", "unknown field"),
    (("messages", 0, "content", 2, "filename"), "a.pdf", "unknown field"),
    (("messages", 1, "content", 1, "arguments"), "{}", "unknown field"),
    (("max_tokens",), DROP, "missing required field"),
    (("tools", 0, "input_schema"), DROP, "missing required field"),
    (("messages", 1, "content", 0, "signature"), DROP, "missing required field"),
    (("messages", 2, "content", 0, "tool_use_id"), DROP, "missing required field"),
    (("thinking", "display"), "full", "'summarized'"),
    (("output_config", "effort"), "minimal", "'low'"),
    (("output_config", "effort"), "none", "'low'"),
    (("messages", 0, "role"), "tool", "'user'"),
    (("messages", 0, "content", 1, "source", "media_type"), "image/bmp", "'image/png'"),
    (("messages", 0, "content", 2, "source", "media_type"), "audio/wav", "'application/pdf'"),
    (("messages", 1, "content", 1, "input"), "{}", "got str"),
    (("stop_sequences",), "END", "expected list"),
    (("max_tokens",), None, "got null"),
]


@pytest.mark.parametrize(
    ("path", "value", "says"), BAD_MESSAGES, ids=[dotted(p) for p, _, _ in BAD_MESSAGES]
)
def test_bad_message_body_is_told(path: Path, value: object, says: str) -> None:
    pytest.importorskip("anthropic")
    lines = anthropic_messages(put(MESSAGE, path, value))
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{dotted(path)}: ")
    assert says in lines[0]


def test_the_older_versions_sampling_fits_where_it_is_allowed() -> None:
    pytest.importorskip("anthropic")
    body = MESSAGE | {"temperature": 0.5, "top_k": 40}
    assert anthropic_messages(body, frozenset({"temperature", "top_k"})) == []


# The walker by itself, on hints that the chat types do not happen to use.


class NotGiven:
    pass


class Alias:
    alias = "async"


class Leaf(TypedDict):
    kind: Literal["leaf"]
    size: NotRequired[int]


class Tree(TypedDict, total=False):
    kind: Required[Literal["tree"]]
    children: list[Node]
    note: Optional[str]  # noqa: UP045


class BigTree(Tree):
    height: float
    async_: Annotated[NotRequired[bool], Alias()]


Node = Union[Leaf, Tree]  # noqa: UP007


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({"kind": "tree", "height": 3}, BigTree),
        ({"kind": "tree", "height": 3.5, "async": True}, BigTree),
        ({"kind": "tree", "children": [{"kind": "leaf"}, {"kind": "tree"}]}, Tree),
        (None, None),
        (None, int | None),
        (3, int | NotGiven),
        (["a"], Sequence[str]),
        (["a", 1, None], list),
        ([{}], Iterable[dict[str, object]]),
        ({"a": {"b": [1]}}, Mapping[str, Any]),
        ({"a": 1}, Leaf | dict[str, object]),
        (1, Literal[1, "one", True]),
        (2, Annotated[int, "even"]),
        ([1], list[int] | list[str]),
    ],
)
def test_fits(value: object, hint: object) -> None:
    assert misfits(value, hint) == []


@pytest.mark.parametrize(
    ("value", "hint", "line"),
    [
        ({"kind": "tree"}, BigTree, "v.height: missing required field"),
        ({"kind": "tree", "height": 1, "async_": True}, BigTree, "v.async_: unknown field"),
        (
            {"kind": "tree", "children": [{"kind": "tree", "size": 1}]},
            Node,
            "v.children[0].size: unknown field",
        ),
        (
            {"kind": "bush", "size": "big"},
            Node,
            "v.kind: expected 'leaf' | 'tree', got str 'bush'",
        ),
        ([], Node, "v: expected Leaf | Tree, got list []"),
        ("ab", Sequence[str], "v: expected list, got str 'ab'"),
        ("ab", list, "v: expected list, got str 'ab'"),
        (True, int, "v: expected int, got bool True"),
        (True, float | None, "v: expected float | null, got bool True"),
        (1, bool, "v: expected bool, got int 1"),
        (True, Literal[1], "v: expected 1, got bool True"),
        (None, int | NotGiven, "v: expected int, got null None"),
        ("", None, "v: expected null, got str ''"),
        ({1: 2}, dict[str, int], "v.1: expected str, got int 1"),
        ({"a": "b"}, Mapping[str, int], "v.a: expected int, got str 'b'"),
        ([1, "b"], list[int] | list[None], "v[1]: expected int, got str 'b'"),
        ("a", bytes, "v: expected bytes, got str 'a'"),
    ],
)
def test_misfit_line(value: object, hint: object, line: str) -> None:
    assert misfits(value, hint, "v") == [line]


def test_optional_literal_does_not_make_null_a_dispute() -> None:
    class Status(TypedDict, total=False):
        status: Literal["on"] | None
        size: int

    value = {"status": None, "size": "big"}
    (line,) = misfits(value, Status | Leaf)
    assert line.startswith("size: ")


def test_member_bearing_the_literal_is_meant_though_another_misfits_less() -> None:
    class Untagged(TypedDict, total=False):
        size: str
        weight: int

    value = {"kind": "leaf", "size": "big", "weight": 1}
    assert misfits(value, Untagged | Leaf) == [
        "size: expected int, got str 'big'",
        "weight: unknown field",
    ]


def test_optional_literal_tells_members_apart() -> None:
    class Item(TypedDict):
        kind: Literal["item"] | None
        name: str
        place: str

    lines = misfits({"kind": "item"}, Item | Leaf)
    assert lines == ["name: missing required field", "place: missing required field"]


def test_file_types_never_fit_json() -> None:
    types = pytest.importorskip("openai._types")
    assert misfits("a.txt", types.FileTypes) != []


def test_unresolved_forward_reference_is_an_error() -> None:
    with pytest.raises(TypeError, match="unresolved forward reference"):
        misfits([1], list["Missing"])  # type: ignore[name-defined]  # noqa: F821
