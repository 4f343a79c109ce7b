"""`aichat models`: what is listed, for whom, and what the providers' own lists add to it."""

import io
import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aichat import providers
from aichat.core.text.clock import Clock
from aichat.core.text.redact import last_four
from aichat.disk.cache import model_lists
from aichat.disk.catalogue import cards
from aichat.disk.catalogue import models as listing
from tests.support.answering.model_lists import CREATED, LISTS, NEW, ListServer
from tests.support.answering.server import (
    Pause,
    Reply,
    SeenRequest,
    Server,
    SilentReply,
    chat_error,
    chat_stream,
)
from tests.support.running.program import SENTINEL, Program, Result

#: Where each provider's list is served: under its own name, so that one server is all eight.
BASE = {name: f"/{name}/v1" for name in LISTS}


def key_of(provider: str) -> str:
    return f"key-of-{provider}-0123456789"


def environ_of(url: str, *names: str) -> dict[str, str]:
    """The variables that send these providers' requests to ``url``, each with a key of its own."""
    given = {}
    for name in names or LISTS:
        given[providers.load(name).key_variables[0]] = key_of(name)
        given[f"AICHAT_{name.upper()}_BASE_URL"] = url + BASE[name].removesuffix(
            "/v1" if name == "perplexity" else ""
        )
    return given


def lister(name: str, size: int | None = None) -> ListServer:
    base = BASE[name].removesuffix("/v1") if name == "perplexity" else BASE[name]
    return ListServer(LISTS[name], base, size)


@pytest.fixture
def everybody() -> Iterator[Server]:
    """All eight lists on one server, two entries a page."""
    with Server(routes={f"/{name}/": lister(name, 2) for name in LISTS}) as server:
        yield server


def rows_of(result: Result) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(result.text)
    return rows


