"""All eight providers together: listed, chosen, answering in one shape, and compared."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from aichat import providers
from aichat.app.setup import local_engine
from aichat.core.provider.provider import WIRES
from aichat.providers import local
from tests.app.setup.test_providers import CALL, FULL, HOW, TEXT, USAGE, curl_url, reply
from tests.support.answering import answers_google as google
from tests.support.answering.answers_interactions import interaction_stream, interaction_whole
from tests.support.answering.server import Reply, Server, tool_call
from tests.support.documents import what_is_sent
from tests.support.running.program import ROOT, SENTINEL, Program, Result

#: The table of the contract, section 5: id, key variables, base URL, default wire, default model.
TABLE: dict[str, tuple[str, str, str, str]] = {
    "openai": ("OPENAI_API_KEY", "https://api.openai.com/v1", "responses", "gpt-6.1-terra"),
    "gemini": (
        "GEMINI_API_KEY GOOGLE_API_KEY",
        "https://generativelanguage.googleapis.com/v1beta",
        "gemini",
        "gemini-3.8-flash",
    ),
    "xai": ("XAI_API_KEY", "https://api.x.ai/v1", "responses", "grok-4.7"),
    "groq": ("GROQ_API_KEY", "https://api.groq.com/openai/v1", "chat", "openai/gpt-oss-120b"),
    "anthropic": (
        "ANTHROPIC_API_KEY",
        "https://api.anthropic.com/v1",
        "messages",
        "claude-sonnet-5-5",
    ),
    "perplexity": (
        "PERPLEXITY_API_KEY PPLX_API_KEY",
        "https://api.perplexity.ai",
        "responses",
        "perplexity/sonar",
    ),
    "moonshot": (
        "MOONSHOT_API_KEY KIMI_API_KEY",
        "https://api.moonshot.ai/v1",
        "chat",
        "kimi-k3.1-pro",
    ),
    "qwen": (
        "DASHSCOPE_API_KEY QWEN_API_KEY",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "chat",
        "qwen3.8-flash",
    ),
}
#: The wires that each takes, default first, in the same place.
SPEAKS = {
    "openai": "responses chat",
    "gemini": "gemini interactions",
    "xai": "responses chat messages",
    "groq": "chat responses",
    "anthropic": "messages",
    "perplexity": "responses chat",
    "moonshot": "chat",
    "qwen": "chat responses dashscope",
    "local": "chat responses messages",
}
BOX = '[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\nkey_env = "BOX_KEY"\nmodels = ["m"]\n'
KEY = "key_0123456789ABCD"
#: The first variable of each, in the order in which keys are looked for.
KEYS = {name: row[0].split()[0] for name, row in TABLE.items()} | {"box": "BOX_KEY"}


# -- keys list


def listed(result: Result) -> list[list[str]]:
    return [line.split("\t") for line in result.text.splitlines()]


def test_the_providers_are_those_of_the_contract_in_its_order() -> None:
    assert providers.names() == (*TABLE, "local")
    assert {name: " ".join(providers.load(name).wires) for name in providers.names()} == SPEAKS


def test_the_list_of_keys_has_one_row_for_each_provider(aichat: Program) -> None:
    head, *rows = listed(aichat.invoke("keys", "list"))
    assert head == ["provider", "key", "from", "variables", "base_url", "wire", "default_model"]
    assert {row[0]: tuple(row[3:]) for row in rows[:-1]} == TABLE
    assert [row[1:3] for row in rows[:-1]] == [["-", "-"]] * 8
    assert rows[-1][:4] == ["local", "-", "needs none", "-"]


def test_the_same_list_as_json(aichat: Program) -> None:
    tsv = listed(aichat.invoke("keys", "list"))
    rows = json.loads(aichat.invoke("keys", "list", "--json").text)
    assert [[*row.values()] for row in rows] == tsv[1:]
    assert {tuple(row) for row in rows} == {tuple(tsv[0])}


@pytest.mark.parametrize("provider", TABLE)
def test_a_row_says_where_the_key_comes_from_and_four_of_its_characters(
    provider: str, aichat: Program
) -> None:
    variables = TABLE[provider][0].split()
    for variable in variables:
        result = aichat.invoke("keys", "list", environ={variable: KEY})
        rows = {row[0]: row[1:3] for row in listed(result)[1:]}
        assert rows.pop(provider) == ["…ABCD", f"${variable}"]
        assert rows.pop("local") == ["-", "needs none"]
        assert set(map(tuple, rows.values())) == {("-", "-")}
        assert KEY not in result.text


def test_a_stored_key_a_command_and_a_custom_server_are_listed_too(aichat: Program) -> None:
    path = aichat.write_config(f'{BOX}[providers.gemini]\nkey_command = "exit 1"\n')
    stored = path.with_name("credentials.toml")
    stored.write_text(f'[keys]\nqwen = "{KEY}"\n')
    stored.chmod(0o600)
    rows = {row[0]: row[1:] for row in listed(aichat.invoke("keys", "list"))}
    assert rows["qwen"][:2] == ["…ABCD", "credentials.toml"]
    assert rows["gemini"][:2] == ["?", "key_command"]
    assert rows["box"] == ["-", "-", "BOX_KEY", "http://127.0.0.1:9/v1", "chat", "m"]


# -- whom to ask when nobody says


def asked_first(aichat: Program, environ: Mapping[str, str]) -> str:
    """The variable of the key that a question without any name would use."""
    result = aichat.invoke("ask", "hi", "--dry-run", environ=environ)
    assert result.code == 0, result.stderr
    (name,) = [name for name, variable in KEYS.items() if f"${variable}" in result.text]
    return name


@pytest.mark.parametrize("first", KEYS)
def test_of_several_keys_the_first_in_the_order_of_the_contract_is_used(
    first: str, aichat: Program
) -> None:
    aichat.write_config(BOX)
    later = [*KEYS][[*KEYS].index(first) :]
    assert asked_first(aichat, {KEYS[name]: KEY for name in reversed(later)}) == first


@pytest.mark.parametrize("name", TABLE)
def test_the_second_variable_is_as_good_as_the_first(name: str, aichat: Program) -> None:
    aichat.write_config(BOX)
    last = TABLE[name][0].split()[-1]
    assert asked_first(aichat, {last: KEY, "BOX_KEY": KEY}) == name


@pytest.mark.parametrize("name", TABLE)
def test_a_stored_key_and_a_command_are_keys_too(name: str, aichat: Program) -> None:
    path = aichat.write_config(BOX)
    stored = path.with_name("credentials.toml")
    stored.write_text(f'[keys]\n{name} = "{KEY}"\n')
    stored.chmod(0o600)
    assert asked_first(aichat, {"BOX_KEY": KEY}) == name
    stored.unlink()
    aichat.write_config(f'{BOX}[providers.{name}]\nkey_command = "false"\n')
    assert asked_first(aichat, {"BOX_KEY": KEY}) == name


@pytest.mark.parametrize("name", TABLE)
def test_an_empty_variable_is_no_key(name: str, aichat: Program) -> None:
    aichat.write_config(BOX)
    empty = dict.fromkeys(TABLE[name][0].split(), "")
    assert asked_first(aichat, {**empty, "BOX_KEY": KEY}) == "box"


def test_without_any_key_the_local_model_is_asked_or_three_ways_are_named(aichat: Program) -> None:
    result = aichat.invoke("ask", "hi", "--dry-run")
    assert local.PROVIDER.engine
    if local_engine.is_ready(local.PROVIDER.engine):
        assert (curl_url(result), result.code) == ("http://127.0.0.1:$PORT/v1/chat/completions", 0)
    else:
        assert (result.stdout, result.code) == (b"", 3)
        assert all(way in result.stderr for way in ("_API_KEY", "aichat keys set", "local"))


def test_without_any_key_and_without_an_engine_three_ways_are_named(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = local.PROVIDER.engine and local.PROVIDER.engine.bundled
    assert local.PROVIDER.engine and bundled
    gone = local.PROVIDER.engine._replace(bundled=bundled._replace(package="not_installed_here"))
    monkeypatch.setattr(local, "PROVIDER", local.PROVIDER._replace(engine=gone))
    result = aichat.invoke("ask", "hi")
    assert (result.stdout, result.code) == (b"", 3)
    assert all(way in result.stderr for way in ("_API_KEY", "aichat keys set", "local model"))


# -- one answer, whoever gives it

EVERY = [
    (name, wire) for name, wires in SPEAKS.items() if name != "local" for wire in wires.split()
]
EVERY += [("box", wire) for wire in WIRES]
TOOLS = json.dumps([{"name": CALL["name"], "parameters": {"type": "object", "properties": {}}}])


_STEP_USAGE = {
    "total_input_tokens": 12,
    "total_output_tokens": 2,
    "total_thought_tokens": 1,
    "total_cached_tokens": 4,
}


def traffic(wire: str, *, stream: bool) -> Reply:
    """The same answer on every wire: reasoning, text, a tool call, usage."""
    arguments = '{"port":', '"Leith"}'
    if wire == "gemini":
        thoughts = [google.thought(text) for text in FULL.reasoning]
        call = google.function_call(CALL["name"], json.loads(CALL["arguments"]), CALL["id"])
        make = google.gemini_stream if stream else google.gemini_whole
        return make(*thoughts, *FULL.pieces, call)
    if wire == "interactions":
        say = interaction_stream if stream else interaction_whole
        said = [(CALL["id"], CALL["name"], CALL["arguments"])]
        return say(*FULL.pieces, reasoning=FULL.reasoning, calls=said, usage=_STEP_USAGE)
    if wire != "dashscope":
        return reply(wire, FULL, stream=stream)
    if stream:
        calls = tool_call(CALL["name"], *arguments, call_id=CALL["id"])
        return google.dashscope_stream(FULL.pieces, reasoning=FULL.reasoning, tool_calls=calls)
    calls = tool_call(CALL["name"], "".join(arguments), call_id=CALL["id"])
    return google.dashscope_whole(TEXT, reasoning="".join(FULL.reasoning), tool_calls=calls)


def run(aichat: Program, name: str, wire: str, how: str, *words: str) -> Result:
    """A question to a provider on a wire that answers with ``traffic``."""
    if name == "box":
        aichat.write_config(BOX)
    answer = traffic(wire, stream=how == "streamed")
    with Server(answer) as server:
        base = f"AICHAT_{name.upper()}_BASE_URL"
        environ = {KEYS[name]: SENTINEL, base: f"{server.url}/v1"}
        asked = ("ask", "-p", name, "--wire", wire, "--tools", TOOLS, "hi")
        return aichat.invoke(*asked, *words, *HOW[how], environ=environ)


def shape(value: Any) -> Any:
    """What kind of thing stands where: names in order, and the types of values."""
    if isinstance(value, dict):
        return {name: shape(below) for name, below in value.items()}
    if isinstance(value, list):
        return [shape(below) for below in value]
    return type(value).__name__ if value is not None else None


def same(found: dict[str, Any]) -> dict[str, Any]:
    """An answer without what may differ by provider: names, times, prices, spaces."""
    timing, cost = found.pop("timing"), found.pop("cost")
    assert [*cost] == ["amount", "currency", "estimated", "source", "saved"]
    assert [*timing] == ["first_token_s", "total_s"]
    assert all(isinstance(seconds, float) for seconds in timing.values())
    for field in ("provider", "model", "response_id", "conversation"):
        assert isinstance(found.pop(field), str)
    for call in found["tool_calls"]:
        call["arguments"] = json.loads(call["arguments"])
    assert found["usage"].pop("searches") in (None, 0)
    return found


ANSWER: dict[str, Any] = {
    "version": 1,
    "text": TEXT,
    "reasoning": "".join(FULL.reasoning),
    "refusal": None,
    "citations": [],
    "tool_calls": [CALL | {"arguments": json.loads(CALL["arguments"])}],
    "images": [],
    "finish_reason": "tool_calls",
    "complete": True,
    "usage": {name: count for name, count in USAGE.items() if name != "searches"},
    "error": None,
}
#: The fields of ``--json``, as the contract orders them.
FIELDS = [
    *("version", "provider", "model", "response_id", "text", "reasoning", "refusal", "citations"),
    *("tool_calls", "images", "finish_reason", "complete", "usage", "cost", "timing"),
    *("conversation", "error"),
]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("name", "wire"), EVERY)
def test_json_is_one_and_the_same_from_everyone(
    name: str, wire: str, how: str, aichat: Program
) -> None:
    result = run(aichat, name, wire, how, "--json")
    found = json.loads(result.text)
    assert (result.code, [*found]) == (0, FIELDS)
    assert same(found) == ANSWER


def settled(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces of one kind as one, no notice, and of all counts the last, right before the end."""
    told: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "notice":
            assert [*event] == ["type", "kind", "message"]
        elif told and told[-1]["type"] == event["type"] and "text" in event:
            told[-1]["text"] += event["text"]
        elif event["type"] != "usage":  # some wires count all along, some at the end
            told.append(event)
    counts = [event for event in events if event["type"] == "usage"]
    return [*told[:-1], counts[-1], told[-1]]


