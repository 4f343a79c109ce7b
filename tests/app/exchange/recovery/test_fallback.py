"""Another endpoint answers where the one that was asked cannot, before its first token only."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answering.answers import messages_stream
from tests.support.answering.server import (
    CloseEarly,
    Cut,
    Reply,
    ScriptedReply,
    Server,
    chat_error,
    chat_stream,
)
from tests.support.answering.talk import Talk
from tests.support.running.program import Program
from tests.support.running.whole_runs import partial_reply
from tests.support.terminal.repl import open_repl

FINE = chat_stream(["Fine."])
CLAUDE_SAYS = messages_stream(["Fine, says Claude."])
GONE = Reply(body=[Cut()], framing="raw")
CONFIG = """
[profiles.work]
provider = "groq"
model = "first"
temperature = 0.5
options = { only_groq = 1 }
headers = { X-Mine = "for-groq" }
fallback = ["box", "anthropic/claude-sonnet-5-5"]
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        made.routes = {"/box": FINE, "/anthropic": CLAUDE_SAYS}
        yield made


def talk(aichat: Program, server: Server, first: ScriptedReply, config: str = CONFIG) -> Talk:
    server.routes["/groq"] = first
    aichat.environ["AICHAT_PROFILE"] = "work"
    return Talk(aichat, server, config)


def asked(made: Talk, *words: str) -> dict[str, Any]:
    result = made.run("ask", "hi", "--json", *words)
    found: dict[str, Any] = json.loads(result.stdout) | {"code": result.code, "said": result.stderr}
    return found


