"""An answer on a terminal: what it looks like while it comes, and what remains of it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import Any

import pytest

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import ReasoningDelta
from aichat.core.message.message import Message
from aichat.core.text import theme
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.term.answer.drawn import DrawnSink
from aichat.term.answer.style import AnswerStyle, RenderStyle
from tests.support.answering.answers import ScriptedCitation, messages_stream, responses_stream
from tests.support.answering.server import (
    SSE,
    Callback,
    Hold,
    Reply,
    Server,
    SilentReply,
    chat_chunk,
    chat_error,
    chat_stream,
    chat_whole,
    sse,
    tool_call,
)
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.running.whole_runs import read_until, text_events
from tests.support.terminal.terminal import Terminal
from tests.term.rendering import lines, once

TEXT = """# A title

Some **bold** text, `code`, *emphasis* and a [link](https://example.com/a) that goes on for long \
enough to be wrapped.

1. one
2. two
   - nested

```python
def double(x: int) -> int:
    return x * 2  # twice
```

| name | value |
|------|------:|
| a    |     1 |
| b    |    22 |

> A quote, and the end.
"""
LOOK = RenderStyle(colours="256")
SPINNING = re.compile(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] groq · \d+ s · Ctrl-C stops")


def pieces(text: str, size: int = 7) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def stepped(*steps: Any, finish: str = "stop") -> Reply:
    """An answer of texts with other steps between them."""
    body: list[Any] = []
    for step in steps:
        body += text_events(step) if isinstance(step, str) else [step]
    return Reply(headers=SSE, body=[*body, *sse(chat_chunk({}, finish))])


@contextmanager
def asked(aichat: Program, reply: Reply, *words: str, **options: Any) -> Iterator[Terminal]:
    with (
        Server(reply) as server,
        Terminal(aichat.point_groq_at(server.url), "ask", *words, "hi", **options) as terminal,
    ):
        yield terminal


def ended(aichat: Program, reply: Reply, *words: str, code: int = 0, **options: Any) -> Terminal:
    """A run to its end, with nothing left behind."""
    with asked(aichat, reply, *words, **options) as terminal:
        assert terminal.wait_for_exit() == code, terminal.shown_rows()
        assert terminal.is_restored() and terminal.foreign_controls() == []
    return terminal


# -- what remains


@pytest.mark.parametrize("size", [9, long_case(1), long_case(10_000)])
def test_what_was_streamed_remains_as_if_it_had_been_drawn_at_once(
    size: int, aichat: Program
) -> None:
    terminal = ended(aichat, chat_stream(pieces(TEXT, size)))
    assert terminal.strict.cells() == once(TEXT, 80, LOOK)
    assert terminal.pyte_rows() == terminal.shown_rows()


@pytest.mark.long
def test_an_answer_longer_than_the_screen_stands_in_the_scrollback_once(aichat: Program) -> None:
    text = "".join(f"- item {n:03} and **some** words\n" for n in range(200))
    terminal = ended(aichat, chat_stream(pieces(text, 50)), size=(40, 10))
    assert terminal.strict.cells() == once(text, 40, LOOK)
    assert [row.count("item") for row in terminal.pyte_rows()] == [1] * 200


def test_an_answer_in_one_piece_is_drawn_as_well(aichat: Program) -> None:
    assert ended(aichat, chat_whole(TEXT), "--no-stream").strict.cells() == once(TEXT, 80, LOOK)


@pytest.mark.long
def test_an_empty_answer_leaves_a_remark_only(aichat: Program) -> None:
    terminal = ended(aichat, chat_stream([]))
    assert terminal.shown_rows() == ["aichat: empty answer (finish_reason stop)"]


# -- in other ways, and elsewhere

PLAIN = "# A\n\n**b** `c`\n"


@pytest.mark.long
def test_plain_shows_the_text_as_it_is(aichat: Program) -> None:
    terminal = ended(aichat, chat_stream(pieces(PLAIN)), "--plain")
    assert terminal.shown_rows() == ["# A", "", "**b** `c`"]
    assert b"\x1b" not in terminal.raw.replace(b"\x1b[K", b"")


def test_plain_and_markdown_exclude_each_other(aichat: Program) -> None:
    done = aichat.run("ask", "--plain", "--markdown", "hi")
    assert (done.code, done.stdout) == (2, b"") and "cannot be combined" in done.stderr


@pytest.mark.long
def test_an_output_file_has_the_text_and_the_terminal_nothing(aichat: Program) -> None:
    terminal = ended(aichat, chat_stream(pieces(PLAIN)), "--output", "a.md")
    assert terminal.shown_rows() == []
    assert (aichat.home / "a.md").read_text() == PLAIN


def test_json_and_a_code_block_are_not_drawn(aichat: Program) -> None:
    terminal = ended(aichat, chat_stream(pieces(TEXT)), "-x")
    assert terminal.shown_rows() == ["def double(x: int) -> int:", "    return x * 2  # twice"]
    terminal = ended(aichat, chat_stream(pieces(PLAIN)), "--json", size=(2000, 24))
    assert '"text": "# A\\n\\n**b** `c`\\n"' in terminal.shown_rows()[0]
    assert b"\x1b[1m" not in terminal.raw


@pytest.mark.long
def test_markdown_is_drawn_in_a_pipe_too_if_it_is_wanted(aichat: Program) -> None:
    with Server(chat_stream(pieces(TEXT))) as server:
        done = aichat.point_groq_at(server.url).run("ask", "--markdown", "hi")
    assert done.text.splitlines() == lines(once(TEXT, 80, RenderStyle(theme.PLAIN)))
    assert "\x1b" not in done.text and (done.stderr, done.code) == ("", 0)


def test_in_a_pipe_it_can_have_colours(aichat: Program) -> None:
    with Server(chat_stream(pieces(TEXT))) as server:
        words = ("ask", "--markdown", "--color", "always", "hi")
        done = aichat.point_groq_at(server.url).run(*words)
    assert "\x1b[1mbold\x1b[0m" in done.text and "\x1b[?" not in done.text


@pytest.mark.parametrize("extra", [(), long_case(("--show-reasoning",)), long_case(("-q",))])
def test_a_pipe_gets_the_bytes_while_stderr_is_a_terminal(
    extra: tuple[str, ...], aichat: Program
) -> None:
    reader, writer = os.pipe()
    go = threading.Event()
    reply = stepped(Hold(go, 0.6), *pieces(TEXT))
    with asked(aichat, reply, *extra, streams={"stdout": writer}) as terminal:
        os.close(writer)
        assert terminal.wait_for_exit() == 0
        assert read_until(reader, lambda data: data == TEXT.encode(), terminal.process)
        os.close(reader)
    assert terminal.shown_rows() == [] and terminal.foreign_controls() == []
    assert bool(SPINNING.search(terminal.text)) == ("-q" not in extra)


def test_what_is_about_the_answer_goes_where_stderr_goes(aichat: Program) -> None:
    path = aichat.home / "err"
    chunks = [chat_chunk({"reasoning": "So."}), chat_chunk({"content": "Hello **you**."})]
    reply = Reply(headers=SSE, body=sse(*chunks, chat_chunk({}, "length")))
    with path.open("wb") as file:
        words = ("--show-reasoning", "--usage")
        terminal = ended(aichat, reply, *words, code=9, streams={"stderr": file})
    assert terminal.shown_rows() == ["So.", "", "Hello you.", "", "[not complete]"]
    said = path.read_text()
    assert "groq openai/gpt-oss-120b" in said and "output limit" in said
    assert "\x1b" not in said and "So." not in said


# -- signs of life


def test_a_spinner_turns_before_the_first_byte_and_leaves_no_trace(aichat: Program) -> None:
    go = threading.Event()
    with asked(aichat, stepped(Hold(go), "Hello.")) as terminal:
        terminal.wait_until(lambda: SPINNING.fullmatch("".join(terminal.shown_rows())))
        terminal.wait_for_text("· 1 s")
        go.set()
        assert terminal.wait_for_exit() == 0 and terminal.is_restored()
    assert terminal.shown_rows() == terminal.pyte_rows() == ["Hello."]


@contextmanager
def full_queue() -> Iterator[str]:
    """An address where connecting takes for ever."""
    with ExitStack() as kept:
        listener = kept.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            one = kept.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.long
def test_a_spinner_turns_while_nobody_takes_the_call(aichat: Program) -> None:
    with full_queue() as url, Terminal(aichat.point_groq_at(url), "ask", "hi") as terminal:
        terminal.wait_until(lambda: SPINNING.search("".join(terminal.shown_rows())))
        assert terminal.kill(signal.SIGINT)[0] == -2 and terminal.is_restored()
    assert terminal.shown_rows() == ["aichat: groq openai/gpt-oss-120b: interrupted"]


@pytest.mark.long
def test_a_spinner_turns_in_the_middle_of_a_text(aichat: Program) -> None:
    go = threading.Event()
    with asked(aichat, stepped("Hello ", Hold(go), "again.")) as terminal:
        terminal.wait_until(lambda: SPINNING.search("".join(terminal.shown_rows()[1:])))
        assert terminal.shown_rows()[0] == "Hello"
        go.set()
        assert terminal.wait_for_exit() == 0
    assert terminal.shown_rows() == terminal.pyte_rows() == ["Hello again."]


@pytest.mark.long
def test_nothing_turns_within_200_ms(aichat: Program) -> None:
    terminal = ended(aichat, chat_stream(pieces(PLAIN)))
    first = SPINNING.search(terminal.text)
    assert first is None or terminal.text.index("A") < first.start()


@pytest.mark.parametrize(
    ("words", "environ"),
    list(map(long_case, (("-q",), (), ()), ({}, {"CI": "1"}, {"TERM": "dumb"}))),
    ids=["-q", "CI", "dumb"],
)
def test_nothing_turns_and_nothing_counts(
    words: tuple[str, ...], environ: dict[str, str], aichat: Program
) -> None:
    busy = chat_error(503, "busy", headers={"retry-after": "1"})
    go = threading.Event()
    with (
        Server(busy, stepped("Hello", Hold(go, 0.5), " you.")) as server,
        Terminal(
            aichat.point_groq_at(server.url), "ask", *words, "hi", environ=environ
        ) as terminal,
    ):
        assert terminal.wait_for_exit() == 0
    assert not re.search("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", terminal.text)
    assert terminal.text.count("retrying") == ("-q" not in words)
    assert terminal.shown_rows()[-1] == "Hello you."
    if environ:
        assert not re.search(r"\x1b\[(\?|\d+A|J|K)", terminal.text)


@pytest.mark.parametrize("piped", [False, long_case(True)], ids=["terminal", "pipe"])
def test_a_retry_counts_down_and_says_why(piped: bool, aichat: Program) -> None:
    busy = chat_error(503, "too many of you", headers={"retry-after": "2"})
    sink = subprocess.DEVNULL if piped else None
    streams = {"stdout": sink} if piped else {}
    with (
        Server(busy, chat_stream(["Hello."])) as server,
        Terminal(
            aichat.point_groq_at(server.url), "ask", "hi", streams=streams, size=(120, 24)
        ) as terminal,
    ):
        for left in (2, 1):
            line = f" groq · retrying in {left} s (overloaded) · Ctrl-C stops"
            terminal.wait_until(lambda end=line: "".join(terminal.shown_rows()).endswith(end))
            assert len(terminal.shown_rows()) == 1
        assert terminal.wait_for_exit() == 0
    assert terminal.shown_rows() == ([] if piped else ["Hello."])
    assert terminal.foreign_controls() == []


# -- beside the answer


def thinking(*steps: Any) -> Reply:
    body: list[Any] = []
    for step in steps:
        is_text = isinstance(step, str)
        body += sse(chat_chunk({"reasoning": step}), done=False) if is_text else [step]
    return Reply(
        headers=SSE, body=[*body, *text_events("The answer."), *sse(chat_chunk({}, "stop"))]
    )


def test_reasoning_is_folded_to_its_last_line_and_summed_up(aichat: Program) -> None:
    first, second, third = (threading.Event() for _ in range(3))
    steps = ("First I think.\nThen", Hold(first), " more.\n", Hold(second), "x" * 100, Hold(third))
    with asked(aichat, thinking(*steps)) as terminal:
        terminal.wait_until(lambda: re.search(r"^\S( \d s)? Then$", "".join(terminal.shown_rows())))
        first.set()
        terminal.wait_until(
            lambda: re.search(r"^\S( \d s)? Then more\.$", "".join(terminal.shown_rows()))
        )
        second.set()
        terminal.wait_until(lambda: re.search(r"^\S( \d s)? ?…x+$", "".join(terminal.shown_rows())))
        assert len(terminal.shown_rows()[0]) == 80
        third.set()
        assert terminal.wait_for_exit() == 0 and terminal.is_restored()
    thought, gap, answer = terminal.shown_rows()
    assert re.fullmatch(r"thought for \d\.\d s", thought) and (gap, answer) == ("", "The answer.")


@pytest.mark.parametrize(
    ("words", "config", "rows"),
    [
        long_case(("--show-reasoning",), "", ["One.", "Two.", "", "The answer."]),
        long_case(("--hide-reasoning",), "", ["The answer."]),
        long_case(("-q",), "", ["The answer."]),
        long_case((), '[ui]\nreasoning = "show"\n', ["One.", "Two.", "", "The answer."]),
        ((), '[ui]\nreasoning = "hide"\n', ["The answer."]),
        (
            ("--show-reasoning",),
            '[ui]\nreasoning = "hide"\n',
            ["One.", "Two.", "", "The answer."],
        ),
    ],
)
def test_reasoning_is_shown_or_hidden(
    words: tuple[str, ...], config: str, rows: list[str], aichat: Program
) -> None:
    aichat.write_config(config)
    assert ended(aichat, thinking("One.\n", "Two."), *words).shown_rows() == rows


def on(name: str, aichat: Program, reply: Reply, *words: str, code: int = 0) -> list[str]:
    """The rows of a run with OpenAI or Anthropic."""
    key = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}[name]
    with Server(reply) as server:
        base = server.url + ("/v1" if name == "openai" else "")
        aichat.environ |= {key: "sk-key", f"AICHAT_{name.upper()}_BASE_URL": base}
        with Terminal(aichat, "ask", "-p", name, *words, "hi") as terminal:
            assert terminal.wait_for_exit() == code, terminal.shown_rows()
            assert terminal.is_restored() and terminal.foreign_controls() == []
    return terminal.shown_rows()


def test_sources_are_numbered_footnotes_and_server_tools_one_line_each(aichat: Program) -> None:
    sources = (
        ScriptedCitation("https://a.example/x"),
        ScriptedCitation("https://b.example/y", "Second", 6, 9),
    )
    rows = on("openai", aichat, responses_stream(["Tides and moons."], citations=sources))
    assert rows[-5:] == [
        "",
        "[1] Tide board  https://a.example/x",
        "    \u201cTides\u201d",
        "[2] Second  https://b.example/y",
        "    \u201cand\u201d",
    ]
    assert [row for row in rows if row.startswith("web_search")] == ["web_search: leith high water"]
    rows = on("anthropic", aichat, messages_stream(["Tides and moons."], citations=sources))
    assert rows[-1] == "[2] Second  https://b.example/y"
    assert len([row for row in rows if row.startswith("web_search")]) == 1


def test_tool_calls_a_refusal_and_cut_answers_are_seen_as_such(aichat: Program) -> None:
    calls = tool_call("weather", '{"city": "Leith"}')
    assert ended(aichat, chat_stream(["Let me see."], tool_calls=calls)).shown_rows() == [
        "Let me see.",
        "",
        'tool call weather({"city": "Leith"}) [call_1]',
    ]
    cut = ended(aichat, stepped("Hello **wor", finish="length"), code=9).shown_rows()
    assert cut[:3] == ["Hello **wor", "", "[not complete]"] and cut[3].startswith("aichat: error: ")
    rows = on("openai", aichat, responses_stream([], refusal=["I will ", "not."]), code=10)
    assert rows[0] == "I will not." and rows[1].startswith("aichat: ")


@pytest.mark.long
def test_an_error_after_some_text_stands_below_it(aichat: Program) -> None:
    error = b'data: {"error": {"message": "it broke", "type": "server_error"}}\n\n'
    reply = Reply(headers=SSE, body=[*text_events("| a | b |\n|---|---|\n| 1 | 2"), error])
    rows = ended(aichat, reply, code=7).shown_rows()
    assert rows[:3] == [" a  b", " ────", " 1  2"] and "[not complete]" in rows
    assert "it broke" in rows[rows.index("[not complete]") + 1]


@pytest.mark.long
def test_the_usage_line_comes_last(aichat: Program) -> None:
    rows = ended(aichat, chat_stream(pieces(PLAIN)), "--usage").shown_rows()
    assert rows[-1].startswith("12 in · 3 out · $0.0000036 · ") and rows[-1].endswith(" tok/s")
    assert rows[-3:-1] == ["b c", ""]


@pytest.mark.long
def test_lines_of_ours_do_not_break_the_picture(aichat: Program) -> None:
    """Steps of --debug come while the spinner turns, and store warnings after the answer."""
    aichat.data_dir.write_text("not a folder")
    busy = chat_error(503, "busy", headers={"retry-after": "0.5"})
    go = threading.Event()
    reply = stepped(Hold(go, 0.3), "Hello ", Hold(go, 0.3), "you.")
    with (
        Server(busy, reply) as server,
        Terminal(
            aichat.point_groq_at(server.url), "ask", "--debug", "hi", size=(300, 24)
        ) as terminal,
    ):
        assert terminal.wait_for_exit() == 0 and terminal.is_restored()
    rows = terminal.shown_rows()
    assert terminal.pyte_rows() == rows and "Hello you." in rows
    assert len([row for row in rows if row.startswith("aichat: debug: ")]) == 4
    assert all(row.startswith(("aichat: ", "Hello you.", " ")) or not row for row in rows)
    assert "warning" in rows[-1] or "warning" in rows[-2]


# -- in time


def test_the_last_word_is_on_the_screen_within_100_ms_of_its_last_byte(aichat: Program) -> None:
    sent: list[float] = []
    stamp: Callable[[], None] = lambda: sent.append(time.monotonic())  # noqa: E731
    best = 9.0
    for _ in range(3):
        go = threading.Event()
        reply = stepped(*pieces(TEXT), Hold(go), Callback(stamp), "\n\nThe very last word.")
        with asked(aichat, reply) as terminal:
            terminal.wait_for_text("and the end")
            go.set()
            terminal.wait_for_text("The very last word.")
            best = min(best, time.monotonic() - sent[-1])
            assert terminal.wait_for_exit() == 0
        if best <= 0.1:  # another process may have had the core: the best of three counts
            break
    assert best <= 0.1


@pytest.mark.long
def test_each_piece_is_seen_before_the_next_one_comes(aichat: Program) -> None:
    gates = [threading.Event() for _ in range(5)]
    steps = [step for n, gate in enumerate(gates) for step in (f"word{n} ", Hold(gate))]
    with asked(aichat, stepped(*steps)) as terminal:
        for number, gate in enumerate(gates):
            terminal.wait_for_text(f"word{number}", 5)
            gate.set()
        assert terminal.wait_for_exit() == 0


HEAVY = {"rich", "markdown_it", "pygments", "typer", "asyncio", "sqlite3.dump"}


class Watched(Program):
    """Writes down which modules are loaded when the request has been written."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", WATCH, *words]