def drawn(aichat: Program, *words: str, columns: int = 80, at: float | None = None) -> Result:
    """What stands on a terminal, and on its stderr."""
    clock = Clock((lambda: at) if at else time.time, time.monotonic, time.sleep, lambda: 0.5)
    given = {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    return aichat.invoke(*words, environ=given, stdout_tty=True, clock=clock)


# -- from the catalogue


HEAD = [
    "provider",
    "model",
    "context",
    "max_output",
    "input",
    "output",
    "currency",
    "capabilities",
    "status",
]


def test_a_pipe_gets_every_model_that_answers_and_lives_as_tab_separated_rows(
    aichat: Program,
) -> None:
    result = aichat.invoke("models")
    head, *rows = [line.split("\t") for line in result.text.splitlines()]
    assert (result.code, result.stderr, head) == (0, "", HEAD)
    assert {len(row) for row in rows} == {len(HEAD)}
    names = {(row[0], row[1]) for row in rows}
    for provider in providers.names():
        assert (provider, providers.load(provider).default_model) in names
    living = {
        (name, model.id)
        for name in providers.names()
        for model in listing.load(name).models.values()
        if model.is_offered
    }
    assert names <= living and len(names) > 0.9 * len(living)
    assert {row[-1] for row in rows} <= {"current", "preview", "deprecated"}


def test_json_is_one_list_whose_entries_all_have_the_same_keys(aichat: Program) -> None:
    rows = rows_of(aichat.invoke("models", "--all", "--json"))
    assert len({tuple(row) for row in rows}) == 1
    assert {row["status"] for row in rows} > {"current", "retired"}
    sonnet = next(row for row in rows if row["model"] == "claude-sonnet-5-5")
    assert sonnet["provider"] == "anthropic" and sonnet["vision"] is True
    assert sonnet["price"]["rates"]["output"] == 10 and sonnet["price"]["currency"] == "USD"
    assert sonnet["listed"] is None  # nobody has asked


def test_a_terminal_is_never_written_beyond_and_shows_all_of_them(aichat: Program) -> None:
    piped = [line.split("\t") for line in aichat.invoke("models").text.splitlines()[1:]]
    for columns in (40, 60, 80, 120, 160):
        result = drawn(aichat, "models", "--color", "never", columns=columns)
        lines = result.text.splitlines()
        assert max(map(len, lines)) <= columns or columns == 40  # a long name has its own line
        shown = {word for line in lines for word in line.split()}
        assert {row[1] for row in piped} <= shown
    assert "\x1b[1m" in drawn(aichat, "models", "-p", "groq").text


FILTERS: dict[str, Any] = {
    "--vision": lambda row: row["vision"],
    "--tools": lambda row: row["tools"],
    "--reasoning": lambda row: row["reasoning"],
    "--search": lambda row: row["search"],
    "--min-context 1M": lambda row: row["context"] >= 1_000_000,
    "--min-context 200k": lambda row: row["context"] >= 200_000,
    "--max-price 0.5": lambda row: (
        row["price"]["currency"] == "USD"
        and row["price"]["rates"]["input"] <= 0.5
        and row["price"]["rates"]["output"] <= 0.5
    ),
    "--provider groq": lambda row: row["provider"] == "groq",
}


def test_every_filter_leaves_what_has_it_and_nothing_else(aichat: Program) -> None:
    every = rows_of(aichat.invoke("models", "--json"))
    for words, has in FILTERS.items():
        rows = rows_of(aichat.invoke("models", "--json", *words.split()))
        assert 0 < len(rows) < len(every), words
        assert all(map(has, rows)), words
    both = rows_of(aichat.invoke("models", "--json", "--vision", "--max-price", "0.5"))
    assert {row["model"] for row in both} >= {"gpt-6-luna", "claude-haiku-5-5"}


def test_models_are_sorted_by_price_context_or_name(aichat: Program) -> None:
    priced = rows_of(aichat.invoke("models", "--json", "--sort", "price"))
    dollars = [
        row["price"]["rates"]["input"]
        for row in priced
        if row["price"] and row["price"]["currency"] == "USD" and "input" in row["price"]["rates"]
    ]
    assert dollars == sorted(dollars) and priced[-1]["price"] is None
    wide = [
        row["context"] or 0
        for row in rows_of(aichat.invoke("models", "--json", "--sort", "context"))
    ]
    assert wide == sorted(wide, reverse=True)
    named = [row["model"] for row in rows_of(aichat.invoke("models", "--json", "--sort", "name"))]
    assert named.index("claude-opus-5") < named.index("gpt-6-luna") < named.index("grok-4.7")


#: Words, and the model that they mean first.
QUERIES = {
    "claude-sonnet-5-5": "claude-sonnet-5-5",
    "sonnet": "claude-sonnet-5-5",
    "anthropic/cheap": "claude-haiku-5-5",
    "opus 5.5": "claude-opus-5-5",
    "groq/openai/gpt-oss-20b": "openai/gpt-oss-20b",
    "perplexity/sonar": "perplexity/sonar",
    "grok-latest": "grok-4.7",
    "LUNA": "gpt-6-luna",
    "gmn38flsh": "gemini-3.8-flash",
}


def test_a_word_need_not_be_exact(aichat: Program) -> None:
    for query, model in QUERIES.items():
        rows = rows_of(aichat.invoke("models", "--json", *query.split()))
        assert rows[0]["model"] == model, query


WRONG: dict[str, tuple[int, str]] = {
    "models gtp-6-luna": (5, "no model matches 'gtp-6-luna'; did you mean 'gpt-6-luna'?"),
    "models --show qqzzy": (5, "no model matches 'qqzzy'"),
    "models -p antropic": (3, "unknown provider 'antropic'; did you mean 'anthropic'?"),
    "models --show": (2, "--show needs a model"),
    "models --max-price cheap": (2, "--max-price cheap: not a price"),
    "models --min-context lots": (2, "--min-context lots: not a number of tokens"),
    "models --sort colour": (2, "'colour' is not one of price, context, name"),
    "models --live -p groq": (3, "no key for groq"),
    "models --live": (3, "no provider to use"),
}


def test_what_cannot_be_done_is_said_with_its_exit_code(aichat: Program) -> None:
    for words, (code, text) in WRONG.items():
        result = aichat.invoke(*words.split())
        assert (result.code, result.text) == (code, ""), words
        assert text in result.stderr, words


def test_a_retired_model_is_named_where_only_that_matches(aichat: Program) -> None:
    result = aichat.invoke("models", "kimi-k2-instruct", "-p", "groq")
    assert len(result.text.splitlines()) == 1
    assert "is retired: --all shows it" in result.stderr
    assert "kimi-k2-instruct" in aichat.invoke("models", "kimi-k2-instruct", "--all").text


def test_custom_servers_and_model_files_are_listed_too(aichat: Program) -> None:
    aichat.write_config(
        '[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["qwen3-8b"]\n'
        '[providers.groq]\nmodels = ["mine/own"]\n[providers.bare]\nbase_url = "http://127.0.0.1:9"\n'
    )
    (aichat.home / "tiny \x1b[31m.gguf").write_bytes(b"GGUF")
    rows = [line.split("\t")[:2] for line in aichat.invoke("models").text.splitlines()]
    assert ["box", "qwen3-8b"] in rows and ["groq", "mine/own"] in rows
    assert ["local", "tiny \x1b[31m.gguf"] in rows and ["local", "smollm2"] in rows
    screen = drawn(aichat, "models", "-p", "local", "--color", "never").text
    assert "tiny ␛[31m.gguf" in screen and "\x1b" not in screen


# -- everything about one


def test_all_that_is_known_of_a_model_is_shown(aichat: Program) -> None:
    text = aichat.invoke("models", "--show", "anthropic/cheap").text
    facts = [line.split("\t", 1) for line in text.splitlines()]
    said = {label: [v for name, v in facts if name == label] for label, _ in facts}
    assert said["name"] == ["Claude Haiku 5.5"]
    assert said["context"] == ["1,000,000 tokens"]
    assert "cheap" in said["status"][0] and "--effort" in said["reasoning"][0]
    assert "temperature" in said["rejects"][0]
    assert len(said["prices"]) > 3 and any("over 100,000" in line for line in said["prices"])
    screen = drawn(aichat, "models", "--show", "anthropic/cheap", "--color", "never").text
    assert screen.startswith("anthropic/claude-haiku-5-5\n  name        Claude Haiku 5.5\n")
    document = json.loads(aichat.invoke("models", "--show", "cheap", "--json").text)
    assert document["rate_limits"] is None and document["wire"]


@pytest.mark.parametrize("one", ["gpt oss", "sonnet 4 5", "grok 4", "qwen3 max", "gemini 2.5 pro"])
def test_how_the_parts_of_a_name_are_parted_is_all_one(one: str, aichat: Program) -> None:
    found = [aichat.invoke("models", one.replace(" ", sep)).text for sep in (" ", "-", "_", ".")]
    assert len(set(found)) == 1 and found[0].count("\n") > 1


@pytest.mark.parametrize(("name", "wanted"), [("gpt-oss", "20b"), ("oss-120", "120b")])
def test_a_name_that_no_model_has_is_answered_with_the_one_that_has_its_parts(
    aichat: Program, name: str, wanted: str
) -> None:
    with Server(default=chat_error(404, "no such model")) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "-p", "groq", "-m", name, "hi")
    assert f"did you mean openai/gpt-oss-{wanted}?" in done.stderr


