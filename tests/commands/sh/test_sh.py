"""``aichat sh``: one clean line, which is run only where somebody says so."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Event

import pytest

from tests.app.setup.test_providers import Say, reply
from tests.commands.ask.test_all_eight import KEYS, SPEAKS
from tests.support.answering import answers_google as google
from tests.support.answering.server import Hold, Reply, Server, chat_error, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import SENTINEL, Program
from tests.support.terminal.terminal import Terminal

MENU = "N nothing"


def request_of(server: Server, place: int = -1) -> list[dict[str, str]]:
    messages: list[dict[str, str]] = json.loads(server.requests[place].body)["messages"]
    return messages


def test_in_a_pipe_it_prints_the_command_alone(aichat: Program) -> None:
    with Server(chat_stream(["```sh\n", "$ find . -size +9M\n", "```"])) as server:
        done = aichat.point_groq_at(server.url).invoke("sh", "large", "files", "--shell", "zsh")
        system, user = request_of(server)
    assert (done.text, done.stderr, done.code) == ("find . -size +9M\n", "", 0)
    assert user["content"] == "large files"
    assert "one command for zsh on " in system["content"]
    assert str(aichat.home) not in json.dumps(request_of(server))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("I'm sorry, no.", "the answer is no command: I'm sorry, no."),
        ("ls\nrm x", "the answer is no single line: ls rm x"),
        ("ls \x1b[2J", "the command has characters that nobody can see: ls \u241b[2J"),
        ("# needs a human", "no command does that: needs a human"),
    ],
)
def test_an_answer_that_is_no_command_is_exit_12_and_nothing_on_stdout(
    said: str, why: str, aichat: Program
) -> None:
    with Server(chat_stream([said])) as server:
        done = aichat.point_groq_at(server.url).invoke("sh", "x")
    assert (done.text, done.code) == ("", 12)
    assert done.stderr.splitlines()[0] == f"aichat: {why}"


def test_a_fault_of_the_provider_has_its_own_exit_code(aichat: Program) -> None:
    with Server(default=chat_error(401, "bad key")) as server:
        done = aichat.point_groq_at(server.url).invoke("sh", "x")
    assert (done.text, done.code) == ("", 4)
    assert SENTINEL not in done.stderr


def test_what_deletes_is_marked_even_where_little_is_to_be_said(aichat: Program) -> None:
    with Server(chat_stream(["rm -rf build > log"])) as server:
        done = aichat.point_groq_at(server.url).invoke("sh", "-q", "clean")
    assert done.text == "rm -rf build > log\n"
    assert done.stderr == "aichat: deletes or overwrites: rm, > log\n"


def test_without_words_nothing_is_sent(aichat: Program) -> None:
    with Server(chat_stream(["ls"])) as server:
        done = aichat.point_groq_at(server.url).invoke("sh")
        assert (done.code, server.requests) == (2, [])
    assert "no words to make a command of" in done.stderr


def test_stdin_goes_with_the_words(aichat: Program) -> None:
    with Server(chat_stream(["ls"])) as server:
        aichat.point_groq_at(server.url).invoke("sh", "like this", stdin=b"a b\n")
        assert request_of(server)[1]["content"] == "like this\n\na b"


def test_a_dry_run_sends_nothing(aichat: Program) -> None:
    done = aichat.invoke("sh", "--dry-run", "-p", "groq", "list files")
    assert (done.code, done.text[:4]) == (0, "curl")
    assert "list files" in done.text


def test_it_is_no_conversation_to_go_on_with(aichat: Program) -> None:
    with Server(chat_stream(["ls"])) as server:
        aichat.point_groq_at(server.url).invoke("sh", "x")
    assert len(aichat.invoke("history", "list").text.splitlines()) == 1  # the heading alone


@pytest.mark.parametrize(
    ("words", "code"), [(("so", "what"), 0), (("she", "said"), 0), (("fit", "this"), 0)]
)
def test_short_words_of_a_question_are_no_slips_for_it(
    words: Sequence[str], code: int, aichat: Program
) -> None:
    with Server(chat_stream(["an answer"])) as server:
        done = aichat.point_groq_at(server.url).invoke(*words)
    assert (done.text, done.code) == ("an answer\n", code)


# -- at a terminal


def press(terminal: Terminal, key: str, question: str = MENU) -> None:
    """Answer the last question; what comes too soon after it is dropped, and typed again."""
    place = terminal.text.rfind(question) + len(question)

    def is_heard() -> bool:
        return f"{key}\r\n" in terminal.text[place:]

    for _ in range(15):
        terminal.type(f"{key}\r")
        with suppress(AssertionError):
            terminal.wait_until(is_heard, 1)
            return
    raise AssertionError(f"{key!r} was not heard: {terminal.raw!r}")


def open_menu(aichat: Program, server: Server, **environ: str) -> Terminal:
    """``aichat sh`` on a terminal, once it asks what to do."""
    aichat.point_groq_at(server.url)
    terminal = Terminal(aichat, "sh", "do", "it", environ=environ, loose=True)
    return terminal.wait_until(lambda: MENU in terminal.text)


def test_what_is_run_is_run_by_the_users_shell_and_gives_its_exit_code(aichat: Program) -> None:
    command = "printf '%s-%s' $0 ${GROQ_API_KEY-nokey} > ran; exit 7"
    with Server(chat_stream([command])) as server, open_menu(aichat, server, SHELL="/bin/sh") as t:
        assert command in t.text and "deletes or overwrites: > ran" in t.text
        assert not (aichat.home / "ran").exists()
        press(t, "r")
        assert t.wait_for_exit() == 7
    assert (aichat.home / "ran").read_text() == "/bin/sh-nokey"


@pytest.mark.parametrize("key", ["", *map(long_case, ("n", "y", "rr"))])
def test_whatever_is_no_choice_runs_nothing(key: str, aichat: Program) -> None:
    with Server(chat_stream(["touch ran"])) as server, open_menu(aichat, server) as t:
        press(t, key)
        assert t.wait_for_exit() == 0
    assert not (aichat.home / "ran").exists()


def test_what_was_typed_before_it_asked_is_no_answer(aichat: Program) -> None:
    typed, slow = Event(), chat_stream(["touch ran"])
    with Server(replace(slow, body=[Hold(typed), *slow.body])) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, "sh", "do it", loose=True) as t:
            server.wait_requests(1, 20)
            t.type("r\r")
            typed.set()
            t.wait_until(lambda: MENU in t.text)
            press(t, "n")
            assert t.wait_for_exit() == 0
    assert not (aichat.home / "ran").exists()


def test_it_is_explained_edited_and_copied_and_stays_where_an_explanation_fails(
    aichat: Program,
) -> None:
    editor = aichat.home / "editor"
    editor.write_text("#!/bin/sh\nprintf 'touch edited' > \"$1\"\n")
    editor.chmod(0o755)
    explained = chat_stream(["It makes a file."])
    replies = (chat_stream(["touch ran"]), explained, chat_error(401, "bad key"))
    with Server(*replies) as server, open_menu(aichat, server, EDITOR=str(editor)) as t:
        press(t, "x")
        t.wait_until(lambda: t.text.count(MENU) == 2)
        assert "It makes a file." in t.text
        system, user = request_of(server)
        assert user["content"] == "touch ran" and "explain a command" in system["content"]
        press(t, "x")
        t.wait_until(lambda: t.text.count(MENU) == 3)
        press(t, "e")
        t.wait_until(lambda: t.text.count(MENU) == 4)
        press(t, "c")
        assert t.wait_for_exit() == 0
    assert "\x1b]52;c;dG91Y2ggZWRpdGVk\x07" in t.text
    assert not (aichat.home / "edited").exists() and not (aichat.home / "ran").exists()


def test_print_asks_nothing_at_a_terminal(aichat: Program) -> None:
    with Server(chat_stream(["ls"])) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, "sh", "--print", "list", loose=True) as t:
            assert t.wait_for_exit() == 0
    assert MENU not in t.text and "ls" in t.text


# -- every provider


def command_in(wire: str) -> Reply:
    """``ls -l`` as a wire says it, in two pieces."""
    if wire == "gemini":
        return google.gemini_stream("ls", " -l")
    return reply(wire, Say(("ls", " -l")))


@pytest.mark.parametrize(("name", "wire"), [(n, w.split()[0]) for n, w in SPEAKS.items()])
def test_every_provider_gives_a_command(name: str, wire: str, aichat: Program) -> None:
    if name == "local":
        pytest.skip("its server is started, not pointed at")
    with Server(command_in(wire)) as server:
        environ = {KEYS[name]: SENTINEL, f"AICHAT_{name.upper()}_BASE_URL": f"{server.url}/v1"}
        done = aichat.invoke("sh", "-p", name, "list", environ=environ)
    assert (done.text, done.code) == ("ls -l\n", 0), done.stderr