USAGE_SHAPE = {name: None if name in ("cache_write", "searches") else "int" for name in USAGE}
SHAPES: list[dict[str, Any]] = [
    {"type": "start", "provider": "str", "model": "str", "wire": "str", "conversation": "str"},
    {"type": "reasoning", "text": "str"},
    {"type": "text", "text": "str"},
    {"type": "tool_call", "id": "str", "name": "str", "arguments": "str"},
    {"type": "usage", **USAGE_SHAPE},
]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("name", "wire"), EVERY)
def test_events_are_equal_in_shape_from_everyone(
    name: str, wire: str, how: str, aichat: Program
) -> None:
    result = run(aichat, name, wire, how, "--events")
    lines = result.text.removesuffix("\n").split("\n")
    *middle, last = settled([json.loads(line) for line in lines])
    middle[-1]["searches"] = middle[-1]["searches"] or None  # some say that there was none
    assert [{**shape(e), "type": e["type"]} for e in middle] == SHAPES
    assert next(iter(last)) == "type" and last.pop("type") == "finish"
    assert [*last] == FIELDS and same(last) == ANSWER
    assert (middle[0]["provider"], middle[0]["wire"]) == (name, wire)


@pytest.mark.parametrize(("name", "wire"), EVERY)
def test_in_a_pipe_the_answer_is_the_text_and_a_newline_from_everyone(
    name: str, wire: str, aichat: Program
) -> None:
    result = run(aichat, name, wire, "streamed", "-q")
    assert (result.stdout, result.code) == (f"{TEXT}\n".encode(), 0)