def test_what_a_provider_limits_is_not_said_of_a_model(aichat: Program) -> None:
    text = aichat.invoke("models", "--show", "groq/openai/gpt-oss-120b").text
    assert text.splitlines()[1] == "id\tgroq/openai/gpt-oss-120b"
    assert "128,000" not in text
    document = json.loads(
        aichat.invoke("models", "--show", "groq/openai/gpt-oss-120b", "--json").text
    )
    assert document["limits"] == [] and document["provider_limits"]


def test_without_a_word_a_providers_default_is_shown(aichat: Program) -> None:
    document = json.loads(aichat.invoke("models", "--show", "-p", "xai", "--json").text)
    assert (document["provider"], document["model"]) == ("xai", "grok-4.7")


def test_the_limits_of_the_last_answer_are_shown_and_hold_no_key(aichat: Program) -> None:
    headers = {
        "content-type": "text/event-stream",
        "x-ratelimit-remaining-requests": "14399",
        "x-ratelimit-reset-tokens": "17.4ms",
        "x-ratelimit-whatever": SENTINEL * 9,
        "x-request-id": "req-1",
    }
    answer = chat_stream(["hi"])
    with Server(Reply(headers=headers, body=answer.body)) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke("ask", "-m", "groq/openai/gpt-oss-20b", "hi").code == 0
    document = json.loads(
        aichat.invoke("models", "--show", "gpt-oss-20b", "-p", "groq", "--json").text
    )
    assert document["rate_limits"]["headers"] == {
        "x-ratelimit-remaining-requests": "14399",
        "x-ratelimit-reset-tokens": "17.4ms",
    }
    text = aichat.invoke("models", "--show", "gpt-oss-20b", "-p", "groq").text
    assert "last seen\tx-ratelimit-remaining-requests: 14399\n" in text
    assert SENTINEL not in "".join(p.read_text() for p in aichat.cache_dir.rglob("*.json"))


