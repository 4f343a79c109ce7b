"""A key that a server says back in a whole answer: in no sink but the model's own words."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.app.setup.test_secrets import files_with_the_key, leaks, shown
from tests.support.answering.server import (
    SSE,
    Cut,
    Reply,
    Server,
    chat_chunk,
    chat_stream,
    sse,
)
from tests.support.running.program import SENTINEL, Program

CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}


def called(**changes: Any) -> dict[str, Any]:
    function = {**CALL["function"], **changes.pop("function", {})}  # type: ignore[dict-item]
    return {"tool_calls": [{**CALL, "function": function, **changes}]}


def stream(*deltas: Mapping[str, Any], reason: str = "stop", **fields: Any) -> Reply:
    chunks = [chat_chunk({"content": "Hi"}), *map(chat_chunk, deltas), chat_chunk({}, reason)]
    usage = chat_chunk(
        {}, usage={"prompt_tokens": 1, "completion_tokens": 1, **fields.pop("usage", {})}
    )
    return Reply(headers=SSE, body=sse(*({**chunk, **fields} for chunk in (*chunks, usage))))


ARGUMENTS = [called(), *(called(function={"arguments": a}) for a in (SENTINEL[:7], SENTINEL[7:]))]
PLACES: dict[str, Reply] = {
    "model": stream(model=SENTINEL),
    "a part of the model": stream(model=f"x/{SENTINEL}:free"),
    "id": stream(id=SENTINEL),
    "finish reason": stream(reason=SENTINEL),
    "tool id": stream(called(id=SENTINEL), reason="tool_calls"),
    "tool name": stream(called(function={"name": SENTINEL}), reason="tool_calls"),
    "tool arguments, in pieces": stream(*ARGUMENTS, reason="tool_calls"),
    "tier": stream(service_tier=SENTINEL),
    "usage": stream(usage={"detail": {SENTINEL: SENTINEL}}),
    "citations": stream({"content": "."}, citations=[f"https://x.example/{SENTINEL}"]),
    "request id": Reply(headers={**SSE, "x-request-id": SENTINEL}, body=stream().body),
}
SINKS = {
    "text": ("--debug", "--usage"),
    "json": ("--json",),
    "events": ("--events", "--debug", "--usage"),
    "terminal": ("--markdown", "--show-reasoning"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_said_back_in_an_answer_is_in_no_sink(aichat: Program, place: str) -> None:
    with Server(default=PLACES[place]) as server:
        aichat.point_groq_at(server.url)
        for words in SINKS.values():
            done = aichat.invoke("ask", *words, "hi")
            assert (words, leaks(shown(done))) == (words, [])
    for words in (
        ("history", "show", "--json"),
        ("history", "export", "last"),
        ("history", "list"),
    ):
        assert leaks(shown(aichat.invoke(*words))) == []
    for by in ("model", "provider"):
        assert leaks(shown(aichat.invoke("cost", "--by", by, "--json"))) == []
    assert files_with_the_key(aichat.home) == set()


@pytest.mark.parametrize("kind", ["content", "reasoning"])
def test_a_key_in_pieces_is_not_in_an_answer_that_was_recovered(
    aichat: Program, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its program ended before it could store it."""
    from aichat.app.history.recorder import Recorder

    def end_hard(recorder: Recorder, _: object) -> None:
        assert recorder._journal
        recorder._journal._close()

    pieces = ("It is ", SENTINEL[:9], SENTINEL[9:20], SENTINEL[20:], " it is.")
    body = sse(*(chat_chunk({kind: piece}) for piece in pieces), done=False)
    with Server(Reply(headers=SSE, body=[*body, Cut()])) as server:
        aichat.point_groq_at(server.url)
        with monkeypatch.context() as patched:
            patched.setattr(Recorder, "end", end_hard)
            aichat.invoke("ask", "hi")
    kept = aichat.invoke("history", "show", "--json").text
    assert "It is gsk…WXYZ it is." in kept
    assert leaks(kept) == []
    assert files_with_the_key(aichat.home) == set()


ADDRESS = f"https://me:{SENTINEL}@127.0.0.1:9/v1?key={SENTINEL}"


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "list"),
        ("keys", "list", "--json"),
        ("profiles", "show"),
        ("profiles", "show", "--json"),
        ("ask", "--debug", "--retries", "0", "hi"),
        ("ask", "--dry-run", "hi"),
        ("ask", "--json", "--retries", "0", "hi"),
        ("api", "groq", "GET", "/models", "--debug", "--retries", "0"),
        ("api", "groq", "GET", "/models", "--dry-run"),
        ("models", "--live", "--provider", "groq"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_what_is_secret_in_an_address_is_in_no_sink(
    aichat: Program, words: tuple[str, ...]
) -> None:
    profile = '[profiles.x]\nprovider = "groq"\n'
    if "profiles" in words:
        profile += f'options = {{ a = {{ api_key = "{SENTINEL}" }} }}\n'
    aichat.write_config(
        f"{profile}"
        f'[providers.groq]\nbase_url = "{ADDRESS}"\nproxy = "http://u:{SENTINEL}@127.0.0.1:9"\n'
    )
    done = aichat.invoke(*words, environ={"GROQ_API_KEY": SENTINEL, "AICHAT_PROFILE": "x"})
    assert leaks(shown(done)) == []
    if "--dry-run" in words:
        assert "me:$URL_PASSWORD@" in done.text


def test_an_address_of_the_environment_is_masked_too(aichat: Program) -> None:
    environ = {
        "GROQ_API_KEY": SENTINEL,
        "AICHAT_GROQ_BASE_URL": f"http://u:{SENTINEL}@example.invalid",
    }
    done = aichat.invoke("ask", "-p", "groq", "hi", environ=environ)
    assert (done.code, leaks(shown(done))) == (3, [])


def test_a_stored_answer_keeps_what_is_no_secret(aichat: Program) -> None:
    with Server(chat_stream(["Hello"])) as server:
        aichat.point_groq_at(server.url)
        aichat.write_config('[providers.groq]\nheaders = { X-Title = "Search" }\n')
        done = aichat.invoke("ask", "--json", "Search")
    assert json.loads(done.text)["text"] == "Hello"
