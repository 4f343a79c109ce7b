"""The provider's own tools on every wire that has them: as they are asked for, and what is refused.

The rows of the matrix are told apart by provider, wire and model; each says what a wish becomes.
"""

import json
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request, with_json_output
from aichat.core.message.json_schema.output import JsonOutput
from aichat.core.message.media import Media, ProviderFile
from aichat.core.message.message import Message, Text
from aichat.core.message.server_tools import TOOLS, ServerTools, UserLocation
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.provider import WIRES
from aichat.core.provider.server_tools import (
    _OPTIONS,
    _VALUES,
    Beside,
    ToolSpec,
    fit_server_tools,
)
from aichat.disk.catalogue import cards, server_tools
from tests.support.answering import sdk_types
from tests.support.answering.sdk_bodies import Google

NOW = 1_764_374_400.0  # 29 November 2025, midnight
PARIS = UserLocation("Paris", country="FR", timezone="Europe/Paris")
FUNCTION = Tool("f", "", {"type": "object", "properties": {}})

Row = tuple[str, str, str]
#: provider, wire, model -> for each tool what is in the body; what is not here is lacking.
GPT = ("openai", "responses", "gpt-6.1-terra")
GROK = ("xai", "responses", "grok-4.7")
OSS, OSS_RESPONSES = (("groq", wire, "openai/gpt-oss-120b") for wire in ("chat", "responses"))
GEMINI, STEPS = (("gemini", wire, "gemini-3.8-flash") for wire in ("gemini", "interactions"))
CLAUDE, OLD_CLAUDE = (
    ("anthropic", "messages", f"claude-{m}") for m in ("sonnet-5-5", "sonnet-4-20250514")
)
AGENT, SONAR = ("perplexity", "responses", "perplexity/sonar"), ("perplexity", "chat", "sonar")
QWEN, QWEN_NATIVE = (("qwen", wire, "qwen3.8-flash") for wire in ("chat", "dashscope"))
QWEN_MAX, QWEN_RESPONSES = ("qwen", "chat", "qwen3-max"), ("qwen", "responses", "qwen3.8-flash")

ANYWHERE = {"type": "web_search", "user_location": {"type": "approximate"}}
READS = {
    "enable_search": True,
    "enable_thinking": True,
    "search_options": {"search_strategy": "agent_max"},
}
RUNS = {"enable_code_interpreter": True, "enable_thinking": True}
CITED = {"enable_source": True, "enable_citation": True, "citation_format": "[ref_<number>]"}
STORE = {"type": "file_search", "vector_store_ids": ["s"]}
SEEN = "web_search_call.action.sources"
FOUND = {"tools": [STORE], "include": ["file_search_call.results"]}
CITES = {"citations": {"enabled": True}}


def tools(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"tools": [*entries], **more}


def typed(kind: str, **more: Any) -> dict[str, Any]:
    return tools({"type": kind}, **more)


