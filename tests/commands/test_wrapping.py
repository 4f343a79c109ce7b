"""Every screen of ours at several widths: broken between words, and in a pipe one line each."""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import count

import pytest

from aichat.core.text.cells import text_width
from aichat.core.text.clock import Clock
from aichat.process.world import World
from tests.support.answering.answers import ScriptedCitation, responses_stream
from tests.support.answering.server import Reply, Server, chat_error, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import TERMINAL, Program
from tests.support.running.spending import fill_store
from tests.support.terminal.repl import Repl
from tests.support.terminal.terminal import Terminal

WIDTHS = (30, 40, 80, 120)
UNBROKEN = 10_000

#: What is never broken, where a text of ours has it.
COMMANDS = re.compile(
    r"aichat keys (?:set|remove) \w+|aichat (?:keys|history) list|aichat profiles edit"
    r"|aichat models(?: --live)?|aichat chat -C \w+|aichat ask --help|pip install '[^']+'"
    r"|https?://[^ )]+|/\w+(?: [A-Z.]+)? \[[^]]+\]"
)
STYLES = re.compile(r"\x1b\[[\d;]*m")

LONG_TITLE = "how do I find the harbour of Leith at low water when all the locks stay shut"
KEY = b"gsk_0123456789abcdefghij"

#: Words, stdin, and what is set: lines of prose, the same words at every width.
PROSE: dict[str, tuple[tuple[str, ...], bytes | None, dict[str, str]]] = {
    "an error with a hint": (("ask", "-p", "openai", "hello"), None, {}),
    "a bad option": (("ask", "--tempratur", "1", "hello"), None, {}),
    "an unknown model": (("ask", "-m", "groq/openai/gpt-oss-12b", "hello"), None, {}),
    "a warning": (("history", "list"), None, {"AICHAT_DATA_DIR": "/proc/nowhere/at/all"}),
    "the key": (("keys", "set", "groq"), KEY, {"GROQ_API_KEY": "gsk_other"}),
    "a profile": (("profiles", "set", "work", "temperature=0.2"), None, {}),
    "doctor": (("doctor", "--offline"), None, {}),
    "a search": (("history", "search", "harbour"), None, {}),
    "what would go": (("history", "prune", "--keep-size", "1", "--dry-run"), None, {}),
    "usage and remarks": (("ask", "--plain", "--usage", "--max-tokens", "2", "hi"), None, {}),
}

#: What differs between two runs: sizes, times and rates.
CHANGING = re.compile(r"[\d.]+ [KMG]B|\b\d{4,}\b|\d+\.\d s|\d+ tok/s|\d+x24|\d+ ms")

#: Tables: what they leave out at a width is theirs to say.
TABLES: tuple[tuple[str, ...], ...] = (
    ("history", "list"),
    ("keys", "list"),
    ("profiles", "list"),
    ("profiles", "show"),
    ("models", "-p", "groq"),
    ("models", "gpt"),
    ("models", "--show", "openai/gpt-oss-120b"),
    ("cost", "--by", "model", "--since", "all"),
    ("cost", "--since", "all"),
    ("cost", "--by", "conversation", "--since", "all"),
)


@pytest.fixture
def lived_in(aichat: Program) -> Iterator[Program]:
    """A home with conversations, costs and a profile."""
    aichat.write_config(
        'default_profile = "a-profile-of-a-long-name"\n[profiles.a-profile-of-a-long-name]\n'
        'provider = "groq"\nmodel = "openai/gpt-oss-120b"\n'
        'system = "Answer briefly, and say what you are not sure of, in the question\'s words"\n'
    )
    fill_store(aichat.data_dir)
    usage = {"prompt_tokens": 12_345, "completion_tokens": 678}
    answer = chat_stream(["Tides."], usage=usage, reasoning=["It is about tides. " * 9])
    with Server(default=answer) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke("ask", LONG_TITLE).code == 0
        yield aichat


def even_clock() -> Clock:
    """A clock by which no answer comes so fast that it has no rate, however it is read."""
    now = count(0.0, 0.3)
    return Clock(time.time, lambda: next(now), lambda seconds: None, lambda: 0.5)