# -- the providers' own lists


def test_all_eight_are_asked_at_once_page_by_page_each_with_its_own_key(
    aichat: Program, everybody: Server
) -> None:
    result = aichat.run("models", "--live", "--json", environ=environ_of(everybody.url))
    assert (result.code, result.stderr) == (0, "")
    rows = {(row["provider"], row["model"]): row for row in rows_of(result)}
    for name in LISTS:
        asked = [seen for seen in everybody.requests if seen.path.startswith(f"/{name}/")]
        pages = -(-len(LISTS[name].entries) // 2) if LISTS[name].paging else 1
        assert len(asked) == pages, name
        for seen in asked:
            assert key_of(name) in seen.headers[LISTS[name].header]
            assert not [k for k in LISTS if k != name and key_of(k) in str(seen.raw_headers)]
    new = {key for key, row in rows.items() if row["listed"] and key[1] not in cards.read()[key[0]]}
    assert (
        new
        == {
            ("openai", "gpt-7-nova"),
            ("gemini", "gemini-5-neon"),
            ("xai", "grok-9"),
            ("anthropic", "claude-limerick-6"),
            ("moonshot", "kimi-k4"),
            ("qwen", "qwen9-plus"),
            ("perplexity", "anthropic/claude-sonnet-5"),
        }
        - set_of_known()
    )
    assert rows["anthropic", "claude-limerick-6"]["context"] == 2_000_000
    assert rows["xai", "grok-9"]["price"]["rates"] == {
        "input": 3,
        "cached": 0.75,
        "output": 15,
        "image_input": 3,
        "search": 25,
    }
    haiku = rows["anthropic", "claude-haiku-4-5"]
    assert (haiku["status"], haiku["retires"]) == ("deprecated", "2027-02-01")
    assert rows["anthropic", "claude-opus-5"]["listed"] is False


def set_of_known() -> set[tuple[str, str]]:
    """What the catalogue has by the time that this runs."""
    return {(name, model) for name, models in cards.read().items() for model in models}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_kept_and_used_without_being_asked_for_again(
    name: str, aichat: Program, everybody: Server
) -> None:
    environ = environ_of(everybody.url, name)
    first = aichat.invoke("models", "-p", name, "--live", "--json", environ=environ)
    assert (first.code, first.stderr) == (0, "")
    asked = len(everybody.requests)
    assert aichat.invoke("models", "-p", name, "--json", environ=environ).text == first.text
    assert len(everybody.requests) == asked
    elsewhere = rows_of(aichat.invoke("models", "-p", name, "--json"))
    assert {row["listed"] for row in elsewhere} == {None}  # that list was another server's
    kept = model_lists.read(aichat.cache_dir / "aichat", name)
    assert kept and kept.models[0].raw.items() >= NEW.items()
    files = "".join(path.read_text() for path in aichat.cache_dir.rglob("*.json"))
    assert key_of(name) not in files


REFUSALS: dict[str, tuple[Reply, int, str]] = {
    "a bad key": (chat_error(401, "Incorrect API key provided", code="invalid_api_key"), 4, "key"),
    "no right": (chat_error(403, "Not yours", code="permission_denied"), 4, "Not yours"),
    "a broken server": (chat_error(500, "Oops", headers={"x-should-retry": "false"}), 7, "Oops"),
    "a web page": (
        Reply(headers={"content-type": "text/html"}, body=[b"<html>"], length=True),
        7,
        "not the API",
    ),
    "no JSON": (Reply(body=[b"hello"], length=True), 7, "not a model list"),
    "another JSON": (Reply(body=[b'{"hello":1}'], length=True), 7, "not a model list"),
    "an error inside a 200": (
        Reply(body=[b'{"code":"InvalidApiKey","message":"No."}'], length=True),
        4,
        "No.",
    ),
    "a redirect": (Reply(302, {"location": "http://x.example/"}, length=True), 7, "redirects"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_told_with_its_exit_code_and_shows_no_key(case: str, aichat: Program) -> None:
    reply, code, text = REFUSALS[case]
    with Server(default=reply) as server:
        for name in ("openai", "anthropic", "gemini"):
            environ = environ_of(server.url, name)
            result = aichat.invoke("models", "-p", name, "--live", environ=environ)
            assert (result.code, result.text) == (code, "")
            assert text in result.stderr and result.stderr.startswith(f"aichat: {name}")
            assert key_of(name) not in result.stderr
        assert len(server.requests) == 3
    assert not list(aichat.cache_dir.rglob("live/*"))


def test_a_passing_fault_is_tried_again_and_said(aichat: Program) -> None:
    busy = chat_error(429, "Slow down", code="rate_limit_exceeded", headers={"retry-after": "7"})
    with Server(busy, default=lister("groq")) as server:
        environ = environ_of(server.url, "groq")
        result = aichat.invoke("models", "-p", "groq", "--live", environ=environ)
    assert (result.code, aichat.waits) == (0, [7.0])
    assert "aichat: groq: Slow down" in result.stderr and "(1 of 2)" in result.stderr


def test_one_that_fails_does_not_stop_the_others_and_gives_its_exit_code(
    aichat: Program, everybody: Server
) -> None:
    everybody.routes["/gemini/"] = chat_error(400, "API key not valid", code="API_KEY_INVALID")
    everybody.routes["/xai/"] = chat_error(429, "Out", code="insufficient_quota")
    environ = environ_of(everybody.url, "openai", "gemini", "xai", "groq")
    result = aichat.invoke("models", "--live", environ=environ)
    assert result.code == 4  # gemini's: the first of the two in the order of the manual
    assert [line.split(":")[1].split()[0] for line in result.stderr.splitlines()[::2]] == [
        "gemini",
        "xai",
    ]
    shown = {line.split("\t")[0] for line in result.text.splitlines()[1:]}
    assert shown == {"openai", "groq", "local"}


def test_a_cursor_that_never_moves_ends_the_list(aichat: Program) -> None:
    def again(_seen: SeenRequest) -> Reply:
        body = {"data": [{"id": "m1"}], "has_more": True, "last_id": "m1"}
        return Reply(body=[json.dumps(body).encode()], length=True)

    with Server(default=again) as server:
        environ = environ_of(server.url, "anthropic")
        assert aichat.invoke("models", "-p", "anthropic", "--live", environ=environ).code == 0
        assert len(server.requests) == 2


def test_who_is_waited_for_is_said_on_a_terminal_and_gone_when_they_answer(
    aichat: Program,
) -> None:
    hold = threading.Event()

    def late(_seen: SeenRequest) -> Reply:
        hold.wait(10)
        return lister("groq")(_seen)

    class Err(io.BytesIO):
        """Lets the server go on once something is told."""

        def write(self, data: Any) -> int:
            hold.set()
            return super().write(data)

    err = Err()
    with Server(default=late) as server:
        environ = {**environ_of(server.url, "groq"), "TERM": "xterm"}
        clock = Clock(time.time, lambda: time.monotonic() * 20, time.sleep, lambda: 0.5)
        outside = {"stderr": err, "stderr_tty": True, "clock": clock}
        result = aichat.invoke("models", "-p", "groq", "--live", environ=environ, **outside)
    assert result.code == 0 and "gpt-oss-120b" in result.text
    told = err.getvalue()
    assert told.startswith(b"\raichat: waiting for groq\x1b[K") and told.endswith(b"\r\x1b[K")


def test_ctrl_c_ends_the_wait_at_once(aichat: Program) -> None:
    with Server(SilentReply()) as server:
        aichat.environ |= environ_of(server.url, "groq", "openai")
        running = aichat.start("models", "--live")
        server.wait_requests(2)
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, _ = running.communicate(timeout=10)
    assert (running.returncode, out) == (-signal.SIGINT, b"")
    assert time.monotonic() - began < 3  # the time-out is ten times that


def test_a_silent_server_is_waited_for_as_long_as_the_config_says(aichat: Program) -> None:
    with Server(SilentReply()) as server:
        aichat.write_config("[providers.groq]\ntimeout = 0.2\n")
        environ = environ_of(server.url, "groq")
        result = aichat.invoke("models", "-p", "groq", "--live", environ=environ)
    assert result.code == 8 and "no first byte within 0.2 s" in result.stderr


def test_one_model_is_asked_for_where_the_provider_has_an_endpoint_for_it(
    aichat: Program, everybody: Server
) -> None:
    for name, given in LISTS.items():
        everybody.requests.clear()
        model = given.ids()[0]
        words = ("models", "--show", "--live", "--json", "-p", name, model)
        result = aichat.invoke(*words, environ=environ_of(everybody.url, name))
        assert (result.code, result.stderr) == (0, "")
        document = json.loads(result.text)
        assert (document["model"], document["listed"]) == (model, True)
        assert document["entry"].items() >= NEW.items()
        path = everybody.requests[0].path
        assert (model.replace("/", "%2F") in path) == given.single
    assert "moon_phase" in aichat.invoke(
        "models", "--show", "--live", "-p", "openai", "gpt-6.1-terra",
        environ=environ_of(everybody.url, "openai"),
    ).text  # fmt: skip
    missing = ("models", "--show", "--live", "-p", "openai", "brand-new-model")
    result = aichat.invoke(*missing, environ=environ_of(everybody.url, "openai"))
    assert result.code == 5 and "no model brand-new-model" in result.stderr


def test_a_server_without_a_list_of_models_in_the_config_tells_its_own(aichat: Program) -> None:
    body = {"object": "list", "data": [{"id": "served", "max_model_len": 4096, "created": CREATED}]}
    with Server(default=Reply(body=[json.dumps(body).encode()], length=True)) as server:
        aichat.write_config(f'[providers.box]\nbase_url = "{server.url}/v1"\n')
        rows = rows_of(aichat.invoke("models", "-p", "box", "--live", "--json"))
    assert [(row["model"], row["context"], row["listed"]) for row in rows] == [
        ("served", 4096, True)
    ]


# -- what was told is used elsewhere


def test_a_model_that_only_a_list_knows_is_found_by_its_bare_name(
    aichat: Program, everybody: Server
) -> None:
    environ = environ_of(everybody.url, "anthropic", "openai")
    aichat.invoke("models", "--live", environ=environ)
    result = aichat.invoke("ask", "--dry-run", "-m", "claude-limerick-6", "hi", environ=environ)
    assert result.code == 0 and "/anthropic/v1/messages" in result.text
    assert '"max_tokens": 128000' in result.text  # the list said how much it may write


def test_an_unknown_model_is_answered_with_near_names(aichat: Program, everybody: Server) -> None:
    environ = environ_of(everybody.url, "openai")
    aichat.invoke("models", "-p", "openai", "--live", environ=environ)
    everybody.routes.clear()
    everybody.default = chat_error(404, "The model does not exist", code="model_not_found")
    for typed, meant in (("gpt-7-nva", "gpt-7-nova"), ("gpt-6.1-tera", "gpt-6.1-terra")):
        result = aichat.invoke("ask", "-p", "openai", "-m", typed, "hi", environ=environ)
        assert result.code == 5 and f"did you mean {meant}" in result.stderr


# -- age


def test_old_knowledge_is_said_to_be_old_once_a_week_until_it_is_renewed(
    aichat: Program, everybody: Server
) -> None:
    date = listing.load("groq").date
    day = 86_400.0
    made = time.mktime(time.strptime(date, "%Y-%m-%d"))
    words = ("models", "-p", "groq", "--color", "never")
    assert drawn(aichat, *words, at=made + 60 * day).stderr == ""
    old = drawn(aichat, *words, at=made + 62 * day).stderr
    assert f"(from {date})" in old and "aichat models --live" in old and old.count("\n") == 1
    assert drawn(aichat, *words, at=made + 68 * day).stderr == ""
    assert "(from" in drawn(aichat, *words, at=made + 69.5 * day).stderr
    aichat.environ |= environ_of(everybody.url, "groq")
    assert drawn(aichat, *words, "--live", at=made + 80 * day).stderr == ""
    assert drawn(aichat, *words, at=made + 100 * day).stderr == ""
    assert "(from" in drawn(aichat, *words, at=made + 150 * day).stderr


def test_a_cache_that_cannot_be_read_or_written_costs_nothing_but_memory(
    aichat: Program, everybody: Server
) -> None:
    for junk in (b"", b"\xff", b"[]", b'{"version":1}', b'{"version":1,"models":[5],"at":"x"}'):
        path = aichat.cache_dir / "aichat" / "live" / "groq.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(junk)
        (path.parent.parent / "notices.json").write_bytes(junk)
        assert aichat.invoke("models", "-p", "groq").code == 0
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("a file where a folder should be")
    environ: Mapping[str, str] = environ_of(everybody.url, "groq")
    result = aichat.invoke("models", "-p", "groq", "--live", environ=environ)
    assert result.code == 0 and "gpt-oss-120b" in result.text


def test_a_key_is_not_on_the_screen_of_a_list_that_repeats_it(aichat: Program) -> None:
    with Server(default=chat_error(401, f"bad key {SENTINEL}", code="invalid_api_key")) as server:
        aichat.point_groq_at(server.url)
        result = aichat.invoke("models", "-p", "groq", "--live")
    assert result.code == 4 and SENTINEL not in result.stderr
    assert last_four(SENTINEL).strip("…") in result.stderr


@pytest.mark.parametrize("cursor", ["\ud800", "x" * 100_000], ids=["no text", "endless"])
def test_a_page_that_cannot_be_asked_for_is_the_servers_fault(cursor: str, aichat: Program) -> None:
    body = json.dumps({"data": [{"id": "m"}], "has_more": True, "last_id": cursor}).encode()
    with Server(default=Reply(body=[body], length=True)) as server:
        aichat.environ |= environ_of(server.url, "groq")
        result = aichat.invoke("models", "--live", "-p", "groq")
    assert result.code == 7 and "invalid next-page link" in result.stderr
    assert len(result.stderr) < 300


def test_all_lists_together_have_one_time_limit(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where something comes all the time."""
    monkeypatch.setattr("aichat.commands.models.live.MAX_SECONDS", 0.4)
    alive = [step for _ in range(200) for step in (b" ", Pause(0.05))]
    with Server(default=Reply(headers={"content-type": "application/json"}, body=alive)) as server:
        began = time.monotonic()
        done = aichat.point_groq_at(server.url).invoke("models", "--provider", "groq", "--live")
    assert time.monotonic() - began < 5
    assert done.code == 8 and "no whole list within" in done.stderr
