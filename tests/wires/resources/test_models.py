"""The providers' own lists of models, read into one shape: what each tells, and what it cannot."""

import json
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.billing.price import UNITS, format_price
from aichat.core.catalogue.model_list import (
    ListedModel,
    Listing,
    can_answer,
    dump_model,
    load_model,
    unique_models,
)
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.wires.resources.models import LIST_FORMATS, list_call, model_call
from tests.support.answering import model_lists
from tests.support.answering.model_lists import CREATED, NEW, list_page
from tests.support.running.program import RECORDED


def of(provider: str) -> list[ListedModel]:
    """The models of a provider's documented list, as they are kept."""
    found = providers.load(provider)
    body = json.loads(json.dumps(list_page(model_lists.LISTS[provider])))
    return unique_models(LIST_FORMATS[found.wires[0]].parse_models(body), found.listing)


#: What is read of the first entry of each list; what is left out is unknown.
FIRST: dict[str, dict[str, Any]] = {
    "openai": {"id": "gpt-6.1-terra", "created": CREATED},
    "gemini": {
        "id": "gemini-3.8-flash",
        "name": "Gemini 3.8 Flash",
        "context": 1048576,
        "max_output": 65536,
        "features": ("reasoning",),
        "defaults": {"temperature": 1, "top_p": 0.95, "top_k": 64},
    },
    "xai": {
        "id": "grok-4.7",
        "inputs": ("text", "image"),
        "outputs": ("text",),
        "created": CREATED,
        "aliases": ("grok-latest",),
    },
    "groq": {
        "id": "openai/gpt-oss-120b",
        "name": "GPT-OSS-120B",
        "context": 131072,
        "max_output": 65536,
        "inputs": ("text",),
        "outputs": ("text",),
        "features": ("tools", "json", "structured", "reasoning"),
        "created": CREATED,
    },
    "anthropic": {
        "id": "claude-sonnet-5-5",
        "name": "Claude Sonnet 5.5",
        "context": 1000000,
        "max_output": 128000,
        "inputs": ("text", "image", "pdf"),
        "features": ("reasoning", "search", "structured", "citations", "batch", "tools"),
        "efforts": ("low", "medium", "high", "max"),
        "created": CREATED,
        "status": "current",
    },
    "perplexity": {"id": "perplexity/sonar", "created": CREATED},
    "moonshot": {
        "id": "kimi-k3.1-pro",
        "context": 1048576,
        "inputs": ("text", "image", "video"),
        "features": ("reasoning",),
        "efforts": ("low", "high", "max"),
        "created": CREATED,
    },
    "qwen": {"id": "qwen3.8-flash", "created": CREATED},
}

#: Prices as they are published: dollars for a million tokens, or a thousand searches.
PRICES: dict[str, list[dict[str, str]]] = {
    "xai": [
        {"input": "2", "cached": "0.5", "output": "10", "image_input": "2", "search": "25"},
        {"input": "3", "cached": "0.75", "output": "15", "image_input": "3", "search": "25"},
    ],
    "groq": [{"input": "0.15", "cached": "0.075", "output": "0.6"}, {}],
    "perplexity": [
        {"input": "0.25", "cached": "0.0625", "output": "2.5"},
        {"input": "2", "output": "10"},
    ],
}

#: The ids that are left of each list: those that answer questions.
LEFT = {
    "openai": ["gpt-6.1-terra", "gpt-7-nova", "gpt-4.1"],
    "gemini": ["gemini-3.8-flash", "gemini-5-neon", "gemini-2.5-pro"],
    "groq": ["openai/gpt-oss-120b", "qwen/qwen4-9b"],
    "qwen": ["qwen3.8-flash", "qwen9-plus"],
}


@pytest.mark.parametrize("provider", FIRST)
def test_a_list_is_read_as_it_is_documented_and_an_unknown_field_does_not_matter(
    provider: str,
) -> None:
    first = of(provider)[0]
    told = dump_model(first)
    assert told.pop("raw").items() >= NEW.items()
    assert told.pop("rates", {}) == first.rates
    assert told == FIRST[provider]


@pytest.mark.parametrize("provider", FIRST)
def test_prices_are_read_in_the_unit_that_each_list_has(provider: str) -> None:
    prices = [{what: format_price(n, what) for what, n in m.rates.items()} for m in of(provider)]
    wanted = PRICES.get(provider, [{}])
    assert prices[: len(wanted)] == wanted


@pytest.mark.parametrize("provider", FIRST)
def test_what_answers_no_questions_is_told_from_what_does(provider: str) -> None:
    listing = providers.load(provider).listing
    ids = [model.id for model in of(provider) if can_answer(model, listing)]
    assert ids == LEFT.get(provider, model_lists.LISTS[provider].ids())


