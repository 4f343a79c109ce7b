"""Nothing that others wrote drives the terminal: a sentinel through every sink that reaches it."""

import json
import threading
from collections.abc import Callable
from subprocess import DEVNULL

import pytest

from tests.support.answering.answers import (
    ScriptedCitation,
    messages_stream,
    responses_stream,
    scripted_call,
)
from tests.support.answering.server import (
    SSE,
    Hold,
    Reply,
    Server,
    chat_chunk,
    chat_error,
    chat_stream,
    sse,
    tool_call,
)
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal
from tests.term.answer.test_drawn import ended, on, pieces

#: Faults 16 to 34 that text can carry, by the row of the list that names them.
SENTINELS = {
    "16 clipboard": "\x1b]52;c;aGk=\x07",
    "17 link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "18 title": "\x1b]0;owned\x07",
    "19 erase": "\x1b[2J\x1b[H\x1b[1A\x1b[2K",
    "20 query": "\x1b[6n\x1b[c\x1b[>0q",
    "21 modes": "\x1bP1$tx\x1b\\\x1b_x\x1b\\\x1b[?1049h\x1b[?1003h\x1bc\x1b[?25l\x1b[1;5r",
    "22 C1": "\x9b2J\x9d0;owned\x9c\x90x\x85",
    "23 overwrite": "rm -rf /\rls\x08\x08",
    "24 bidi": "\u202e\u2066\u200f\u061c",
    "25 hidden": "\u200b\U000e0041\ufeff\u2060",
    "26 entities": "&#x202e;&#27;[2J&#x9b;2J&#8;&#xe0041;",
    "34 NUL, BEL": "\x00\x07\x07",
}
ALL = "".join(SENTINELS.values())

#: What may reach no terminal, beside control characters.
HIDDEN = "\u202e\u2066\u200f\u061c\u200b\U000e0041\ufeff\u2060"


def inert(terminal: Terminal) -> None:
    """Only sequences of our own were written, and nothing that cannot be seen."""
    assert terminal.foreign_controls() == []
    assert [char for char in HIDDEN if char in terminal.text] == []
    assert terminal.screen.title == "" and terminal.is_restored()


def safe(aichat: Program, *words: str, code: int = 0, size: tuple[int, int] = (200, 50)) -> str:
    """What a command shows on a terminal."""
    with Terminal(aichat, *words, size=size) as terminal:
        assert terminal.wait_for_exit() == code, terminal.shown_rows()
        inert(terminal)
    return "\n".join(terminal.shown_rows())


@pytest.mark.parametrize(
    "way", [(), *map(long_case, (("--plain",), ("-x",), ("--json",), ("--events",)))]
)
def test_text(way: tuple[str, ...], aichat: Program) -> None:
    text = f"# {ALL}\n\na {ALL} b\n\n| {ALL} |\n|---|\n| {ALL} |\n\n```sh\n{ALL}\n```\n\n> {ALL}\n"
    inert(ended(aichat, chat_stream(pieces(text, 3)), *way))


@pytest.mark.long
def test_text_that_ends_anywhere(aichat: Program) -> None:
    """Faults 27: each cut is a pause, so that what is there by then is drawn."""
    body = [
        step
        for piece in pieces(SENTINELS["19 erase"] + SENTINELS["18 title"], 1)
        for step in (
            *sse(chat_chunk({"content": piece}), done=False),
            Hold(threading.Event(), 0.04),
        )
    ]
    terminal = ended(aichat, Reply(headers=SSE, body=[*body, *sse(chat_chunk({}, "stop"))]))
    inert(terminal)
    assert terminal.shown_rows() == ["␛[2J␛[H␛[1A␛[2K␛]0;owned␇"]


def test_a_lone_surrogate_and_rich_markup_are_text(aichat: Program) -> None:
    """Faults 32 and 33."""
    event = (
        b'data: {"choices": [{"index": 0, "delta": {"content": "a\\ud83d [/oops] [red]b"}}]}\n\n'
    )
    terminal = ended(aichat, Reply(headers=SSE, body=[event, *sse(chat_chunk({}, "stop"))]))
    assert terminal.shown_rows() == ["a\ufffd [/oops] [red]b"]


@pytest.mark.long
def test_joiners_stay(aichat: Program) -> None:
    """Faults 25: scripts and emoji need them."""
    text = "می\u200cخواهم 👩\u200d💻 ❤\ufe0f"
    assert text in ended(aichat, chat_stream([text])).text


def test_pictures_and_links_are_text_and_fetched_by_nobody(aichat: Program) -> None:
    """Faults 30 and 31."""
    with Server(chat_stream(["x"])) as other:
        text = f"![pic]({other.url}/p.png) [a](ssh://-oProxyCommand=x) [b](https://b.example)"
        terminal = ended(aichat, chat_stream([text]))
        assert other.requests == []
    row = "".join(terminal.shown_rows())
    assert f"{other.url}/p.png" in row and "ssh://-oProxyCommand=x" in row
    assert "\x1b]8" not in terminal.text


@pytest.mark.parametrize(
    "way", ["--show-reasoning", long_case("--hide-reasoning"), long_case("--no-stream")]
)
def test_reasoning(way: str, aichat: Program) -> None:
    body = [
        *sse(chat_chunk({"reasoning": f"{ALL}\t{ALL}"}), done=False),
        Hold(threading.Event(), 0.4),
        *chat_stream(["x"]).body,
    ]
    inert(ended(aichat, Reply(headers=SSE, body=body), way))


