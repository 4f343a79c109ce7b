"""Whole exchanges are kept, and play the same again with no net, no key and no cost."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import (
    Cut,
    Reply,
    Server,
    chat_error,
    chat_stream,
    models_list,
)
from tests.support.answering.talk import BASES, TARGETS, ScriptedAnswer, Talk
from tests.support.running.marks import long_case
from tests.support.running.program import SENTINEL, Program, Result

BOX = ("-p", "box", "--cache", "off")


_REPLAYS: list[int] = []


@pytest.fixture(autouse=True)
def _nothing_leaves_a_replay(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A replay opens no socket, and looks up no name; ``replayed`` says when."""
    left: list[object] = []
    for place, name in ((socket.socket, "connect"), (socket, "getaddrinfo")):
        as_it_was = getattr(place, name)

        def watched(*about: Any, as_it_was: Any = as_it_was, **more: Any) -> Any:
            left.extend(about[-2:] if _REPLAYS else ())
            return as_it_was(*about, **more)

        monkeypatch.setattr(place, name, watched)
    yield
    assert left == []


def replayed(aichat: Program, *words: str) -> Result:
    """A run with what was kept, on a machine that has no key."""
    for _, key in BASES.values():
        aichat.environ.pop(key, None)
    _REPLAYS.append(1)
    try:
        return aichat.invoke(*words, "--replay", "tape")
    finally:
        _REPLAYS.pop()


def kept(aichat: Program) -> str:
    """All that is in the folder."""
    files = sorted((aichat.home / "tape").iterdir())
    return "\n".join(file.read_text("utf-8", "replace") for file in files)


