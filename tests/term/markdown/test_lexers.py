"""Which lexers are safe: crafted lines over every one of Pygments', and what a name may load."""

import subprocess
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection

import pytest
from pygments.lexers._mapping import LEXERS
from pygments.token import Name, String

from aichat.term.markdown.code.highlight import Highlighter, token_styler
from aichat.term.markdown.code.lexers import MENDED, UNSAFE, find_lexer
from aichat.term.markdown.style import NO_STYLE
from tests.support.running.program import ROOT

STYLE = token_styler("ansi_dark")

SIGNS = "aA0_ \t.,;:([{<*/\\\"'`#$@!-+=%&|~^?>)]}"
PAIRS = (
    "a ",
    "a.",
    "a(",
    'a"',
    "a\\",
    "0.",
    "/*",
    "(*",
    "<!",
    "\\a",
    '\\"',
    '"a',
    "a\t",
    "--",
    "a_",
)
HEADS = ("", "a ", '"', "'", "a = ")


def crafted(length: int) -> list[str]:
    return [
        head + (unit * length)[: length - len(head) - 1] + tail
        for unit in (*SIGNS, *PAIRS)
        for head in HEADS
        for tail in ("", "§")
    ]


def test_a_name_that_nobody_has_loads_nothing_and_a_known_one_little() -> None:
    script = (
        "import sys\n"
        "from aichat.term.markdown.code.lexers import find_lexer\n"
        "before = set(sys.modules)\n"
        "assert find_lexer('nonsense') is None and find_lexer('notmuch') is None\n"
        "none = len(set(sys.modules) - before)\n"
        "assert find_lexer('Python') and find_lexer('html')\n"
        "print(none, len(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    none, some = map(int, done.stdout.split())
    assert none == 0 and some <= 12


def test_the_list_names_lexers_that_there_are() -> None:
    assert LEXERS.keys() >= UNSAFE | MENDED and not UNSAFE & MENDED


@pytest.mark.parametrize("name", ["notmuch", "easytrieve", "autoit", "fan", "mcschema"])
def test_code_in_a_language_that_is_not_safe_is_plain(name: str) -> None:
    assert find_lexer(name) is None
    assert Highlighter(name, STYLE).line('"' + "\\" * 300) == [('"' + "\\" * 300, NO_STYLE)]


@pytest.mark.parametrize("name", sorted(MENDED))
def test_a_mended_lexer_colours_strings_and_is_quick_where_one_does_not_end(name: str) -> None:
    lines = Highlighter(LEXERS[name][2][0], STYLE)
    begin = time.process_time()
    for text in ('"' + "\\" * 480, "'" + "\\" * 480, '"' + "\\a" * 240, '"' + "\\1" * 240):
        assert "".join(piece for piece, _ in lines.line(text, keep=False)) == text
    assert time.process_time() - begin < 0.25
    for text in (r'"a\\" b', r'"a\"b"', '"plain"'):
        kinds = {kind for kind, piece in lines.tokens(text, keep=False) if "a" in piece}
        assert all(kind in String or kind in Name for kind in kinds), (text, kinds)


def test_fish_and_scala_are_coloured() -> None:
    for name, line in (("fish", 'set -x name "a b"'), ("scala", 'val name: String = "a b"')):
        assert sum(style != NO_STYLE for _, style in Highlighter(name, STYLE).line(line)) >= 2


def test_after_a_line_that_took_too_long_the_block_is_plain() -> None:
    times = iter((0.0, 0.01, 1.0, 1.5))
    lines = Highlighter("python", STYLE, lambda: next(times))
    assert any(style for _, style in lines.line("def f():"))
    assert any(style for _, style in lines.line("def f():"))
    assert lines.line("def f():") == [("def f():", NO_STYLE)]


def test_a_long_line_is_plain_and_the_next_is_not() -> None:
    lines = Highlighter("python", STYLE)
    assert lines.line("def " * 200) == [("def " * 200, NO_STYLE)]
    assert any(style for _, style in lines.line("def f():"))


def _lex_all(name: str, line: Connection) -> None:
    for text in crafted(500):
        lines = Highlighter(name, STYLE)
        begin = time.process_time()
        lines.line(text)
        line.send((text, time.process_time() - begin))
    line.close()


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [name for name in LEXERS if name not in UNSAFE and LEXERS[name][2]]
)
def test_no_crafted_line_costs_much_in_a_language_that_is_safe(name: str) -> None:
    alias = LEXERS[name][2][0]
    Highlighter(alias, STYLE).line("x")
    reader, writer = get_context("fork").Pipe(duplex=False)
    child = get_context("fork").Process(target=_lex_all, args=(alias, writer))
    child.start()
    writer.close()
    try:
        while reader.poll(10):
            text, seconds = reader.recv()
            assert seconds < 0.25, (text, seconds)
        raise AssertionError(f"{name} hangs")
    except EOFError:
        pass
    finally:
        child.kill()
        child.join()