@pytest.mark.parametrize("streams", [False, long_case(True)], ids=["drawn", "stderr"])
def test_an_error_a_notice_and_names_of_models(streams: bool, aichat: Program) -> None:
    """Faults 28."""
    busy = chat_error(503, f"busy {ALL}", headers={"retry-after": "0.1"})
    answer = chat_stream(["x"], model=f"m{ALL}")
    error = chat_error(400, f"no {ALL}", code=f"c{ALL}")
    other = {"streams": {"stdout": DEVNULL}} if streams else {}
    for replies, code in (((busy, answer), 0), ((error,), 5)):
        with (
            Server(*replies) as server,
            Terminal(
                aichat.point_groq_at(server.url),
                "ask",
                "--usage",
                "--debug",
                "-m",
                f"groq/m{ALL[:-9]}".replace("\x00", ""),
                "hi",
                **other,
            ) as terminal,
        ):
            assert terminal.wait_for_exit() == code, terminal.shown_rows()
            inert(terminal)


@pytest.mark.long
def test_a_failure_in_the_middle(aichat: Program) -> None:
    error = json.dumps({"error": {"message": f"broke {ALL}", "type": ALL, "code": ALL}})
    body = [*sse(chat_chunk({"content": "x"}), done=False), f"data: {error}\n\n".encode()]
    inert(ended(aichat, Reply(headers=SSE, body=body), code=7))


SOURCE = ScriptedCitation(f"https://a.example/{ALL}", f"Title {ALL}\nsecond")
REPLIES: dict[str, tuple[str, Callable[[], Reply], int]] = {
    "sources": ("openai", lambda: responses_stream(["Tides."], citations=(SOURCE,)), 0),
    "sources of Claude": ("anthropic", lambda: messages_stream(["Tides."], citations=(SOURCE,)), 0),
    "refusal": ("openai", lambda: responses_stream([], refusal=[f"No.{ALL}\n{ALL}"]), 10),
    "calls": (
        "openai",
        lambda: responses_stream(
            [], tool_calls=[scripted_call(f"f{ALL}", f'{{"a": "{ALL}"}}', call_id=f"c{ALL}")]
        ),
        0,
    ),
    "calls of Claude": (
        "anthropic",
        lambda: messages_stream(
            [], tool_uses=[scripted_call("f", '{"a": "\\u001b[2J"}', call_id=f"c{ALL}")]
        ),
        0,
    ),
}


@pytest.mark.parametrize("name", [n if n == "calls" else long_case(n) for n in REPLIES])
def test_what_stands_beside_the_text(name: str, aichat: Program) -> None:
    provider, reply, code = REPLIES[name]
    on(provider, aichat, reply(), code=code)


@pytest.mark.long
def test_calls_in_a_pipe_of_stdout(aichat: Program) -> None:
    reply = chat_stream(["x"], tool_calls=tool_call(f"f{ALL}", f'{{"a": "{ALL}"}}'))
    inert(ended(aichat, reply, streams={"stdout": DEVNULL}))


def test_names_of_files(aichat: Program) -> None:
    name = f"f{ALL}".replace("/", "").replace("\x00", "")[:60]
    shown = safe(aichat, "ask", "-f", name, "hi", code=2)
    assert "␛" in shown
    safe(aichat, "ask", "--output", f"no/{name}", "hi", code=13)


@pytest.mark.long
def test_titles_and_texts_of_conversations(aichat: Program) -> None:
    asked = f"Whither {ALL}".replace("\x00", "")
    with Server(chat_stream([f"Answer {ALL}"], reasoning=[ALL], model=f"m{ALL}")) as server:
        done = aichat.point_groq_at(server.url).run("ask", asked)
        assert done.code == 0
    for words in (
        ("list",),
        ("show", "last"),
        ("search", "Whither"),
        ("search", "owned"),
        ("show", "last", "--json"),
        ("export", "last", "--format", "md"),
        ("show", asked[:30]),
    ):
        shown = safe(aichat, "history", *words, code=0 if words[-1] != asked[:30] else 2)
        assert "␛" in shown or "\\u001b" in shown or words[0] == "list"
    safe(aichat, "ask", "-c", "--dry-run", "again", size=(500, 50))


@pytest.mark.long
def test_names_of_profiles_and_what_is_wrong_in_the_config(aichat: Program) -> None:
    plain = "".join(c if c >= " " and c not in '"\\' else f"\\u{ord(c):04x}" for c in ALL)
    name = f'"p{plain}"'
    aichat.write_config(f'[profiles.{name}]\nprovider = "groq"\nmodel = {name}\n')
    assert "␛" in safe(aichat, "profiles", "list")
    safe(aichat, "profiles", "use", f"x{ALL}".replace("\x00", ""), code=3)
    aichat.write_config(f"default_profile = {name}\n[ui]\ncode_theme = {name}\n{name} = 1\n")
    safe(aichat, "ask", "hi", code=3)
    safe(aichat, "profiles", "list", code=3)
    safe(aichat, "ask", "-P", f"x{ALL}".replace("\x00", ""), "hi", code=3)


@pytest.mark.long
def test_words_of_the_command_line(aichat: Program) -> None:
    words = ALL.replace("\x00", "")
    safe(aichat, "ask", f"--{words}", code=2)
    safe(aichat, "history", f"x{words}", code=2)
    safe(aichat, "ask", "--dry-run", "-p", "groq", words, size=(500, 50))
