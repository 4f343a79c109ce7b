"""What each field of an entry of a list of models says, and how the next page is asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from aichat import providers
from aichat.core.catalogue.model_list import ListedModel
from aichat.core.provider.endpoint import Endpoint
from aichat.wires.resources.models import (
    LIST_FORMATS,
    last_id,
    list_call,
    model_call,
    parse_dashscope,
    parse_gemini,
    parse_messages,
    parse_openai,
)

OPENAI: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a name": ({"name": "N"}, {"name": "N"}),
    **{
        f"a context: {name}": ({name: 5}, {"context": 5})
        for name in ("context_window", "context_length", "max_model_len")
    },
    "a context of llama.cpp's": ({"meta": {"n_ctx_train": 5}}, {"context": 5}),
    "a context of 0": ({"context_window": 0, "context_length": 5}, {"context": 5}),
    **{
        f"an output: {name}": ({name: 5}, {"max_output": 5})
        for name in ("max_completion_tokens", "max_output_length")
    },
    **{
        f"a feature: {theirs}": ({"supported_features": [theirs]}, {"features": (ours,)})
        for theirs, ours in {
            "structured_outputs": "structured",
            "json_mode": "json",
            "function_calling": "tools",
            "web_search": "search",
            "thinking": "reasoning",
            "other": "other",
        }.items()
    },
    "features by flags": (
        {"supports_reasoning": True, "supports_tools": True, "supported_features": ["tools"]},
        {"features": ("tools", "reasoning")},
    ),
    "flags that are none": ({"supports_reasoning": 1, "supports_image_in": "yes"}, {}),
    "inputs": ({"input_modalities": ["text", "audio"]}, {"inputs": ("text", "audio")}),
    "inputs by flags": (
        {"supports_image_in": True, "supports_video_in": True},
        {"inputs": ("text", "image", "video")},
    ),
    "inputs both ways": (
        {"input_modalities": ["image"], "supports_image_in": True},
        {"inputs": ("image",)},
    ),
    "outputs": ({"output_modalities": ["text"]}, {"outputs": ("text",)}),
    "efforts": ({"reasoning_efforts": ["low"]}, {"efforts": ("low",)}),
    "aliases": ({"aliases": ["a"]}, {"aliases": ("a",)}),
    "a birth": ({"created": 7}, {"created": 7}),
    "no birth": ({"created": 0}, {}),
    "gone": ({"active": False}, {"status": "retired"}),
    "there": ({"active": True}, {}),
    "an end": (
        {"shutdown_date": "2027-01-01"},
        {"status": "deprecated", "retires": "2027-01-01"},
    ),
    "gone, with an end": (
        {"shutdown_date": "2027-01-01", "active": False},
        {"status": "retired", "retires": "2027-01-01"},
    ),
}
LEVELS = ("low", "medium", "high", "xhigh", "max")
MESSAGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a name": ({"display_name": "N"}, {"name": "N"}),
    "limits": ({"max_input_tokens": 5, "max_tokens": 6}, {"context": 5, "max_output": 6}),
    "no limits": ({"max_input_tokens": 0, "max_tokens": 0}, {}),
    **{
        f"a capability: {theirs}": (
            {"capabilities": {theirs: {"supported": True}}},
            {"features": (ours, "tools"), "inputs": ("text",)},
        )
        for theirs, ours in {
            "thinking": "reasoning",
            "server_tools": "search",
            "structured_outputs": "structured",
            "citations": "citations",
            "batch": "batch",
            "code_execution": "code",
        }.items()
    },
    "capabilities that are none": (
        {"capabilities": {"batch": {"supported": 1}, "citations": False, "x": True}},
        {"features": ("tools",), "inputs": ("text",)},
    ),
    "media": (
        {"capabilities": {"image_input": True, "pdf_input": {"supported": True}}},
        {"features": ("tools",), "inputs": ("text", "image", "pdf")},
    ),
    "efforts": (
        {"capabilities": {"effort": {"none": True, **dict.fromkeys(LEVELS, True)}}},
        {"features": ("tools",), "inputs": ("text",), "efforts": LEVELS},
    ),
    **{
        f"a state: {theirs}": ({"lifecycle": theirs}, {"status": ours})
        for theirs, ours in {
            "active": "current",
            "deprecated": "deprecated",
            "retired": "retired",
            "new": None,
        }.items()
    },
    "an end": ({"retires_at": "2027-01-01T00:00:00Z"}, {"retires": "2027-01-01"}),
    "a birth": ({"created_at": "1970-01-01T00:00:01Z"}, {"created": 1}),
    "no birth": ({"created_at": "1970-01-01T00:00:00Z"}, {}),
    "a birth that is none": ({"created_at": "soon"}, {}),
}
GEMINI: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a name": ({"displayName": "N"}, {"name": "N"}),
    "limits": ({"inputTokenLimit": 5, "outputTokenLimit": 6}, {"context": 5, "max_output": 6}),
    "no limits": ({"inputTokenLimit": 0, "outputTokenLimit": 0}, {}),
    "thoughts": ({"thinking": True}, {"features": ("reasoning",)}),
    "no thoughts": ({"thinking": 1}, {}),
    "defaults": (
        {"temperature": 1, "topP": 0.5, "topK": 4, "other": 1},
        {"defaults": {"temperature": 1, "top_p": 0.5, "top_k": 4}},
    ),
    "answers": ({"supportedGenerationMethods": ["generateContent"]}, {}),
}
DASHSCOPE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a name": ({"name": "N"}, {"name": "N"}),
}
ENTRIES = [
    *((parse_openai, "data", "id", *each) for each in OPENAI.values()),
    *((parse_openai, "models", "id", *each) for each in OPENAI.values()),
    *((parse_messages, "data", "id", *each) for each in MESSAGES.values()),
    *((parse_gemini, "models", "name", *each) for each in GEMINI.values()),
    *((parse_dashscope, "data", "id", *each) for each in OPENAI.values()),
]


@pytest.mark.parametrize(
    ("parse", "place", "key", "entry", "fields"),
    ENTRIES,
    ids=lambda value: getattr(value, "__name__", str(value)[:30]),
)
def test_a_field_of_an_entry_says_what_it_says(
    parse: Callable[[Any], list[ListedModel]],
    place: str,
    key: str,
    entry: dict[str, Any],
    fields: dict[str, Any],
) -> None:
    whole = {**entry, key: "m"}
    assert parse({place: [whole, {**entry, key: ""}, {**entry, key: 7}, 7]}) == [
        ListedModel("m", raw=whole)._replace(**fields)
    ]


@pytest.mark.parametrize(("entry", "fields"), DASHSCOPE.values(), ids=DASHSCOPE)
def test_a_native_entry_says_its_name(entry: dict[str, Any], fields: dict[str, Any]) -> None:
    whole = {**entry, "model": "m"}
    found = parse_dashscope({"output": {"models": [whole, {"name": "x"}]}})
    assert found == [ListedModel("m", raw=whole)._replace(**fields)]


def test_a_model_that_makes_no_answers_is_left_out() -> None:
    entries = [
        {"name": "models/a", "supportedGenerationMethods": ["embedContent"]},
        {"name": "models/b", "supportedGenerationMethods": ["countTokens", "generateContent"]},
        {"name": "models/c", "supportedGenerationMethods": []},
        {"name": "models/d", "supportedGenerationMethods": "generateContent"},
    ]
    assert [model.id for model in parse_gemini({"models": entries})] == ["b", "c"]


@pytest.mark.parametrize("wire", LIST_FORMATS)
@pytest.mark.parametrize("body", [None, [], 7, {}, {"data": 7, "models": 7}])
def test_a_body_without_a_list_has_no_models(wire: str, body: Any) -> None:
    assert LIST_FORMATS[wire].parse_models(body) == []
    assert LIST_FORMATS[wire].parse_model(body) is None


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        ({"has_more": True, "last_id": "l", "data": [{"id": "a"}]}, "l"),
        ({"has_more": True, "data": [{"id": "a"}, {"id": "b"}]}, "b"),
        ({"has_more": True, "data": []}, ""),
        ({"has_more": True, "last_id": 7}, ""),
        ({"has_more": False, "last_id": "l"}, ""),
        ({"last_id": "l"}, ""),
    ],
)
def test_the_next_page_comes_after_the_last_model(body: dict[str, Any], cursor: str) -> None:
    assert last_id(body) == cursor


def page(**output: Any) -> dict[str, Any]:
    return {"output": {"models": [1], **output}}


@pytest.mark.parametrize(
    ("body", "cursor"),
    [
        (page(page_no=1, page_size=10, total=11), "2"),
        (page(page_no=1, page_size=10, total=10), ""),
        (page(page_size=10, total=11), "2"),
        (page(page_no=3, page_size=10, total=31), "4"),
        (page(page_no=1, total=11), ""),
        (page(page_no=1, page_size=10), ""),
        (page(page_no=1, page_size=10, total=11) | {"output": {"total": 11}}, ""),
        ({}, ""),
    ],
)
def test_pages_are_numbered_while_there_are_more_models(body: dict[str, Any], cursor: str) -> None:
    assert LIST_FORMATS["dashscope"].paging.next_cursor(body) == cursor


@pytest.mark.parametrize(("body", "cursor"), [({"nextPageToken": "t"}, "t"), ({}, "")])
def test_a_token_asks_for_the_next_page(body: dict[str, Any], cursor: str) -> None:
    assert LIST_FORMATS["gemini"].paging.next_cursor(body) == cursor


PLACES = {
    # wire, whose -> the first page, and what asks for the one after "c&"
    ("chat", "groq"): ("https://h/v1/models", "?after=c%26"),
    ("messages", "anthropic"): ("https://h/v1/models?limit=1000", "&after_id=c%26"),
    ("gemini", "gemini"): ("https://h/v1/v1beta/models?pageSize=1000", "&pageToken=c%26"),
}


@pytest.mark.parametrize(("wire", "name"), PLACES)
def test_a_list_and_a_model_have_their_addresses(wire: str, name: str) -> None:
    provider = providers.load(name)
    paging, target = LIST_FORMATS[wire].paging, Endpoint(provider, wire, "https://h/v1")
    first, more = PLACES[wire, name]
    calls = list_call(paging, target, ()), list_call(paging, target, (), "c&")
    assert [call.method for call in calls] == ["GET", "GET"]
    prefix = provider.quirks.path_prefix
    plain = first.replace("/v1/v1beta", f"/v1{prefix}" if prefix else "/v1")
    if not prefix or wire == "gemini":
        assert [call.url for call in calls] == [plain, plain + more]
    one = model_call(paging, target, (), "a/b")
    assert (one.method, one.body, one.headers) == ("GET", (), ())
    assert one.url.endswith("/models/a%2Fb")