# -- what is sent where

BEGIN, END = "<!-- what is sent where -->\n", "<!-- end -->"


@pytest.fixture(scope="module")
def sent() -> str:
    return what_is_sent.table()


def test_the_table_of_what_is_sent_where_stands_in_the_readme(sent: str) -> None:
    _, begin, rest = (ROOT / "README.md").read_text().partition(BEGIN)
    shown, end, _ = rest.partition(END)
    assert begin and end, f"the README has no table between {BEGIN.strip()} and {END}"
    assert shown.strip("\n") == sent.strip("\n"), (
        "python -m tests.support.documents.what_is_sent prints it anew"
    )


def cells(table: str) -> dict[str, dict[str, str]]:
    """The field of each provider for each option."""
    found: dict[str, dict[str, str]] = {}
    option = ""
    for line in table.splitlines()[2:]:
        first, field, names = (cell.strip() for cell in line.strip("|").split("|"))
        option = first.strip("`") or option
        row = found.setdefault(option, {})
        for name in names.split(", "):
            assert name not in row, f"{option} twice for {name}"
            row[name] = field.replace("`", "")
    return found


def test_the_table_has_a_cell_for_every_option_and_provider_and_fits_a_page(sent: str) -> None:
    table = cells(sent)
    assert [*table] == [
        "-s",
        "--temperature",
        "--top-p",
        "--max-tokens",
        "--stop",
        "--seed",
        "--effort high",
        "--tools",
        "--prefill",
    ]
    assert {frozenset(row) for row in table.values()} == {frozenset(TABLE)}
    assert max(map(len, sent.splitlines())) <= 100