MATRIX: dict[Row, dict[str, dict[str, Any]]] = {
    GPT: {
        "search": tools(ANYWHERE, include=[SEEN]),
        "fetch": tools(ANYWHERE, include=[SEEN]),
        "code": tools(
            {"type": "code_interpreter", "container": {"type": "auto"}},
            include=["code_interpreter_call.outputs"],
        ),
        "file_search": FOUND,
    },
    ("openai", "chat", "gpt-6.1-terra"): {},
    GEMINI: {
        "search": tools({"googleSearch": {}}),
        "fetch": tools({"urlContext": {}}),
        "code": tools({"codeExecution": {}}),
        "file_search": tools({"fileSearch": {"fileSearchStoreNames": ["s"]}}),
        "maps": tools({"googleMaps": {}}),
    },
    STEPS: {
        "search": typed("google_search"),
        "fetch": typed("url_context"),
        "code": typed("code_execution"),
        "file_search": tools({"type": "file_search", "file_search_store_names": ["s"]}),
        "maps": typed("google_maps"),
    },
    ("gemini", "gemini", "gemma-4-31b-it"): {},
    GROK: {
        "search": typed("web_search", include=[SEEN]),
        "search_x": typed("x_search"),
        "fetch": typed("web_search", include=[SEEN]),
        "code": typed("code_interpreter", include=["code_interpreter_call.outputs"]),
        "file_search": FOUND,
    },
    ("xai", "chat", "grok-4.7"): {},
    ("xai", "messages", "grok-4.7"): {},
    OSS: {
        "search": typed("browser_search"),
        "fetch": typed("browser_search"),
        "code": typed("code_interpreter"),
    },
    OSS_RESPONSES: {
        "search": typed("browser_search"),
        "fetch": typed("browser_search"),
        "code": typed("code_interpreter"),
    },
    ("groq", "chat", "llama-3.1-8b-instant"): {},
    ("groq", "chat", "openai/gpt-oss-safeguard-20b"): {},
    CLAUDE: {
        "search": tools({"type": "web_search_20260318", "name": "web_search"}),
        "fetch": tools({"type": "web_fetch_20260318", "name": "web_fetch", **CITES}),
        "code": tools({"type": "code_execution_20260521", "name": "code_execution"}),
    },
    OLD_CLAUDE: {
        "search": tools({"type": "web_search_20250305", "name": "web_search"}),
        "fetch": tools({"type": "web_fetch_20250910", "name": "web_fetch", **CITES}),
        "code": tools({"type": "code_execution_20250825", "name": "code_execution"}),
    },
    AGENT: {
        "search": typed("web_search"),
        "fetch": tools({"type": "fetch_url"}, {"type": "web_search"}),
        "code": tools({"type": "sandbox"}, {"type": "web_search"}),
    },
    SONAR: {"search": {}},
    QWEN: {"search": {"enable_search": True}, "code": RUNS},
    QWEN_MAX: {"search": {"enable_search": True}, "fetch": READS, "code": RUNS},
    QWEN_NATIVE: {"search": {"enable_search": True, "search_options": CITED}, "code": RUNS},
    QWEN_RESPONSES: {
        "search": typed("web_search", include=[SEEN]),
        "fetch": tools({"type": "web_search"}, {"type": "web_extractor"}),
        "code": typed("code_interpreter"),
        "file_search": tools(STORE),
    },
    ("local", "chat", "smollm2"): {},
}
EVERY = [(row, tool) for row in MATRIX for tool in TOOLS]


def specs_of(row: Row) -> dict[str, Any]:
    return dict(server_tools.read(row[0]).get(row[1], {}))


def wish(tool: str, **more: Any) -> ServerTools:
    return ServerTools(**{tool: ("s",) if tool == "file_search" else True}, now=NOW, **more)


def body_of(
    row: Row, wanted: ServerTools, *functions: Tool, shown: tuple[Media, ...] = ()
) -> dict[str, Any]:
    """The body that a wish is sent in, as far as the model has it."""
    name, wire, model = row
    provider = providers.load(name)
    fit = fit_server_tools(wanted, specs_of(row), Beside(model, bool(functions)))
    card = cards.card(name, model, wire)
    target = Endpoint(provider, wire, "https://h/v1", card=card, server_tools=specs_of(row))
    said = (Message("user", (*shown, Text("Hi"))),)
    request = Request(model, said, tools=functions, server_tools=fit.tools)
    body: dict[str, Any] = json.loads(b"".join(wires.load(wire).encode(request, target).body))
    return body


def said_of_tools(row: Row, wanted: ServerTools, *functions: Tool) -> dict[str, Any]:
    """What a wish adds to a body, but for what is in every one."""
    plain, body = body_of(row, ServerTools()), body_of(row, wanted, *functions)
    plain, body = plain.get("parameters", plain), body.get("parameters", body)
    sealed = set(plain.get("include", ()))
    if "include" in body:
        body["include"] = [name for name in body["include"] if name not in sealed]
    return {k: v for k, v in body.items() if v and (k == "tools" or plain.get(k) != v)}


@pytest.mark.parametrize(("row", "tool"), EVERY, ids=str)
def test_a_tool_is_asked_for_as_the_server_has_it_or_said_to_be_lacking(
    row: Row, tool: str
) -> None:
    fit = fit_server_tools(wish(tool), specs_of(row), Beside(row[2]))
    flag = f"--{tool.replace('_', '-')}"
    if tool in MATRIX[row]:
        assert (fit.tools, fit.remarks, fit.refusal) == (wish(tool), (), None)
        assert said_of_tools(row, wish(tool)) == MATRIX[row][tool]
    else:
        assert fit.remarks == (f"{row[2]} does not support {flag}: not sent",)
        assert fit.tools.names == ()


