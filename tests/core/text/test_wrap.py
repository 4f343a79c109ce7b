"""Lines of ours in a terminal's width."""

import ast
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aichat.cli.dispatch import COMMANDS
from aichat.core.text.cells import text_width
from aichat.core.text.wrap import HANG, wrap, wrap_entries, wrap_entry, wrap_items
from tests.support.running.program import ROOT

WORDS = st.one_of(
    st.sampled_from(("aichat keys set groq", "(https://example.org/a/long/path)", "日本語", "~/x")),
    st.text("abcé日 \t\n'/-", min_size=1, max_size=12),
)
TEXTS = st.lists(WORDS, max_size=30).map(" ".join)
COLUMNS = st.integers(30, 120)
HANGS = st.none() | st.integers(0, 60)


@given(TEXTS, COLUMNS, HANGS)
def test_no_word_is_lost_or_broken(text: str, columns: int, hang: int | None) -> None:
    lines, before = wrap(text, columns, hang), text.split("\n")
    assert lines.split() == text.split()
    assert len(lines.split("\n")) >= len(before)


@given(TEXTS, COLUMNS, HANGS)
def test_wrapping_again_changes_nothing(text: str, columns: int, hang: int | None) -> None:
    once = wrap(text, columns, hang)
    assert wrap(once, columns, hang) == once


@given(st.lists(st.text("abcé日", min_size=1, max_size=9), max_size=40), COLUMNS)
def test_no_line_is_wider_where_every_word_has_room(words: list[str], columns: int) -> None:
    rows = wrap(" ".join(words), columns).split("\n")
    assert all(text_width(row) <= columns for row in rows)
    assert all(row.startswith(" " * HANG) and row[HANG] != " " for row in rows[1:])
    for row, below in pairwise(rows):  # and as much stands on one as can
        assert text_width(row) + 1 + text_width(below.split()[0]) > columns


@given(TEXTS, COLUMNS)
def test_what_fits_stays_as_it_is(text: str, columns: int) -> None:
    for line in text.expandtabs().split("\n"):
        if text_width(line) <= columns:
            assert wrap(line, columns) == line


@pytest.mark.parametrize(
    ("text", "hang", "rows"),
    [
        ("a word that is longer than twenty", None, ["a word that is", "  longer than twenty"]),
        ("  a hint is a line that is long", None, ["  a hint is a line", "    that is long"]),
        ("  1  a title of many words in it", 5, ["  1  a title of many", "    words in it"]),
        (
            "see https://example.org/a/b/c now",
            None,
            ["see", "  https://example.org/a/b/c", "  now"],
        ),
        ("one\n\ntwo", None, ["one", "", "two"]),
        ("日本語 日本語 日本語 日本語", None, ["日本語 日本語 日本語", "  日本語"]),
        (
            "\x1b[1mbold words\x1b[0m and others too",
            None,
            ["\x1b[1mbold words\x1b[0m and", "  others too"],
        ),
        ("run: aichat keys set groq", None, ["run:", "  aichat keys set groq"]),
    ],
)
def test_a_line_of_20_columns(text: str, hang: int | None, rows: list[str]) -> None:
    assert wrap(text, 20, hang).split("\n") == rows


