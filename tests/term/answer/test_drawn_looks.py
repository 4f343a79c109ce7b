"""Colours, themes, widths and other letters, on terminals of every kind."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.core.config.schema import THEMES
from aichat.process.palette import wants_colour
from aichat.term.answer.style import RenderStyle
from aichat.term.terminal import reflows_on_resize
from tests.support.answering.server import SSE, Hold, Reply, Server, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever, text_events
from tests.term.answer.test_drawn import TEXT, asked, ended, pieces, stepped
from tests.term.rendering import lines, once

STYLE = re.compile(rb"\x1b\[[\d;]+m")
CODE = "**b**\n\n```python\ndef f(): pass  # c\n```\n"

# -- colours

ENVIRONMENTS = {
    "a terminal": ({}, (), True),
    "never": ({}, ("--color", "never"), False),
    "NO_COLOR": ({"NO_COLOR": "1"}, (), False),
    "an empty NO_COLOR": ({"NO_COLOR": ""}, (), True),
    "always beats NO_COLOR": ({"NO_COLOR": "1"}, ("--color", "always"), True),
    "auto is the default": ({"NO_COLOR": "1"}, ("--color", "auto"), False),
    "FORCE_COLOR=0": ({"FORCE_COLOR": "0"}, (), False),
    "FORCE_COLOR=false": ({"FORCE_COLOR": "false"}, (), False),
    "FORCE_COLOR": ({"FORCE_COLOR": "1"}, (), True),
    "an empty FORCE_COLOR": ({"FORCE_COLOR": ""}, (), True),
    "NO_COLOR beats FORCE_COLOR": ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
    "CI": ({"CI": "true"}, (), True),
    "dumb": ({"TERM": "dumb"}, (), False),
}


REFLOWS = {
    ("xterm-256color", ""): True,  # most that call themselves xterm
    ("xterm-256color", "XTerm(390)"): False,
    ("tmux-256color", "XTerm(390)"): True,  # tmux in an xterm
    ("linux", ""): False,
}


@pytest.mark.parametrize(("term", "version"), REFLOWS)
def test_which_terminals_break_their_rows_anew(term: str, version: str) -> None:
    environ = {"TERM": term} | ({"XTERM_VERSION": version} if version else {})
    assert reflows_on_resize(environ) is REFLOWS[term, version]


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_whether_to_colour(name: str, terminal: bool) -> None:
    environ, words, expected = ENVIRONMENTS[name]
    forced = "--color" in words or environ.get("FORCE_COLOR") == "1"
    flag = words[-1] if words else None
    assert wants_colour({"TERM": "xterm", **environ}, flag, terminal=terminal) is (
        expected and (terminal or forced)
    )


SHOWN = ("a terminal", "NO_COLOR", "CI", "dumb")


@pytest.mark.parametrize(
    "name", [name if name in SHOWN else long_case(name) for name in ENVIRONMENTS]
)
def test_colours(name: str, aichat: Program) -> None:
    environ, words, coloured = ENVIRONMENTS[name]
    terminal = ended(aichat, chat_stream(pieces(CODE)), *words, environ=environ)
    assert bool(STYLE.search(terminal.raw)) is coloured
    rows = ["b", "", "── python · 1 ──", "def f(): pass  # c"]
    assert terminal.shown_rows() == (CODE.splitlines() if name == "dumb" else rows)
    if name in ("dumb", "CI"):
        assert not re.search(rb"\x1b\[[^m]*[^m\d;]", terminal.raw)


@pytest.mark.parametrize(
    "words",
    [("--markdown",), long_case(()), long_case(("--plain",)), long_case(("--show-reasoning",))],
)
def test_a_dumb_terminal_gets_no_control_byte_at_all(
    words: tuple[str, ...], aichat: Program
) -> None:
    go = threading.Event()
    reply = stepped(Hold(go, 0.4), *pieces(CODE), Hold(go, 0.4), "\n- x\n")
    terminal = ended(aichat, reply, *words, environ={"TERM": "dumb"})
    assert b"\x1b" not in terminal.raw and b"\r" not in terminal.raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("environ", "theme", "found"),
    [
        long_case({"TERM": "xterm"}, "ansi_dark", b"\x1b[94mdef"),
        long_case({"TERM": "xterm"}, "ansi_light", b"\x1b[34mdef"),
        ({"TERM": "xterm-256color"}, "monokai", b"\x1b[38;5;81mdef"),
        ({"COLORTERM": "truecolor"}, "monokai", b"\x1b[38;2;102;217;239mdef"),
        long_case({"COLORTERM": "24bit"}, "default", b"\x1b[1;38;2;0;128;0mdef"),
        long_case({"TERM": "xterm", "COLORFGBG": "15;0"}, "", b"\x1b[36mdef"),
        ({"TERM": "xterm", "COLORFGBG": "0;default;15"}, "", b"\x1b[34mdef"),
        long_case({"TERM": "linux"}, "monokai", b"\x1b[96mdef"),
    ],
)
def test_themes(environ: dict[str, str], theme: str, found: bytes, aichat: Program) -> None:
    aichat.write_config(f'[ui]\ncode_theme = "{theme}"\n' * bool(theme))
    terminal = ended(aichat, chat_stream([CODE]), environ=environ)
    assert found in terminal.raw
    rows = terminal.screen.buffer.values()
    assert {cell.bg for row in rows for cell in row.values()} == {"default"}


def test_every_theme_that_is_installed_may_be_named() -> None:
    from pygments.styles import get_all_styles

    assert set(get_all_styles()) <= set(THEMES)


def test_the_terminal_wraps_paragraphs_where_the_user_wants_it(aichat: Program) -> None:
    aichat.write_config('[ui]\nwrap = "terminal"\n')
    paragraph = " ".join(f"word{n}" for n in range(40))
    terminal = ended(aichat, chat_stream(pieces(f"{paragraph}\n\nend")), size=(50, 24))
    assert terminal.strict.logical_text() == [paragraph, "", "end"]


@pytest.mark.parametrize("line", ['code_theme = "monokay"', "wrap = -1", 'reasoning = "loud"'])
def test_a_wrong_value_is_an_error_with_its_place(line: str, aichat: Program) -> None:
    path = aichat.write_config(f"[ui]\n{line}\n")
    with Server(chat_stream(["x"])) as server:
        done = aichat.point_groq_at(server.url).run("ask", "hi")
        assert server.requests == []
    assert done.code == 3 and f"{path}:2" in done.stderr
    assert f"ui.{line.partition(' ')[0]}" in done.stderr


def test_an_unknown_key_is_a_warning(aichat: Program) -> None:
    aichat.write_config("[ui]\nwarp = 40\n")
    shown = ended(aichat, chat_stream(["x"]), size=(300, 24)).shown_rows()
    assert shown[-1] == "x" and "warning" in shown[0] and "'wrap'" in shown[0]


@pytest.mark.parametrize(
    ("wrap", "width"), [(40, 40), long_case(0, 80), long_case(200, 80), long_case(5, 20)]
)
def test_text_wraps_where_the_user_wants_it(wrap: int, width: int, aichat: Program) -> None:
    aichat.write_config(f"[ui]\nwrap = {wrap}\n")
    terminal = ended(aichat, chat_stream(pieces(TEXT, 40)))
    expected = once(TEXT, 80, RenderStyle(colours="256", wrap=width))
    assert terminal.shown_rows() == lines(expected)


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": None}


@pytest.mark.parametrize("words", [("--markdown",), long_case(()), long_case(("--plain",))])
def test_a_terminal_without_utf_8_gets_question_marks(
    words: tuple[str, ...], aichat: Program
) -> None:
    go = threading.Event()
    text = "Grüße, 日本\n\n|a|b|\n|-|-|\n|1|2|\n\n- x\n\n> y\n"
    with asked(aichat, stepped(Hold(go), text), *words, environ=ASCII) as terminal:
        terminal.wait_until(lambda: re.search(rb"[|/\\-] groq - \d s", terminal.raw))
        go.set()
        terminal.wait_for_exit()
    assert terminal.raw.isascii() and "Gr??e, ??" in "".join(terminal.shown_rows())


@pytest.mark.parametrize(
    "environ", [{"LC_ALL": "C"}, long_case({"LANG": "C"}), long_case({"LANG": None})]
)
def test_the_c_locale_is_utf_8_as_python_has_it(
    environ: dict[str, str | None], aichat: Program
) -> None:
    assert ended(aichat, chat_stream(["**Grüße**"]), environ=environ).shown_rows() == ["Grüße"]


# -- sizes


@pytest.mark.parametrize("width", [20, long_case(40), long_case(200)])
def test_widths(width: int, aichat: Program) -> None:
    terminal = ended(aichat, chat_stream(pieces(TEXT, 11)), size=(width, 24))
    assert terminal.strict.cells() == once(TEXT, width, RenderStyle(colours="256"))


@pytest.mark.parametrize(
    ("size"), [(19, 24), (1, 1), long_case((10, 5)), long_case((2, 2)), (0, 0)]
)
def test_below_20_columns_the_text_is_as_it_was_written(
    size: tuple[int, int], aichat: Program
) -> None:
    given = (80, 24) if size == (0, 0) else size
    with asked(aichat, chat_stream(pieces(TEXT, 11)), size=given, loose=True) as terminal:
        terminal.resize_window(*size)
        assert terminal.wait_for_exit() == 0
        assert terminal.foreign_controls() == []
    if size == (0, 0):
        assert terminal.pyte_rows() == lines(once(TEXT, 80))
    else:
        assert terminal.raw.replace(b"\r\n", b"\n").decode().endswith(TEXT)


@pytest.mark.parametrize("columns", ["0", "60", *map(long_case, ("", "x", "-3"))])
def test_columns_of_the_environment(columns: str, aichat: Program) -> None:
    reply = chat_stream(pieces(TEXT, 11))
    terminal = ended(aichat, reply, environ={"COLUMNS": columns}, size=(100, 24))
    width = 60 if columns == "60" else 100
    assert terminal.shown_rows() == lines(once(TEXT, width))


WORDS = [f"word{n:03}" for n in range(240)]


def test_resizing_loses_nothing(aichat: Program) -> None:
    first, second = threading.Event(), threading.Event()
    third = [" ".join(WORDS[at : at + 80]) + ("\n\n" if at % 160 else " ") for at in (0, 80, 160)]
    reply = stepped(
        *pieces(third[0], 50), Hold(first), *pieces(third[1], 50), Hold(second), third[2]
    )
    with asked(aichat, reply) as terminal:
        terminal.wait_for_text("word079")
        terminal.resize(50)
        first.set()
        terminal.wait_for_text("word159")
        terminal.resize(110)
        second.set()
        assert (
            terminal.wait_for_exit() == 0
            and terminal.is_restored()
            and terminal.foreign_controls() == []
        )
    seen = re.findall(r"word\d+", "\n".join(terminal.shown_rows()))
    assert list(dict.fromkeys(seen)) == WORDS
    assert len(seen) - len(WORDS) <= 12 * 15


# -- other letters


WIDE = {
    "CJK": "日本語のとても長い文章がここにあります。" * 3,
    "emoji": "👩‍👩‍👧‍👦 family 👩‍💻 coder 🏳️‍🌈 flag ❤️ heart " * 3,
    "marks": "e\u0301a\u0308o\u0302 " * 20 + "z\u0335\u0336\u0337" * 30,
    "right to left": "שלום עולם مرحبا بالعالم می‌خواهم " * 4,
    "table": "| 日本 | 👩‍💻 |\n|---|---|\n| ❤️ 語 | e\u0301 |\n",
    "code": "```\n日本語のコード = '👩‍💻' # とても長い行です\n```\n",
}
WIDE["all"] = "\n\n".join(WIDE.values())


@pytest.mark.parametrize("columns", [20, long_case(27)])
@pytest.mark.parametrize("name", ["all", *map(long_case, list(WIDE)[:-1])])
def test_wide_text(name: str, columns: int, aichat: Program) -> None:
    reply = chat_stream(pieces(WIDE[name], 3))
    terminal = ended(aichat, reply, size=(columns, 24))
    assert terminal.strict.cells() == once(WIDE[name], columns, RenderStyle(colours="256"))


# -- a terminal that others wrote


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """The command line of a tmux of our own."""
    found = shutil.which("tmux")
    if not found:
        pytest.skip("tmux is not installed")
    command = [found, "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    yield command
    subprocess.run([*command, "kill-server"], check=False, capture_output=True)


class Pane:
    """The program in a shell in tmux."""

    def __init__(self, tmux: list[str], aichat: Program) -> None:
        self.tmux = tmux
        environ = {**aichat.environ, "LC_ALL": "C.UTF-8", "PS1": "$ ", "TERM": "xterm-256color"}
        size = ("-x", "80", "-y", "24", "-c", str(aichat.home))
        shell = ["bash", "--norc", "--noprofile"]
        command = [*tmux, "new-session", "-d", *size, *shell]
        subprocess.run(command, env=environ, check=True)

    def run(self, *words: str) -> str:
        done = subprocess.run([*self.tmux, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def keys(self, *keys: str) -> None:
        self.run("send-keys", *keys)

    def rows(self) -> list[str]:
        return self.run("capture-pane", "-p", "-J", "-S", "-").rstrip("\n").split("\n")

    def until(self, text: str) -> None:
        end = time.monotonic() + 20
        while not re.search(text, "\n".join(self.rows())):
            assert time.monotonic() < end, self.rows()
            time.sleep(0.02)


def test_in_tmux_it_streams_is_resized_scrolled_and_interrupted(
    tmux: list[str], aichat: Program
) -> None:
    gates = [threading.Event() for _ in range(3)]
    items = [
        f"- item{n:03} has **some** words, enough of them to need a second row or so\n"
        for n in range(60)
    ]
    table = "\n| col | val |\n|-----|-----|\n| one | two"
    body = [
        *text_events(*items[:20]),
        Hold(gates[0]),
        *text_events(*items[20:40]),
        Hold(gates[1]),
        *text_events(*items[40:]),
        Hold(gates[2]),
        *text_events(table),
        hold_forever(),
    ]
    with Server(Reply(headers=SSE, body=body)) as server:
        pane = Pane(tmux, aichat.point_groq_at(server.url))
        pane.keys("stty -a > before; " + " ".join(aichat.command("ask", "hi")), "Enter")
        pane.until("item019")
        pane.run("resize-window", "-x", "50", "-y", "24")
        gates[0].set()
        pane.until("item039")
        pane.run("copy-mode")
        pane.run("send-keys", "-X", "-N", "15", "scroll-up")
        pane.run("resize-window", "-x", "110", "-y", "24")
        gates[1].set()
        pane.until("item059")
        pane.run("send-keys", "-X", "cancel")
        gates[2].set()
        pane.until(" one  two")
        pane.keys("C-c")
        pane.until(r"interrupted\n+\$")
        pane.keys("stty -a > after; echo all is $((40 + 2))", "Enter")
        pane.until("all is 42")
        rows = pane.rows()
    seen = re.findall(r"item\d+", "\n".join(rows))
    assert list(dict.fromkeys(seen)) == [f"item{n:03}" for n in range(60)]
    assert len(seen) - 60 <= 12
    place = rows.index("[interrupted]")
    assert rows[place - 4 : place] == [" col  val", " ────────", " one  two", ""]
    assert rows[place + 1] == "aichat: groq openai/gpt-oss-120b: interrupted"
    assert "^C" not in "".join(rows)
    home = aichat.home
    size = re.compile(r"columns \d+")
    before, after = (size.sub("", (home / name).read_text()) for name in ("before", "after"))
    assert before == after