def test_the_end_of_a_model_is_told_where_the_list_tells_it() -> None:
    told = {m.id: (m.status, m.retires) for name in FIRST for m in of(name) if m.status}
    assert told == {
        "gpt-4.1": ("deprecated", "2027-01-14"),
        "qwen/qwen4-9b": ("retired", None),
        "claude-sonnet-5-5": ("current", None),
        "claude-limerick-6": ("current", None),
        "claude-haiku-4-5-20251001": ("deprecated", "2027-02-01"),
    }


@pytest.mark.parametrize("provider", FIRST)
def test_one_model_alone_is_read_as_in_the_list(provider: str) -> None:
    read = LIST_FORMATS[providers.load(provider).wires[0]].parse_model
    for entry, model in zip(model_lists.LISTS[provider].entries, of(provider), strict=False):
        one = read(entry)
        assert one is None or one == model._replace(rates={}) or one.id != model.id
    assert (found := read(model_lists.LISTS[provider].entries[0])) and found.id


def test_what_is_written_to_a_file_comes_back_the_same() -> None:
    for provider in FIRST:
        for model in of(provider):
            assert load_model(json.loads(json.dumps(dump_model(model)))) == model
    assert load_model({"id": "m", "of_a_later_version": 1, "inputs": "text"}) == ListedModel("m")


def test_groqs_recorded_list_is_read_with_limits_and_prices() -> None:
    path = RECORDED / "groq/models-models-list-models-smoke.json"
    if not path.exists():
        pytest.skip("the recordings in ../shared are absent")
    body = json.loads(path.read_text())
    listing = providers.load("groq").listing
    models = {
        m.id: m
        for m in unique_models(LIST_FORMATS["chat"].parse_models(body), listing)
        if can_answer(m, listing)
    }
    texts = {e["id"]: e for e in body["data"] if e["output_modalities"] == ["text"]}
    assert models.keys() == texts.keys() - {
        "meta-llama/llama-prompt-guard-2-22m",
        "meta-llama/llama-prompt-guard-2-86m",
    }
    for name, model in models.items():
        limits = (texts[name]["context_window"], texts[name]["max_completion_tokens"])
        assert (model.context, model.max_output) == limits
    gpt = models["openai/gpt-oss-120b"].rates
    assert {what: format_price(n, what) for what, n in gpt.items()} == {
        "input": "0.15",
        "cached": "0.075",
        "output": "0.6",
    }


#: Lists of servers that are nobody's in particular: llama.cpp, vLLM, one that has two shapes.
OTHERS = [
    ("chat", {"data": [{"id": "a", "meta": {"n_ctx_train": 8192}}], "models": []}, ("a", 8192)),
    ("chat", {"data": [{"id": "b", "max_model_len": 32768}]}, ("b", 32768)),
    ("dashscope", {"output": {"models": [{"model": "qwen-max"}], "total": 1}}, ("qwen-max", None)),
    ("dashscope", {"data": [{"id": "qwen-max"}]}, ("qwen-max", None)),
    ("messages", {"data": [{"id": "c", "capabilities": {"thinking": {}}}]}, ("c", None)),
    ("gemini", {"models": [{"name": "models/d", "inputTokenLimit": 5}]}, ("d", 5)),
]


@pytest.mark.parametrize(("wire", "body", "found"), OTHERS, ids=str)
def test_other_servers_lists_are_read_too(
    wire: str, body: dict[str, Any], found: tuple[str, int | None]
) -> None:
    (model,) = LIST_FORMATS[wire].parse_models(body)
    assert (model.id, model.context) == found


WRONG = [None, [], 5, "x", {}, *({k: v} for k in ("data", "models") for v in (5, [1, {}, None]))]
WRONG += [{"data": [{"id": 2}]}, {"models": [{"name": 2}]}, {"output": {"models": [1, {}]}}]
WRONG += [{"output": 5}, {"models": [{"name": "m", "supportedGenerationMethods": 5}]}]


@pytest.mark.parametrize("wire", LIST_FORMATS)
def test_what_is_no_list_has_no_models(wire: str) -> None:
    for body in WRONG:
        assert LIST_FORMATS[wire].parse_models(body) == [], body
        assert LIST_FORMATS[wire].parse_model(body) is None, body


def test_fields_of_another_type_than_documented_are_unknown() -> None:
    for provider in FIRST:
        given = model_lists.LISTS[provider]
        name = "name" if provider == "gemini" else "id"
        for value in (5, "x", [], {}, None, True, [{}], {"a": []}, -1, 1e400):
            entry = dict.fromkeys(given.entries[0], value) | {name: "models/m"}
            entry.pop("supportedGenerationMethods", None)
            found = LIST_FORMATS[providers.load(provider).wires[0]].parse_models(
                {given.key: [entry]}
            )
            json.dumps(
                [dump_model(m) for m in unique_models(found, providers.load(provider).listing)]
            )
            assert [m.id.removeprefix("models/") for m in found] == ["m"]


# -- asking for it


def endpoint(provider: str, wire: str = "", base: str = "") -> Endpoint:
    found = providers.load(provider)
    key = Secret("key-0123456789", "", "K")
    return Endpoint(found, wire or found.wires[0], base or found.base_url, key, (("x-mine", "1"),))