WATCH = """
import sys
from pathlib import Path
import aichat.__main__ as entry
from aichat.term.answer.drawn import DrawnSink
def sent(sink):
    Path("seen").write_text(" ".join(sys.modules))
    real(sink)
real, DrawnSink.on_sent = DrawnSink.on_sent, sent
entry.main()
"""


def test_the_renderer_is_loaded_when_the_request_is_on_the_wire(aichat: Program) -> None:
    watched = Watched(aichat.home)
    assert ended(watched, chat_stream(["hi"])).shown_rows() == ["hi"]
    loaded = set((aichat.home / "seen").read_text().split())
    assert "aichat.net.transport.plain" in loaded and not loaded & HEAVY


def test_what_fails_before_it_is_sent_draws_nothing(aichat: Program) -> None:
    with Terminal(aichat, "ask", "-m", "groq/x", "hi") as terminal:
        assert terminal.wait_for_exit() == 3
    assert b"\x1b" not in re.sub(rb"\x1b\[[\d;]*m", b"", terminal.raw)


@pytest.mark.long
def test_silence_is_borne(aichat: Program) -> None:
    with asked(aichat, SilentReply(), "--timeout", "1", "--retries", "0") as terminal:
        assert terminal.wait_for_exit() == 8 and terminal.is_restored()
    assert not SPINNING.search("".join(terminal.shown_rows()))


