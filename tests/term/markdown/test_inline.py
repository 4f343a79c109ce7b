"""Where a paragraph may be cut, and what importing the plain side costs."""

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.text.theme import find_theme
from aichat.term.markdown.inline.cuts import MAX_UNCUT, Scan, cut_place, scan
from aichat.term.markdown.inline.spans import spans
from aichat.term.markdown.lines import MAX_PIECE, LineSplitter
from aichat.term.markdown.style import Span, make_styles
from tests.support.running.program import ROOT
from tests.term.texts import WORDS

LOOK = make_styles(find_theme("dark", "dark"))
TEXTS = st.lists(st.sampled_from([*WORDS, "*a", "b*", "**c", "d**", "`e", "f`"]), max_size=30).map(
    " ".join
)


def merged(pieces: list[Span]) -> list[Span]:
    made: list[Span] = []
    for text, style in pieces:
        if made and made[-1][1] == style:
            made[-1] = (made[-1][0] + text, style)
        else:
            made.append((text, style))
    return made


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_at_a_safe_place_two_halves_read_as_the_whole(text: str) -> None:
    safe = scan(text).safe
    halves = spans(text[:safe], LOOK) + spans(text[safe:], LOOK)
    assert merged(halves) == merged(spans(text, LOOK))


@settings(deadline=None)
@given(TEXTS, st.integers(1, 9))
def test_a_scan_that_goes_on_finds_what_a_whole_one_finds(text: str, step: int) -> None:
    state = Scan()
    for end in range(step, len(text), step):
        state = scan(text[:end], state)
    assert scan(text, state).safe == scan(text).safe


def place_in(text: str) -> int:
    return cut_place(text, scan(text))


def test_nothing_is_cut_where_something_is_open_but_beyond_16_kb() -> None:
    assert place_in("**" + "word " * 1000) == 0
    assert 0 < place_in("**" + "word " * 4000) <= MAX_UNCUT
    assert place_in("a **b** c d") == len("a **b** c ")


@given(st.text(st.sampled_from("ab\n"), max_size=40), st.integers(1, 7))
def test_lines_do_not_depend_on_how_the_text_was_cut(text: str, step: int) -> None:
    whole, pieces = LineSplitter(), LineSplitter()
    found = [one for n in range(0, len(text), step) for one in pieces.feed(text[n : n + step])]
    assert (whole.feed(text), whole.tail) == (found, pieces.tail)


def test_a_long_line_comes_in_pieces_of_one_size() -> None:
    text = "x" * (2 * MAX_PIECE + 5) + "\n"
    whole, pieces = LineSplitter(), LineSplitter()
    found = [one for char in text for one in pieces.feed(char)]
    assert whole.feed(text) == found
    assert [(len(piece), ends) for piece, ends in found] == [
        (MAX_PIECE, False),
        (MAX_PIECE, False),
        (5, True),
    ]


def test_the_plain_side_needs_none_of_what_markdown_needs() -> None:
    script = (
        "import sys, aichat.term.answer.plain, aichat.term.markdown\n"
        "print(*{'rich', 'markdown_it', 'pygments'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_nothing_but_the_renderer_and_the_page_import_what_they_are_built_on() -> None:
    heavy = ("rich", "markdown_it", "pygments")
    users = {
        str(path.relative_to(ROOT / "aichat"))
        for path in (ROOT / "aichat").rglob("*.py")
        for line in path.read_text().splitlines()
        if line.strip().startswith(
            tuple(f"{how} {name}" for name in heavy for how in ("import", "from"))
        )
    }
    allowed = ("term/markdown/", "term/answer/", "term/html")
    assert all(user.startswith(allowed) for user in users)