URLS = {
    "openai": "https://api.openai.com/v1/models",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000",
    "xai": "https://api.x.ai/v1/language-models",
    "groq": "https://api.groq.com/openai/v1/models",
    "anthropic": "https://api.anthropic.com/v1/models?limit=1000",
    "perplexity": "https://api.perplexity.ai/v1/models",
    "moonshot": "https://api.moonshot.ai/v1/models",
    "qwen": "https://dashscope.aliyuncs.com/compatible-mode/v1/models",
}


@pytest.mark.parametrize("provider", URLS)
def test_a_list_is_asked_for_where_the_provider_has_it_with_its_key(provider: str) -> None:
    target = endpoint(provider)
    auth = wires.load(target.wire).auth(target, {})
    call = list_call(LIST_FORMATS[target.wire].paging, target, auth)
    assert (call.method, call.url, call.body) == ("GET", URLS[provider], ())
    sent = {header.name: header.value for header in call.headers}
    assert "key-0123456789" in sent[model_lists.LISTS[provider].header]
    assert sent["x-mine"] == "1" and "content-type" not in sent
    assert ("anthropic-version" in sent) == (provider == "anthropic")


def test_perplexitys_list_is_not_at_the_path_of_its_older_service() -> None:
    for base in ("https://api.perplexity.ai", "https://api.perplexity.ai/v1"):
        call = list_call(LIST_FORMATS["chat"].paging, endpoint("perplexity", "chat", base), ())
        assert call.url == "https://api.perplexity.ai/v1/models"


def test_the_native_list_of_dashscope_stands_beside_the_compatible_one() -> None:
    call = list_call(LIST_FORMATS["dashscope"].paging, endpoint("qwen", "dashscope"), ())
    assert call.url == "https://dashscope.aliyuncs.com/api/v1/models?page_size=100"


def test_one_model_is_asked_for_by_its_id_as_the_official_clients_write_it() -> None:
    call = model_call(LIST_FORMATS["chat"].paging, endpoint("groq"), (), "openai/gpt-oss-120b")
    assert call.url == "https://api.groq.com/openai/v1/models/openai%2Fgpt-oss-120b"


#: What the page after a body is asked for with; nothing after the last.
FOLLOWS = [
    ("chat", {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}, "after=a"),
    ("chat", {"data": [{"id": "a"}, {"id": "b"}], "has_more": True}, "after=b"),
    ("chat", {"data": [{"id": "a"}], "has_more": False, "last_id": "a"}, ""),
    ("chat", {"data": [], "has_more": True}, ""),
    ("messages", {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}, "after_id=a"),
    ("messages", {"data": [{"id": "a"}], "has_more": "yes", "last_id": "a"}, ""),
    ("gemini", {"models": [], "nextPageToken": "p 2/x"}, "pageToken=p+2%2Fx"),
    ("gemini", {"models": [], "nextPageToken": 5}, ""),
    (
        "dashscope",
        {"output": {"models": [{}], "page_no": 2, "page_size": 100, "total": 228}},
        "page_no=3",
    ),
    ("dashscope", {"output": {"models": [{}], "page_no": 3, "page_size": 100, "total": 228}}, ""),
    ("dashscope", {"output": {"models": [], "page_no": 1, "page_size": 9, "total": 99}}, ""),
]


@pytest.mark.parametrize(("wire", "body", "query"), FOLLOWS)
def test_the_page_after_one_is_asked_for_as_each_wire_wants(
    wire: str, body: dict[str, Any], query: str
) -> None:
    pages = LIST_FORMATS[wire].paging
    cursor = pages.next_cursor(body)
    url = list_call(pages, endpoint("groq", wire), (), cursor).url if cursor else ""
    assert url.endswith(query) and bool(url) == bool(query)


def test_a_model_is_listed_once_and_a_price_of_nothing_but_zeros_is_none() -> None:
    zeros = {"prompt": "0", "completion": "0"}
    found = [
        ListedModel("a", name="first", raw={"pricing": zeros}),
        ListedModel("a"),
        ListedModel("b"),
    ]
    listing = Listing(prices={"pricing.prompt": ("input", 10**15)})
    assert [(m.id, m.name, m.rates) for m in unique_models(found, listing)] == [
        ("a", "first", {}),
        ("b", None, {}),
    ]


def test_every_price_of_a_list_is_of_a_thing_that_has_a_price() -> None:
    for name in providers.names():
        assert {what for what, _ in providers.load(name).listing.prices.values()} <= {*UNITS}


def test_a_price_beyond_belief_is_none() -> None:
    listing = providers.load("groq").listing
    for told in ("1e999999", "-1e999999", "NaN", "sNaN", "Infinity", "-5", 1e300, True, [1]):
        model = ListedModel("m", raw={"pricing": {"prompt": told, "completion": told}})
        assert unique_models([model], listing)[0].rates == {}, told
