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

from tests.sdk_types import groq_chat, misfits, openai_chat

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
