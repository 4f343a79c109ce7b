"""``aichat files caches``: what an hour costs is said first, and nothing is made twice."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.commands.files.test_files import answer, point
from tests.support.answering.server import Cut, Reply, SeenRequest, Server
from tests.support.running.program import Program

TOKENS = 100_000

KEPT = {
    "name": "cachedContents/abc",
    "model": "models/gemini-3.8-flash",
    "displayName": "book",
    "createTime": "2026-11-29T17:00:00Z",
    "expireTime": "2026-11-29T19:00:00Z",
    "usageMetadata": {"totalTokenCount": TOKENS},
}

GONE = {
    "error": {
        "code": 403,
        "message": "CachedContent not found (or permission denied)",
        "status": "PERMISSION_DENIED",
    }
}

#: Someone at the terminal.
ASKED = {"stdin_tty": True, "stderr_tty": True}

#: At $0.50 for a million tokens an hour, and $0.75 to read as many.
HOUR, TWO_HOURS = "~$0.05 an hour for 100,000 tokens", "~$0.18 for 2h with writing"

CREATE = ("files", "caches", "create", "-m", "gemini/gemini-3.8-flash", "-f", "book.txt")

#: The day of the prices.
NOW = 1_795_971_600.0


def google(request: SeenRequest) -> Reply:
    """The provider's side."""
    if "countTokens" in request.path:
        return answer({"totalTokens": TOKENS})
    if request.method == "DELETE":
        return answer({}) if "abc" in request.path else replace(answer(GONE), status=403)
    return answer({"cachedContents": [KEPT]} if "?" in request.path else KEPT)


def at(aichat: Program, server: Server, *words: str, **outside: Any) -> Any:
    """A run, on the day of the prices."""
    from aichat.core.text.clock import Clock

    (aichat.home / "book.txt").write_text("Once upon a time\n")
    clock = Clock(lambda: NOW, lambda: 0.0, aichat.waits.append, lambda: 0.5)
    return point(aichat, server, "gemini").invoke(*words, clock=clock, **outside)


def made(server: Server) -> list[SeenRequest]:
    """What had a prompt kept."""
    return [r for r in server.requests if r.method == "POST" and r.path.endswith("/cachedContents")]


def test_the_price_is_told_and_what_is_kept_is_what_a_question_would_say(aichat: Program) -> None:
    with Server(default=google) as server:
        words = ("-s", "Be kind.", "--ttl", "2h", "--name", "book", "--yes", "Remember", "it")
        done = at(aichat, server, *CREATE, *words)
        counted = server.requests[0].json()["generateContentRequest"]
        (call,) = made(server)
    text = "book.txt\n```\nOnce upon a time\n```\n\nRemember it"
    said = {
        "contents": [{"role": "user", "parts": [{"text": text}]}],
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
    }
    model = {"model": "models/gemini-3.8-flash"}
    assert call.path == "/v1beta/cachedContents"
    assert call.headers["content-type"] == "application/json"
    assert call.json() == {**model, **said, "ttl": "7200s", "displayName": "book"}
    assert counted == {**model, **said}
    head, row = (line.split("\t") for line in done.text.splitlines())
    assert head == ["id", "model", "tokens", "created", "expires", "name"]
    assert (row[:3], row[-1]) == (["cachedContents/abc", "gemini-3.8-flash", "100000"], "book")
    assert f"keeping costs {HOUR}, {TWO_HOURS}" in done.stderr
    assert (
        "aichat ask -m gemini/gemini-3.8-flash -o cachedContent=cachedContents/abc" in done.stderr
    )
    assert done.code == 0 and "k-secret" not in done.text + done.stderr


def test_its_price_is_in_the_ledger(aichat: Program) -> None:
    with Server(default=google) as server:
        done = at(aichat, server, *CREATE, "--ttl", "2h", "--yes", "--json")
        spent = at(aichat, server, "cost", "--json", "--since", "2026-11-01")
    cost = {"amount": 0.175, "currency": "USD", "estimated": True}
    assert json.loads(done.text)["cost"] == cost
    assert '"amount": 0.175' in spent.text