#: Sentences as our texts have them, and the command that stays on one line.
NAMED = {
    "check the key: aichat keys list says where it comes from": "aichat keys list",
    "see: aichat history list": "aichat history list",
    "or run: aichat keys set groq; aichat keys list": "aichat keys set groq;",
    "usage: aichat ask [OPTIONS] WORDS...": "aichat ask [OPTIONS] WORDS...",
    "example: aichat models --show sonnet": "aichat models --show sonnet",
    "aichat models --live asks the providers": "aichat models --live",
    "or aichat profiles set NAME KEY=VALUE makes one": "aichat profiles set NAME KEY=VALUE",
    "fix it with: aichat profiles edit (/a/b.toml)": "aichat profiles edit",
    "resume with: aichat chat -C k3f9": "aichat chat -C k3f9",
    "for example: aichat api openai GET /models": "aichat api openai GET /models",
    "see: aichat ask --help (use -- before words that start with a dash)": "aichat ask --help",
    "save it: aichat history export --all; then move it": "aichat history export --all;",
    "pip install 'aichat-shell[socks]' brings it": "pip install 'aichat-shell[socks]'",
    "(run: pip install --no-deps llm==0.1.2)": "pip install --no-deps llm==0.1.2)",
    "run: chmod 600 '/a folder/of mine'": "chmod 600 '/a folder/of mine'",
    "usage: /compare MODEL... [-- QUESTION]": "/compare MODEL... [-- QUESTION]",
    "the chat goes on; /model groq/x changes that": "/model groq/x",
    "first token 0.23 s, 0.29 s, 3002 tokens/s": "0.29 s,",
    "it cost ~0.000114 USD (so far)": "~0.000114 USD",
    "it is '/a folder/of mine', say": "'/a folder/of mine',",
}


@pytest.mark.parametrize("text", NAMED)
def test_a_command_stays_on_one_line(text: str) -> None:
    for columns in range(8, len(text) + 1):
        rows = wrap(text, columns).split("\n")
        assert any(NAMED[text] in row for row in rows), columns


def our_texts() -> set[str]:
    """Every string of the program that names a command of it."""
    name = re.compile(rf"\baichat ({'|'.join(COMMANDS)})\b")
    files = [path.read_text() for path in (ROOT / "aichat").rglob("*.py")]
    trees = [ast.parse(text) for text in files if name.search(text) or 'aichat "' in text]
    texts = {n.value for t in trees for n in ast.walk(t) if isinstance(n, ast.Constant)}
    scripts = ("\n#",)  # what a shell reads is wrapped by nobody
    said = (text for text in texts if isinstance(text, str) and not text.startswith(scripts))
    return {text for text in said if name.search(text)}


def test_every_command_that_we_name_is_known_as_one() -> None:
    found = our_texts()
    assert len(found) > 40
    for text in found:
        for name in re.findall(rf"\baichat (?:{'|'.join(COMMANDS)})\b", text):
            assert name in " ".join(row for row in wrap(text, 8).split("\n") if name in row), text


def test_a_text_stands_beside_its_label_or_below_it() -> None:
    entries = [("/help [COMMAND]", "list the commands, all of them"), ("/exit", "leave")]
    assert wrap_entries(entries, 60) == (
        "/help [COMMAND]  list the commands, all of them\n/exit            leave\n"
    )
    assert wrap_entries(entries, 40) == (
        "/help [COMMAND]  list the commands, all\n"
        "                 of them\n"
        "/exit            leave\n"
    )
    assert wrap_entries(entries, 30) == (
        "/help [COMMAND]\n  list the commands, all of\n    them\n/exit\n  leave\n"
    )


def test_lines_of_a_text_with_several_are_told_apart() -> None:
    text = "the first of two lines\nthe second, which is long"
    assert wrap_entry("limits", text, 8, 30) == (
        "limits  the first of two lines\n        the second, which is\n          long"
    )


@given(st.lists(st.tuples(TEXTS.map(str.strip), TEXTS), min_size=1, max_size=5), COLUMNS)
def test_entries_lose_no_word(entries: list[tuple[str, str]], columns: int) -> None:
    entries = [(" ".join(label.split())[:40], text) for label, text in entries]
    assert wrap_entries(entries, columns).split() == " ".join(map(" ".join, entries)).split()


def test_items_are_broken_only_between_them() -> None:
    items = ("v vision", "t tools", "r reasoning")
    assert wrap_items(items, 20) == ["v vision  t tools", "r reasoning"]
    assert wrap_items(items, 40, 2) == ["v vision  t tools  r reasoning"]
    assert wrap_items(items, 12, 2) == ["v vision", "  t tools", "  r reasoning"]