#: Section 10.2 of the wire reference, for the default models.
LAW: dict[str, str] = {
    "-s": "instructions systemInstruction input[system] messages[system] system instructions "
    "messages[system] messages[system]",
    "--temperature": "- generationConfig.temperature temperature temperature - temperature - "
    "temperature",
    "--max-tokens": "max_output_tokens generationConfig.maxOutputTokens max_output_tokens "
    "max_completion_tokens max_tokens max_output_tokens max_completion_tokens max_tokens",
    "--stop": "- generationConfig.stopSequences - stop stop_sequences - stop stop",
    "--seed": "- generationConfig.seed seed seed - - - seed",
    "--effort high": "reasoning.effort generationConfig.thinkingConfig.thinkingLevel "
    "reasoning.effort reasoning_effort output_config.effort reasoning.effort reasoning_effort "
    "enable_thinking",
    "--tools": "tools[].parameters tools[].functionDeclarations[].parametersJsonSchema "
    "tools[].parameters tools[].function.parameters tools[].input_schema tools[].parameters "
    "tools[].function.parameters tools[].function.parameters",
}


@pytest.mark.parametrize("option", LAW)
def test_the_table_says_what_the_reference_says(option: str, sent: str) -> None:
    row = cells(sent)[option]
    for name, field in zip(TABLE, LAW[option].split(), strict=True):
        assert row[name].startswith(field), name