#: A wish, and where it stands in the body.
OPTIONS: dict[str, tuple[Row, ServerTools, dict[str, Any]]] = {
    "openai": (
        GPT,
        wish("search", domains=("a.org",), context="low", location=PARIS),
        {
            "type": "web_search",
            "user_location": {"type": "approximate", **PARIS.names},
            "filters": {"allowed_domains": ["a.org"]},
            "search_context_size": "low",
        },
    ),
    "xai": (
        GROK,
        wish("search", blocked=("a.org",), context="high", location=PARIS),
        {
            "type": "web_search",
            "filters": {"excluded_domains": ["a.org"]},
            "search_context_size": "high",
            "user_location": PARIS.names,
        },
    ),
    "posts on X": (
        GROK,
        wish("search_x", handles=("nasa",), recency="week"),
        {"type": "x_search", "allowed_x_handles": ["nasa"], "from_date": "2025-11-22"},
    ),
    "no posts on X": (
        GROK,
        wish("search_x", blocked_handles=("nasa",)),
        {"type": "x_search", "excluded_x_handles": ["nasa"]},
    ),
    "gemini": (
        GEMINI,
        wish("search", recency="day"),
        {
            "googleSearch": {
                "timeRangeFilter": {
                    "startTime": "2025-11-28T00:00:00Z",
                    "endTime": "2025-11-29T00:00:00Z",
                }
            }
        },
    ),
    "anthropic": (
        CLAUDE,
        wish("search", domains=("a.org",), location=PARIS),
        {
            "type": "web_search_20260318",
            "name": "web_search",
            "allowed_domains": ["a.org"],
            "user_location": {"type": "approximate", **PARIS.names},
        },
    ),
    "anthropic, excluded": (
        CLAUDE,
        wish("search", blocked=("a.org",)),
        {"type": "web_search_20260318", "name": "web_search", "blocked_domains": ["a.org"]},
    ),
    "perplexity": (
        AGENT,
        wish("search", blocked=("a.org",), recency="year", context="medium", location=PARIS),
        {
            "type": "web_search",
            "filters": {"search_domain_filter": ["-a.org"], "search_recency_filter": "year"},
            "search_context_size": "medium",
            "user_location": {"city": "Paris", "country": "FR"},
        },
    ),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_what_a_search_is_limited_to_stands_where_the_server_looks_for_it(name: str) -> None:
    row, wanted, entry = OPTIONS[name]
    fit = fit_server_tools(wanted, specs_of(row), Beside(row[2]))
    assert (fit.remarks, fit.refusal) == ((), None)
    assert body_of(row, wanted)["tools"][0] == entry


def test_options_may_stand_beside_the_tools() -> None:
    wanted = wish("search", domains=("a.org",), recency="month", context="low")
    options = {"assigned_site_list": ["a.org"], "freshness": 30, "search_strategy": "turbo"}
    assert body_of(QWEN, wanted)["search_options"] == options
    assert body_of(QWEN_NATIVE, wanted)["parameters"]["search_options"] == CITED | options
    sonar = body_of(SONAR, wanted)
    assert (sonar["search_domain_filter"], sonar["search_recency_filter"]) == (["a.org"], "month")
    assert sonar["web_search_options"] == {"search_context_size": "low"}
    there = UserLocation(latitude=48.9, longitude=2.3)
    where = body_of(GEMINI, wish("maps", location=there))["toolConfig"]["retrievalConfig"]
    assert where == {"latLng": {"latitude": 48.9, "longitude": 2.3}}
    (maps,) = body_of(STEPS, wish("maps", location=there))["tools"]
    assert maps == {"type": "google_maps", "latitude": 48.9, "longitude": 2.3}


#: Wishes that a server lacks words for, and what is said of each.
LACKING: dict[tuple[Row, str], ServerTools] = {
    (GPT, "--search-domain=-D"): wish("search", blocked=("a.org",)),
    (GPT, "--search-recency"): wish("search", recency="day"),
    (GPT, "--search-location"): wish("search", location=UserLocation(latitude=1.0, longitude=2.0)),
    (GROK, "--search-domain=@NAME"): wish("search", handles=("a",)),
    (GROK, "--search-domain"): wish("search_x", domains=("a.org",)),
    (GEMINI, "--search-domain"): wish("search", domains=("a.org",)),
    (GEMINI, "--search-context"): wish("search", context="low"),
    (GEMINI, "--search-location"): wish("maps", location=PARIS),
    (OSS, "--search-recency"): wish("search", recency="day"),
    (CLAUDE, "--search-context"): wish("search", context="low"),
    (QWEN, "--search-location"): wish("search", location=PARIS),
    (QWEN_RESPONSES, "--search-domain"): wish("search", domains=("a.org",)),
}


@pytest.mark.parametrize(("row", "flag"), LACKING, ids=str)
def test_what_a_search_cannot_be_limited_to_is_said_and_not_sent(row: Row, flag: str) -> None:
    wanted = LACKING[row, flag]
    fit = fit_server_tools(wanted, specs_of(row), Beside(row[2]))
    assert fit.remarks == (f"{row[2]} does not support {flag}: not sent",)
    assert body_of(row, wanted) == body_of(row, wish(*wanted.names))


MANY = tuple(f"{n}.org" for n in range(101))
REFUSED: dict[str, tuple[Row, ServerTools, Beside, str]] = {
    "allowed and excluded": (
        CLAUDE,
        wish("search", domains=("a.org",), blocked=("b.org",)),
        Beside(CLAUDE[2]),
        "--search-domain and --search-domain=-D cannot be combined",
    ),
    "allowed and excluded accounts": (
        GROK,
        wish("search_x", handles=("a",), blocked_handles=("b",)),
        Beside(GROK[2]),
        "cannot be combined",
    ),
    "six domains": (GROK, wish("search", domains=MANY[:6]), Beside(GROK[2]), "at most 5"),
    "a hundred and one": (GPT, wish("search", domains=MANY), Beside(GPT[2]), "at most 100"),
    "two stores": (
        QWEN_RESPONSES,
        ServerTools(file_search=("a", "b")),
        Beside(QWEN_RESPONSES[2]),
        "at most 1",
    ),
    "functions, before Gemini 3": (
        GEMINI,
        wish("search"),
        Beside("gemini-2.5-flash", functions=True),
        "--search cannot be combined with functions",
    ),
    "the least effort, on the first of the line": (
        GPT,
        wish("code"),
        Beside("gpt-5-mini", effort="minimal"),
        "--code cannot be combined with --effort minimal",
    ),
    "in one piece": (
        QWEN_MAX,
        wish("fetch"),
        Beside("qwen3-max", stream=False),
        "--fetch cannot be combined with --no-stream",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_known_to_be_refused_is_not_sent(name: str) -> None:
    row, wanted, beside, why = REFUSED[name]
    assert why in (fit_server_tools(wanted, specs_of(row), beside).refusal or "")


def test_what_is_refused_of_one_model_is_taken_by_the_next() -> None:
    for row, wanted, beside in (
        (GEMINI, wish("search"), Beside("gemini-3.8-flash", functions=True)),
        (GPT, wish("code"), Beside("gpt-5.6-sol", effort="minimal")),
        (GROK, wish("search", domains=MANY[:5]), Beside(GROK[2])),
    ):
        assert fit_server_tools(wanted, specs_of(row), beside).refusal is None


def test_beside_functions_a_server_is_told_what_it_wants_to_be_told() -> None:
    body = body_of(GEMINI, wish("search"), FUNCTION)
    assert body["toolConfig"] == {"includeServerSideToolInvocations": True}
    assert [*map(list, body["tools"])] == [["googleSearch"], ["functionDeclarations"]]
    assert "toolConfig" not in body_of(GEMINI, wish("search"))


def test_whoever_runs_code_gets_a_search_that_runs_none() -> None:
    both = ServerTools(search=True, fetch=True, code=True)
    kinds = [tool["type"] for tool in body_of(CLAUDE, both)["tools"]]
    assert kinds == ["web_search_20250305", "web_fetch_20250910", "code_execution_20260521"]


def test_two_wishes_for_one_tool_are_one() -> None:
    both = ServerTools(search=True, fetch=True, domains=("a.org",))
    (entry,) = body_of(GPT, both, FUNCTION)["tools"][:-1]
    assert entry["filters"] == {"allowed_domains": ["a.org"]}


TYPES = {
    "openai": (GPT, sdk_types.openai_responses, "openai"),
    "groq": (OSS, sdk_types.groq_chat, "groq"),
    "anthropic": (CLAUDE, sdk_types.anthropic_messages, "anthropic"),
    "old anthropic": (OLD_CLAUDE, sdk_types.anthropic_messages, "anthropic"),
    "perplexity": (AGENT, sdk_types.perplexity_responses, "perplexity"),
}
FULL: dict[str, Any] = {
    "domains": ("a.org",),
    "recency": "week",
    "context": "low",
    "location": PARIS,
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", TYPES)
def test_the_official_types_know_every_request_for_a_tool(name: str, tool: str) -> None:
    row, misfits, sdk = TYPES[name]
    pytest.importorskip(sdk, reason="the SDK is not installed")
    if tool in MATRIX[row]:
        assert misfits(body_of(row, wish(tool, **FULL), FUNCTION)) == []


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_the_official_types_know_files_for_code(name: str) -> None:
    row, misfits, sdk = TYPES[name]
    pytest.importorskip(sdk, reason="the SDK is not installed")
    file = Media("text/csv", ProviderFile("file_1"), "a.csv", for_code=True)
    body = body_of(row, wish("code"), FUNCTION, shown=(file,))
    assert "file_1" in json.dumps(body)
    assert misfits(body) == []


@pytest.mark.parametrize("tool", MATRIX[STEPS])
def test_googles_types_of_interactions_know_every_tool(tool: str) -> None:
    types = pytest.importorskip("google.genai._gaos.types.interactions.tool")
    there = UserLocation(latitude=48.9, longitude=2.3)
    for entry in body_of(STEPS, wish(tool, location=there), FUNCTION)["tools"]:
        assert sdk_types.misfits(entry, types.ToolParam.__value__) == []


#: A wish of google-genai's own.
GOOGLE: dict[str, dict[str, Any]] = {
    "search": {"google_search": {}},
    "fetch": {"url_context": {}},
    "code": {"code_execution": {}},
    "file_search": {"file_search": {"file_search_store_names": ["s"]}},
    "maps": {"google_maps": {}},
}


@pytest.mark.parametrize("tool", GOOGLE)
def test_a_tool_is_asked_for_as_googles_own_client_does(tool: str) -> None:
    pytest.importorskip("google.genai", reason="google-genai is not installed")
    with Google() as sdk:
        sent = sdk.capture_request("Hi", "m", tools=[GOOGLE[tool]]).json()
    ours = json.dumps(body_of(GEMINI, wish(tool))["tools"])
    # it spells names inside a tool in another case, which Google takes too
    snake = ours.replace("fileSearchStoreNames", "file_search_store_names")
    assert json.dumps(sent["tools"]) in (ours, snake)


@pytest.mark.parametrize("tool", ["search", "search_x"])
def test_in_json_of_a_schema_no_link_stands_amid_a_value(tool: str) -> None:
    row = ("xai", "responses", "grok-4.7")
    target = Endpoint(
        providers.load("xai"), "responses", "https://h/v1", server_tools=specs_of(row)
    )
    request = Request(row[2], (Message("user", (Text("Hi"),)),), server_tools=wish(tool))
    output = JsonOutput("strict", "answer", schema={"type": "object"})
    for asked, is_told in ((request, False), (with_json_output(request, output), True)):
        body = json.loads(b"".join(wires.load("responses").encode(asked, target).body))
        assert ("no_inline_citations" in body.get("include", ())) is is_told


def test_every_table_says_only_what_is_understood() -> None:
    """A misspelt key would be a tool that is asked for wrongly."""
    known = set(ToolSpec.__annotations__)
    flags = {spelling for _, spellings in _OPTIONS.values() for spelling in spellings}
    others = {"until_time", "file_search", "container", "code_files"}
    for name in providers.names():
        for wire, specs in server_tools.read(name).items():
            assert wire in providers.load(name).wires and wire in WIRES
            assert set(specs) <= set(TOOLS)
            for spec in (one for several in specs.values() for one in several):
                assert set(spec) <= known
                assert set(spec.get("options", ())) <= set(_VALUES)
                assert set(spec.get("options", ())) - flags <= others
                assert set(spec.get("most", ())) <= set(spec.get("options", ()))