#: What is typed, and the exit code; whether it is made.
AGREEING: Mapping[str, tuple[tuple[str, ...], bytes | None, int]] = {
    "a pipe": ((), None, 2),
    "a pipe that says yes": (("--yes",), None, 0),
    "a limit that holds": (("--max-cost", "0.13"), None, 0),  # an hour, and the writing
    "one that does not": (("--max-cost", "0.12"), None, 11),
    "nor with yes": (("--max-cost", "0.12", "--yes"), None, 11),
    "another currency": (("--max-cost", "9CNY"), None, 11),
    "no amount": (("--max-cost", "much"), None, 2),
    "yes at the terminal": ((), b"y\n", 0),
    "no at the terminal": ((), b"n\n", 2),
    "nothing at the terminal": ((), b"", 2),
    "a limit is asked about too": (("--max-cost", "9"), b"n\n", 2),
}


@pytest.mark.parametrize(("words", "typed", "code"), AGREEING.values(), ids=AGREEING)
def test_nothing_is_kept_that_nobody_agreed_to(
    aichat: Program, words: tuple[str, ...], typed: bytes | None, code: int
) -> None:
    outside = {} if typed is None else {**ASKED, "stdin": typed}
    with Server(default=google) as server:
        done = at(aichat, server, *CREATE, *words, "--json", **outside)
        assert (done.code, len(made(server))) == (code, int(code == 0))
    assert (json.loads(done.text).get("error") or {"exit": 0})["exit"] == code
    assert HOUR in done.stderr


def test_a_model_whose_price_is_unknown_is_at_most_the_dearest(aichat: Program) -> None:
    with Server(default=google) as server:
        words = ("files", "caches", "create", "-m", "gemini/gemini-3.5-flash", "hi", "--no-stdin")
        done = at(aichat, server, *words)
    assert "~$0.45 an hour for 100,000 tokens" in done.stderr and done.code == 2


def test_a_price_that_nobody_knows_passes_no_limit(aichat: Program) -> None:
    with Server(default=google) as server:
        words = ("files", "caches", "create", "-m", "gemini/gemini-4-hydrogen", "hi")
        done = at(aichat, server, *words, "--max-cost", "1", "--no-stdin")
        assert not made(server)
    assert done.code == 11 and "its price is unknown" in done.stderr


@pytest.mark.parametrize("reply", [Reply(503, body=[b"{}"], length=True), Reply(body=[Cut()])])
def test_it_is_asked_for_once(aichat: Program, reply: Reply) -> None:
    def broken(request: SeenRequest) -> Reply:
        return google(request) if "countTokens" in request.path else reply

    with Server(default=broken) as server:
        done = at(aichat, server, *CREATE, "--yes")
        assert len(made(server)) == 1
    assert done.code in (7, 8, 9) and not aichat.waits
    assert ("aichat files caches list" in done.stderr) == (reply.status == 200)


def test_a_list_goes_on_to_its_last_page(aichat: Program) -> None:
    first = {"cachedContents": [KEPT], "nextPageToken": "a b"}
    with Server(
        answer(first), answer({"cachedContents": [KEPT | {"name": "cachedContents/d"}]})
    ) as s:
        done = at(aichat, s, "files", "caches", "list", "-p", "gemini", "--json")
        assert s.requests[1].path == "/v1beta/cachedContents?pageSize=100&pageToken=a%20b"
    found = json.loads(done.text)["caches"]
    assert [each["id"] for each in found] == ["cachedContents/abc", "cachedContents/d"]
    assert found[0]["tokens"] == TOKENS and found[0]["expires"] == NOW + 7200


@pytest.mark.parametrize(("body", "code"), [({}, 0), ({"hello": 1}, 7), ([], 7)])
def test_an_empty_list_is_one_and_what_is_none_is_exit_7(
    aichat: Program, body: Any, code: int
) -> None:
    with Server(default=answer(body)) as server:
        assert at(aichat, server, "files", "caches", "list", "-p", "gemini").code == code


def test_an_endless_list_ends(aichat: Program) -> None:
    page = {"cachedContents": [KEPT], "nextPageToken": "again"}
    with Server(default=answer(page)) as server:
        done = at(aichat, server, "files", "caches", "list", "-p", "gemini")
        assert (done.code, len(server.requests)) == (0, 2)


@pytest.mark.parametrize("name", ["abc", "cachedContents/abc"])
def test_one_is_shown_and_ended_by_either_form_of_its_id(aichat: Program, name: str) -> None:
    with Server(default=google) as server:
        shown = at(aichat, server, "files", "caches", "show", name, "-p", "gemini")
        gone = at(aichat, server, "files", "caches", "rm", name, "-p", "gemini", "--yes")
        seen = [(r.method, r.path) for r in server.requests]
    path = "/v1beta/cachedContents/abc"
    assert seen == [("GET", path), ("DELETE", path)] and shown.code == gone.code == 0
    assert "\tbook" in shown.text and "1 cache removed" in gone.stderr