def test_an_answer_that_is_stopped_at_once_does_not_wait_for_what_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_loading, go = threading.Event(), threading.Event()

    def load() -> None:
        is_loading.set()
        go.wait(60)

    monkeypatch.setattr(DrawnSink, "load_renderer", staticmethod(load))
    out, err = BytesIO(), BytesIO()
    world = World(
        {}, None, out, err, True, True, Clock(time.time, time.monotonic, time.sleep, lambda: 0.5)
    )
    sink = DrawnSink(world, AnswerStyle())
    sink.on_sent()
    assert is_loading.wait(5)
    sink.show([ReasoningDelta("hm")])
    began = time.monotonic()
    sink.close(Answer("groq", "m", Message("assistant", ()), finish_reason="cancelled"))
    sink.say("aichat: interrupted")
    assert time.monotonic() - began < 30
    go.set()
    assert b"interrupted" in err.getvalue()


class LateRenderer(Program):
    """Loads what draws only once a file called ``load`` is there."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", LATE, *words]


LATE = """
import time
from pathlib import Path
import aichat.__main__ as entry
from aichat.term.answer.drawn import DrawnSink
def load():
    while not Path("load").exists():
        time.sleep(0.005)
    real()
real, DrawnSink.load_renderer = DrawnSink.load_renderer, staticmethod(load)
entry.main()
"""


@pytest.mark.parametrize("begin", ["Hello", "Hello there, "])
def test_words_are_shown_before_what_draws_is_loaded(aichat: Program, begin: str) -> None:
    late, gate = LateRenderer(aichat.home), threading.Event()
    with asked(late, stepped(begin, Hold(gate), "*world*\n\n- a\n")) as terminal:
        terminal.wait_for_text(begin.strip(), 10)
        assert "rich" not in terminal.text
        gate.set()
        (late.home / "load").touch()
        assert terminal.wait_for_exit() == 0
        shown = [row.strip() for row in terminal.shown_rows()]
    assert shown == [f"{begin}world", "", "• a"]


@pytest.mark.parametrize("begin", ["# Head", "1. one", "*so*", "a\nb", "x" * 300])
def test_what_may_look_otherwise_is_shown_once_it_can_be_drawn(aichat: Program, begin: str) -> None:
    late, gate = LateRenderer(aichat.home), threading.Event()
    with asked(late, stepped(begin, Hold(gate))) as terminal:
        terminal.read(0.3)
        assert "".join(begin.split())[:4] not in terminal.text
        (late.home / "load").touch()
        terminal.wait_for_text(begin.strip("#1. *").split("\n")[0][:20], 10)
        gate.set()
        assert terminal.wait_for_exit() == 0


def test_early_words_survive_an_interruption(aichat: Program) -> None:
    late = LateRenderer(aichat.home)
    with asked(late, stepped("Hello there", Hold(threading.Event()))) as terminal:
        terminal.wait_for_text("Hello there", 10)
        terminal.type("\x03")
        assert terminal.wait_for_exit() == -2
        assert [row for row in terminal.shown_rows() if "Hello there" in row]
    done = late.invoke("history", "show", "last", "--json")
    assert "Hello there" in done.text
