"""``aichat WORDS...``: a question without ``ask``, and what is no question."""

import shlex

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("what", "is", "this?"), "what is this?"),
        (("hello",), "hello"),
        (("-m", "groq/x", "hello", "you"), "hello you"),
        (("explain", "-q", "this", "--temperature", "0"), "explain this"),
        (("--", "models", "are", "fun"), "models are fun"),
        (("--color", "never", "why", "so"), "why so"),
    ],
)
def test_words_are_asked(aichat: Program, words: tuple[str, ...], asked: str) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        done = aichat.point_groq_at(server.url).invoke(*words)
        assert (done.text, done.code) == ("Fine.\n", 0), done.stderr
        assert server.requests[0].json()["messages"][-1]["content"] == asked


def test_a_pipe_goes_with_the_words(aichat: Program) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        done = aichat.point_groq_at(server.url).run_shell("echo diff | $AICHAT write a message")
        assert done.text == "Fine.\n"
        assert server.requests[0].json()["messages"][-1]["content"] == "write a message\n\ndiff"


@pytest.mark.parametrize("typed", ["aks", "modles", "cots", "histroy"])
def test_a_slip_is_told_and_never_sent(aichat: Program, typed: str) -> None:
    with Server(default=chat_stream(["no"])) as server:
        done = aichat.point_groq_at(server.url).invoke(typed, "hi")
        assert (done.text, done.code) == ("", 2) and not server.requests
    assert f"no such command '{typed}'; did you mean '" in done.stderr
    assert f"aichat ask {typed}" in done.stderr


def test_a_slip_after_help_is_told_and_never_sent(aichat: Program) -> None:
    with Server(default=chat_stream(["no"])) as server:
        done = aichat.point_groq_at(server.url).invoke("help", "hsitory")
        assert (done.text, done.code) == ("", 2) and not server.requests
    assert "no such command 'hsitory'; did you mean 'history'?" in done.stderr


EMPTY = [
    *("ask hi -f ''", "ask hi --attach=", "ask hi -m ''", "ask hi -O ''", "ask hi --rows ''"),
    *("ask hi --tools ''", "ask hi --config-dir ''", "cost --since ''", "history show ''"),
]


@pytest.mark.parametrize("typed", EMPTY)
def test_an_empty_value_is_a_variable_that_is_not_set(aichat: Program, typed: str) -> None:
    (aichat.home / "private.txt").write_text("not to be sent")
    with Server(default=chat_stream(["no"])) as server:
        done = aichat.point_groq_at(server.url).invoke(*shlex.split(typed))
        assert (done.text, done.code) == ("", 2) and not server.requests
    assert " is empty\n" in done.stderr


def test_an_empty_system_prompt_is_one(aichat: Program) -> None:
    with Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url).write_config('[profiles.p]\nsystem = "be brief"\n')
        done = aichat.invoke("ask", "hi", "-P", "p", "-s", "")
        assert (done.text, done.code) == ("Fine.\n", 0), done.stderr
        assert len(server.requests[0].json()["messages"]) == 1


def test_help_is_a_command_too(aichat: Program) -> None:
    assert aichat.invoke("help").text == aichat.invoke("--help").text
    assert aichat.invoke("help", "cost").text == aichat.invoke("cost", "--help").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ask --modle x hi", "no such option --modle; did you mean --model?"),
        ("ask --temprature 1 hi", "no such option --temprature; did you mean --temperature?"),
        ("cost --sicne 7d", "no such option --sicne; did you mean --since?"),
        ("ask -z hi", "no such option -z"),
        ("ask --bogus hi", "no such option --bogus"),
        ("ask --\x1b[2J hi", "no such option --\u241b[2J"),
        ("keys lst", "no such command 'lst'; did you mean 'list'?"),
        ("history exprot x", "no such command 'exprot'; did you mean 'export'?"),
        ("keys qqqq", "no such command 'qqqq'"),
        ("ask --effort hgih hi", "low, medium, high, xhigh, max; did you mean 'high'?"),
        ("ask --model", "option '--model' requires an argument"),
    ],
)
def test_what_is_nearly_right_is_told_with_what_is(aichat: Program, typed: str, told: str) -> None:
    done = aichat.invoke(*typed.split())
    first, hint = done.stderr.splitlines()
    assert done.code == 2 and first.endswith(told)
    assert hint.startswith(f"  see: aichat {typed.split()[0]} --help")