def test_one_that_is_gone_is_not_found_and_the_others_go(aichat: Program) -> None:
    with Server(default=google) as server:
        words = ("files", "caches", "rm", "old", "abc", "-p", "gemini")
        assert at(aichat, server, *words).code == 2 and not server.requests
        done = at(aichat, server, *words, "--yes")
    assert done.code == 5 and "it has expired" in done.stderr and "1 cache removed" in done.stderr


FAULTS: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "no time": (("create", "hi", "--ttl", "soon"), 2, "expected a time"),
    "no time at all": (("create", "hi", "--ttl", "0h"), 2, "from 1s to 30d"),
    "too long": (("create", "hi", "--ttl", "31d"), 2, "from 1s to 30d"),
    "nothing to keep": (("create",), 2, "nothing to keep"),
    "no such file": (("create", "-f", "none.txt", "--yes"), 2, "none.txt"),
    "a model that cannot": (("create", "hi", "-m", "gemini-4-argon"), 5, "by itself only"),
    "a provider that cannot": (("list", "-p", "openai"), 5, "these do: gemini"),
}


@pytest.mark.parametrize(("words", "code", "why"), FAULTS.values(), ids=FAULTS)
def test_a_mistake_is_told_before_anything_is_sent(
    aichat: Program, words: tuple[str, ...], code: int, why: str
) -> None:
    aichat.environ["OPENAI_API_KEY"] = "k"
    who = () if "-p" in words else ("-p", "gemini")
    with Server() as server:
        done = at(aichat, server, "files", "caches", *words, *who)
        assert done.code == code and why in done.stderr and not server.requests


def test_a_dry_run_needs_no_key_and_sends_nothing(aichat: Program) -> None:
    words = ("files", "caches", "create", "-p", "gemini", "--ttl", "90s", "--dry-run", "hi")
    told = aichat.invoke(*words).text
    assert "/v1beta/cachedContents'" in told and '"ttl": "90s"' in told
    assert "$GEMINI_API_KEY" in told
    told = aichat.invoke("files", "caches", "rm", "a/b", "-p", "gemini", "--dry-run").text
    assert "-X DELETE" in told and "/cachedContents/a%2Fb" in told


ANSWER = {
    "candidates": [
        {"content": {"parts": [{"text": "Hi"}], "role": "model"}, "finishReason": "STOP"}
    ],
    "usageMetadata": {
        "promptTokenCount": TOKENS,
        "candidatesTokenCount": 1,
        "cachedContentTokenCount": TOKENS - 5,
    },
}
ASK = (
    "ask",
    "-m",
    "gemini/gemini-3.8-flash",
    "--no-stdin",
    "-o",
    "cachedContent=cachedContents/abc",
)


def test_a_question_behind_it_brings_no_system_prompt_and_no_tools(aichat: Program) -> None:
    tool = '{"name": "look", "description": "Look.", "parameters": {"type": "object"}}'
    with Server(default=answer(ANSWER)) as server:
        words = ("-s", "Be rude.", "--tools", f"[{tool}]", "--search", "Who?")
        done = at(aichat, server, *ASK, "--json", "--no-stream", *words)
        (call,) = server.requests
        strict = at(aichat, server, *ASK, "-s", "Be rude.", "--strict", "Who?")
        assert len(server.requests) == 1
    body = call.json()
    assert body["cachedContent"] == "cachedContents/abc"
    assert not body.keys() & {"systemInstruction", "tools", "toolConfig"}
    for name in ("system prompt", "tools", "provider's tools"):
        assert f"{name} not sent: cachedContent brings its own" in done.stderr
    assert json.loads(done.text)["usage"]["cached_input"] == TOKENS - 5
    assert strict.code == 5 and "brings its own" in strict.stderr


def test_without_any_there_is_nothing_to_tell(aichat: Program) -> None:
    with Server(default=answer(ANSWER)) as server:
        done = at(aichat, server, *ASK, "--no-stream", "Who?")
    assert (done.text, done.stderr) == ("Hi\n", "")


def test_a_question_behind_one_that_is_gone_is_exit_5(aichat: Program) -> None:
    with Server(default=replace(answer(GONE), status=403)) as server:
        done = at(aichat, server, *ASK, "Who?")
    assert done.code == 5 and "aichat files caches list -p gemini" in done.stderr