def rows_of(aichat: Program, columns: int, name: str) -> list[str]:
    words, stdin, environ = PROSE[name]
    wide = {"COLUMNS": str(columns), "TERM": "dumb", **environ}
    done = aichat.invoke(*words, stdin=stdin, environ=wide, clock=even_clock(), **TERMINAL)
    return STYLES.sub("", done.text + done.stderr).splitlines()


def check_rows(rows: Sequence[str], whole: Sequence[str], columns: int) -> None:
    """Rows of a terminal hold what the whole lines do: every word and command in one piece."""
    assert " ".join(rows).split() == " ".join(whole).split()
    check_width(rows, columns)
    for line in whole:
        for command in COMMANDS.findall(line):
            assert any(command in row for row in rows), command
    begun = {line.split()[0] for line in whole if line.strip()}
    for row in rows:  # what goes on is indented: only a line's beginning stands at the edge
        assert not row.strip() or row.startswith(" ") or row.split()[0] in begun, row


def check_width(rows: Sequence[str], columns: int) -> None:
    for row in rows:
        if text_width(row) > columns:
            rest = COMMANDS.sub("x", re.sub("^[*!~x] ", "", row.strip()))  # a model has a mark
            assert " " not in rest, f"wider than {columns}: {row}"


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", PROSE)
def test_lines_are_broken_between_words(lived_in: Program, name: str, columns: int) -> None:
    rows = rows_of(lived_in, columns, name)
    whole = rows_of(lived_in, UNBROKEN, name)
    assert whole
    check_rows(
        [CHANGING.sub("_", row) for row in rows], [CHANGING.sub("_", row) for row in whole], columns
    )


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("words", TABLES, ids=" ".join)
def test_no_row_of_a_table_is_wider_than_the_terminal(
    lived_in: Program, words: tuple[str, ...], columns: int
) -> None:
    given = {"COLUMNS": str(columns), "TERM": "xterm"}
    rows = STYLES.sub("", lived_in.invoke(*words, environ=given, **TERMINAL).text).splitlines()
    assert rows
    check_width(rows, columns)


@pytest.mark.parametrize("name", PROSE)
def test_in_a_pipe_every_line_is_one(lived_in: Program, name: str) -> None:
    words, stdin, environ = PROSE[name]
    narrow, wide = (
        lived_in.invoke(
            *words, stdin=stdin, environ={"COLUMNS": columns, **environ}, clock=even_clock()
        )
        for columns in ("30", "10000")
    )
    assert CHANGING.sub("_", narrow.text) == CHANGING.sub("_", wide.text)
    assert CHANGING.sub("_", narrow.stderr) == CHANGING.sub("_", wide.stderr)
    begin = ("aichat:", "  ", *map(str, range(10)))  # figures begin with a number
    assert all(line.startswith(begin) for line in narrow.stderr.splitlines())


def test_sources_refusals_and_notices_stand_under_an_answer_in_its_width(aichat: Program) -> None:
    cited = (
        ScriptedCitation("https://tides.example/leith", "The tides at Leith, hour by hour"),
        ScriptedCitation("https://tides.example/a/long/address/of/one", "Another board", 6, 9),
    )
    reply = responses_stream(["Tides."], citations=cited)
    with Server(busy(), reply) as server:
        aichat.environ |= {"OPENAI_API_KEY": "sk-k", "AICHAT_OPENAI_BASE_URL": f"{server.url}/v1"}
        with Terminal(aichat, "ask", "-p", "openai", "--usage", "hi", size=(30, 24)) as terminal:
            assert terminal.wait_for_exit() == 0, terminal.shown_rows()
            rows = terminal.shown_rows()
    text = " ".join(" ".join(rows).split())
    assert "[1] The tides at Leith, hour by hour https://tides.example/leith" in text
    assert "  https://tides.example/leith" in rows
    assert "[2] Another board" in rows  # its address is wider than the terminal
    assert text.count("aichat:") == 1 and "to first" in text