#: What the first endpoint does, how often it is asked, and what is said of it.
FALLS = {
    "rate limit": (chat_error(429, "slow down"), 3, "slow down (HTTP 429"),
    "a longer wait": (chat_error(429, "later", headers={"retry-after": "900"}), 1, "later"),
    "no credit": (chat_error(402, "pay", code="insufficient_quota"), 1, "pay"),
    "overloaded": (chat_error(529, "busy", "overloaded_error"), 3, "busy"),
    "5xx": (chat_error(500, "oops", "server_error"), 3, "oops"),
    "reset": (GONE, 1, "groq first: "),
    "an error in the stream": (
        Reply(headers={"content-type": "text/event-stream"}, body=[b'data: {"error":{"message":'
              b'"broke","type":"server_error","code":500}}\n\n']),
        None, "broke",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FALLS)
def test_the_next_one_answers_where_the_first_cannot(
    case: str, aichat: Program, server: Server
) -> None:
    first, times, said = FALLS[case]
    made = talk(aichat, server, first)
    got = asked(made)
    assert (got["code"], got["text"], got["error"]) == (0, "Fine.", None)
    assert (got["provider"], got["model"]) == ("box", "openai/gpt-oss-120b")
    told = [line for line in got["said"].splitlines() if "is used instead" in line]
    assert len(told) == 1 and said in told[0] and "box/m is used instead" in told[0]
    assert times in (None, sum("/groq" in path for path in made.paths))
    turns = made.stored_conversation()["turns"]
    assert [turn["message"].get("provider") for turn in turns] == [None, "groq", "box"]
    assert "fault" in turns[1]["answer"] and "fault" not in turns[2]["answer"]
    assert [turn.get("parent") for turn in turns] == [None, 1, 1]


STAYS = {
    "401": (chat_error(401, "no"), 4),
    "403": (chat_error(403, "no"), 4),
    "400": (chat_error(400, "bad"), 5),
    "404": (chat_error(404, "no such model"), 5),
    "after a token": (partial_reply(CloseEarly()), 9),
    "an error after a token": (
        partial_reply(b'data: {"error":{"message":"x","code":500}}\n\n'), 7),
}  # fmt: skip


@pytest.mark.parametrize("case", STAYS)
def test_what_another_would_not_mend_or_what_has_begun_stays_where_it_is(
    case: str, aichat: Program, server: Server
) -> None:
    first, code = STAYS[case]
    made = talk(aichat, server, first)
    assert asked(made)["code"] == code
    assert all("/groq" in path for path in made.paths)


def test_options_headers_and_what_was_typed_for_one_provider_go_to_no_other(
    aichat: Program, server: Server
) -> None:
    made = talk(aichat, server, GONE)
    got = asked(made, "--header", "X-Typed: secret1", "-o", "typed=1", "--retries", "0")
    first, second = server.requests
    assert first.json()["only_groq"] == first.json()["typed"] == 1
    assert (first.headers["x-mine"], first.headers["x-typed"]) == ("for-groq", "secret1")
    assert {"only_groq", "typed"}.isdisjoint(second.json())
    assert {"x-mine", "x-typed"}.isdisjoint(second.headers)
    assert second.json()["temperature"] == 0.5
    assert "--header, --option: set for groq, not passed on to box" in got["said"]


def test_one_without_a_key_is_left_out_with_a_word_and_the_rest_are_tried_in_order(
    aichat: Program, server: Server
) -> None:
    made = talk(aichat, server, GONE)
    del aichat.environ["BOX_KEY"]
    result = made.run("ask", "hi", "--retries", "0")
    assert (result.text, result.code) == ("Fine, says Claude.\n", 0)
    assert "fallback box is skipped: no key for box" in result.stderr
    server.routes |= {"/anthropic": chat_error(500, "also out")}
    again = made.run("ask", "hi", "--retries", "0")
    assert (again.stdout, again.code) == (b"", 7)
    assert "anthropic claude-sonnet-5-5: also out" in again.stderr.splitlines()[-2]


def test_every_endpoint_that_is_asked_is_an_event(aichat: Program, server: Server) -> None:
    made = talk(aichat, server, GONE)
    result = made.run("ask", "hi", "--retries", "0", "--events")
    events = [json.loads(line) for line in result.text.splitlines()]
    kinds = [(e["type"], e.get("provider") or e.get("kind")) for e in events]
    assert kinds == [
        ("start", "groq"),
        ("notice", "fallback"),
        ("start", "box"),
        ("text", None),
        ("usage", None),
        ("finish", "box"),
    ]


def test_the_conversation_goes_back_to_the_one_that_was_meant(
    aichat: Program, server: Server
) -> None:
    made = talk(aichat, server, GONE)
    made.run("ask", "hi", "--retries", "0")
    server.routes["/groq"] = FINE
    assert made.run("ask", "-c", "and?").code == 0
    path, body = made.paths[-1], made.bodies[-1]
    assert path.startswith("/groq") and body["model"] == "first"
    assert [m["content"] for m in body["messages"]] == ["hi", "Fine.", "and?"]


WRONG = {
    '["opnai"]': "fallback: 'opnai' does not name a provider; did you mean 'openai'?",
    '["openai", ""]': "expected a list of names",
    '"openai"': "expected a list of names",
}


@pytest.mark.parametrize("value", WRONG)
def test_a_wrong_list_is_told_before_anything_is_sent(
    value: str, aichat: Program, server: Server
) -> None:
    made = talk(
        aichat, server, FINE, CONFIG.replace('["box", "anthropic/claude-sonnet-5-5"]', value)
    )
    result = made.run("ask", "hi")
    assert (result.code, server.requests) == (3, [])
    assert WRONG[value] in result.stderr


def test_the_chat_falls_back_too_and_returns(aichat: Program, server: Server) -> None:
    made = talk(aichat, server, chat_error(401, "no"), CONFIG)
    server.routes["/groq"] = chat_error(429, "slow", headers={"retry-after": "900"})
    with open_repl(made.aichat) as chat:
        chat.wait_for_prompt()
        chat.send_line("hi").wait_until("Fine.")
        shown = chat.wait_for_prompt()
        assert "box/m is used instead" in shown
        server.routes["/groq"] = chat_stream(["Back."])
        chat.send_line("again").wait_until("Back.")
        chat.wait_for_prompt()
        chat.press("ctrl-d")
        assert chat.wait_for_exit() == 0