@pytest.mark.parametrize(
    "name", [n if n in ("openai", "anthropic") else long_case(n) for n in TARGETS]
)
def test_an_answer_is_played_as_it_came(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    words = ("ask", "-p", target.provider, *target.words, "--json", "hi")
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(target.reply(ScriptedAnswer(("Hello", " you"), ("Hm.",))))
        first = talk.run(*words, "--record", "tape")
    second = replayed(aichat, *words)
    assert (first.code, second.code, second.stderr) == (0, 0, first.stderr)
    before, after = json.loads(first.text), json.loads(second.text)
    own = {"conversation": None, "timing": None, "cost": None}
    assert before | own == after | own
    assert after["cost"] == {
        "amount": 0.0, "currency": "USD", "estimated": False, "source": "replay", "saved": 0.0,
    }  # fmt: skip


def test_no_key_is_kept_wherever_it_comes_back(aichat: Program) -> None:
    echoed = chat_stream(["my ", SENTINEL[:9], SENTINEL[9:], f" {SENTINEL}"])
    headers = {**dict(echoed.headers), "x-echo": SENTINEL, "set-cookie": "a=b", "x-api-key": "c"}
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(Reply(200, headers, echoed.body))
        talk.run("ask", *BOX, f"is it {SENTINEL}?", "--record", "tape")
        server.push(Reply(200, body=[b"{}"]))
        talk.run("api", "box", "GET", f"/x?key={SENTINEL}", "--record", "tape")
    assert SENTINEL not in kept(aichat)
    assert "set-cookie" not in kept(aichat)
    assert "x-api-key" not in kept(aichat)
    assert kept(aichat).count("[KEY]") >= 2


def test_what_is_asked_more_than_once_is_played_in_order_and_the_last_goes_on(
    aichat: Program,
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(chat_error(503, "busy"))
        server.push(chat_stream(["ok"]))
        first = talk.run("ask", *BOX, "hi", "--record", "tape")
    for _ in range(2):
        again = replayed(aichat, "ask", *BOX, "hi")
        assert (again.text, again.stderr, again.code) == (first.text, first.stderr, 0)


@pytest.mark.parametrize("case", ["refused", "cut", "page", "list"])
def test_faults_pages_and_lists_are_played_too(case: str, aichat: Program) -> None:
    words = {
        "refused": ("ask", *BOX, "--retries", "0", "hi"),
        "cut": ("ask", *BOX, "--retries", "0", "hi"),
        "page": ("ask", *BOX, "-f", "http://localhost:{}/page", "--allow-local", "hi"),
        "list": ("models", "--live", "-p", "openai", "--json"),
    }[case]
    cut = chat_stream(["a", "b"])
    with Server() as server:
        talk = Talk(aichat, server)
        server.routes["/openai/v1/models"] = models_list("gpt-5.4-nano")
        server.routes["/page"] = Reply(200, {"content-type": "text/plain"}, [b"words"])
        words = tuple(word.format(server.url.rpartition(":")[2]) for word in words)
        if case == "refused":
            server.push(chat_error(429, "slow"))
        elif case == "cut":
            server.push(Reply(200, cut.headers, [*cut.body[:2], Cut()]))
        else:
            server.push(chat_stream(["ok"]))
        first = talk.run(*words, "--record", "tape")
    second = replayed(aichat, *words)
    assert (second.stdout, second.code) == (first.stdout, first.code)
    assert case == "cut" or second.stderr == first.stderr  # how it was cut is not known
    assert first.code == {"refused": 6, "cut": 9}.get(case, 0)


#: What is asked in the place of ``hi``, and what is said of it.
MISSES = {
    "words": (("other",), "recorded with another messages"),
    "a setting": (("hi", "--temperature", "1"), "recorded with another temperature"),
    "another host": (("hi", "-p", "openai"), "not recorded in tape: POST http://127.0.0.1/openai"),
}


@pytest.mark.parametrize("case", MISSES)
def test_what_was_not_recorded_is_a_fault_of_its_own(case: str, aichat: Program) -> None:
    words, told = MISSES[case]
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(chat_stream(["ok"]))
        talk.run("ask", *BOX, "hi", "--record", "tape")
    done = replayed(aichat, "ask", *BOX, *words, "--json")
    error = json.loads(done.text)["error"]
    assert (error["kind"], error["exit"], done.code) == ("not_recorded", 8, 8)
    assert told in error["message"]
    assert "--record tape" in error["hint"]


def test_a_conversation_goes_on_in_a_replay_as_it_did(aichat: Program) -> None:
    answers = ("one", "two", "three")
    with Server() as server:
        talk = Talk(aichat, server)
        for place, answer in enumerate(answers):
            server.push(chat_stream([answer]))
            talk.run("ask", *BOX, "go", *(("-c",) if place else ()), "--record", "tape")
    aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "other")
    for place, answer in enumerate(answers):
        done = replayed(aichat, "ask", *BOX, "go", *(("-c",) if place else ()))
        assert (done.text, done.code) == (f"{answer}\n", 0), done.stderr
    assert "replay" not in aichat.invoke("cost").text


def test_no_limit_of_money_keeps_an_answer_that_costs_nothing(aichat: Program) -> None:
    words = ("ask", "-m", "groq/openai/gpt-oss-120b", "hi")
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(chat_stream(["ok"]))
        talk.run(*words, "--record", "tape")
    done = replayed(aichat, *words, "--max-cost", "0.000000001")
    assert (done.text, done.code) == ("ok\n", 0), done.stderr


def test_an_answer_that_was_given_up_is_not_kept(aichat: Program) -> None:
    """It is too dear, so it ends; what was kept before stays."""
    with Server() as server:
        talk = Talk(aichat, server, '[providers.groq]\nmodels=["x"]\n')
        server.push(chat_stream(["word "] * 2_000))
        words = ("-m", "groq/openai/gpt-oss-120b", "--max-cost", "0.0004", "hi")
        done = talk.run("ask", *words, "--record", "tape")
    assert done.code == 11, done.stderr
    assert [*(aichat.home / "tape").glob("*")] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--replay", "nowhere"), "there is no such folder"),
        (("--replay", ".", "--record", "tape"), "cannot be combined"),
        (("--record", "a-file"), "cannot make the folder"),
        (("--record", ""), "the value of --record is empty"),
    ],
)
def test_a_folder_that_cannot_be_used_is_told(
    words: tuple[str, ...], told: str, aichat: Program
) -> None:
    (aichat.home / "a-file").write_text("")
    with Server() as server:
        done = Talk(aichat, server).ask(chat_stream(["ok"]), *BOX, "hi", *words)
    assert done.code in (2, 13)
    assert told in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"request":{},"response":{"status":"200","headers":{}}}',
        "\xff",
        "[" * 9_999,
    ],
)
def test_a_broken_recording_is_one_line(text: str, aichat: Program) -> None:
    with Server() as server:
        Talk(aichat, server).ask(chat_stream(["ok"]), *BOX, "hi", "--record", "tape")
    (file,) = (aichat.home / "tape").glob("*.json")
    file.write_text(text, "latin-1")
    done = replayed(aichat, "ask", *BOX, "hi")
    assert done.code == 2
    assert f"{file.name} is not a recorded exchange" in done.stderr


def test_a_recording_without_its_answer_is_one_line(aichat: Program) -> None:
    with Server() as server:
        Talk(aichat, server).ask(chat_stream(["ok"]), *BOX, "hi", "--record", "tape")
    for body in (aichat.home / "tape").glob("*.body"):
        body.unlink()
    done = replayed(aichat, "ask", *BOX, "hi")
    assert (done.code, "cannot read" in done.stderr) == (2, True), done.stderr


def test_files_are_private_and_named_by_what_was_asked(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        for _ in range(2):
            talk.ask(chat_stream(["ok"]), *BOX, "../../hi", "--record", "tape")
    names = sorted(path.name for path in Path(aichat.home / "tape").iterdir())
    assert [name.partition("-")[0] for name in names] == ["127.0.0.1"] * 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in (aichat.home / "tape").iterdir())