def busy() -> Reply:
    """A server that has no room for a moment."""
    return chat_error(
        503, "there is no room for another request at this moment", headers={"retry-after": "0"}
    )


def test_a_line_of_progress_is_cut_to_its_row() -> None:
    err = BytesIO()
    clock = Clock(time.time, time.monotonic, time.sleep, lambda: 0.5)
    world = World({"COLUMNS": "30", "TERM": "xterm"}, None, None, err, False, False, clock)
    world._replace(stderr_tty=True).overwrite_line("aichat: downloading 日本語 " * 3)
    assert text_width(err.getvalue().decode().strip("\r").removesuffix("\x1b[K")) in (28, 29)


def test_stderr_is_as_wide_as_its_own_terminal(aichat: Program) -> None:
    with Terminal(
        aichat, "ask", "-p", "groq", "hi", size=(30, 24), streams={"stdout": subprocess.DEVNULL}
    ) as terminal:
        assert terminal.wait_for_exit() == 3
        rows = terminal.shown_rows()
    assert max(map(len, rows)) <= 30
    assert any("aichat keys set groq" in row for row in rows)


def test_a_question_is_wrapped_and_the_answer_stands_behind_it(lived_in: Program) -> None:
    with Terminal(lived_in, "history", "delete", "last", size=(30, 24)) as terminal:
        terminal.wait_for_text("[y/N]")
        terminal.type("n\r")
        assert terminal.wait_for_exit() == 2
        rows = terminal.shown_rows()
    assert "Delete permanently? [y/N] n" in rows
    assert " ".join(" ".join(rows).split()).count(LONG_TITLE[:55]) == 1


def unfold(rows: Sequence[str], whole: Sequence[str], columns: int) -> list[str]:
    """Rows in which the words that are longer than the terminal are in one piece again."""
    words, found = set(" ".join(whole).split()), [""]
    for row in rows:
        full = text_width(found[-1]) == columns and not row.startswith(" ")
        if full and found[-1].split()[-1] + row.split()[0] in words:
            found[-1] += row
        else:
            found.append(row)
    return found[1:]


#: What is typed into a chat, and what is said then.
SLASHES = ("/help", "/keys", "/find harbour", "/reasoning", "/cost", "/tokens", "/history", "/sett")


def shown_after(chat: Repl, line: str) -> list[str]:
    """The rows that a command has put between two prompts."""
    chat.wait_for_prompt()
    before = len(chat.screen_text.splitlines())
    chat.send_line(line).wait_for_prompt()
    rows = chat.screen_text.splitlines()
    start = max(n for n, row in enumerate(rows) if row == f"> {line}")
    assert start + 3 >= before - 2
    end = next(n for n in range(start + 1, len(rows)) if rows[n].startswith(">"))
    return [row for row in rows[start + 1 : end] if row]


@pytest.mark.parametrize("columns", [30, *map(long_case, (40, 80))])
def test_what_a_chat_says_is_broken_between_words(lived_in: Program, columns: int) -> None:
    found: dict[int, list[list[str]]] = {}
    for wide in (columns, 240):
        chat = Repl(lived_in, "chat", "-c", columns=wide)
        try:
            found[wide] = [shown_after(chat, line) for line in SLASHES]
        finally:
            chat.close()
    for line, rows, whole in zip(SLASHES, found[columns], found[240], strict=True):
        assert whole, line
        check_rows(unfold(rows, whole, columns), whole, columns)


@pytest.mark.parametrize("columns", [30, 45, 80])
@pytest.mark.parametrize("words", ["ask", "keys set", "api", "api groq"])
def test_no_row_of_a_help_page_is_wider_than_the_terminal_but_for_examples(
    aichat: Program, words: str, columns: int
) -> None:
    page = aichat.invoke(*words.split(), "--help", environ={"COLUMNS": str(columns)}).text
    head, found, rest = page.partition("  Examples:\n")
    assert found
    check_width([*head.splitlines(), *rest.partition("\n\n")[2].splitlines()], columns)
