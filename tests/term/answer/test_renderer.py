"""The live region: what is written, when, and what happens when something goes wrong."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.text.theme import PLAIN
from aichat.term.answer.renderer import Renderer
from aichat.term.answer.style import RenderStyle
from aichat.term.markdown.rows import Layout
from tests.term.rendering import Clock, Stage, chunks, lines, once
from tests.term.texts import readmes
from tests.term.vt import Terminal

TEXT = (
    "# Title\n\nSome **bold** words.\n\n- one\n- two\n\n```python\nx = 1\ny = 2\n```\n\nThe end.\n"
)
LIST = "".join(f"- item {n} has some words that are long enough to wrap\n" for n in range(40))
PROSE = " ".join(f"word{n}" for n in range(400))
CODE = "```\n" + "".join(f"line {n} {'.' * 60}\n" for n in range(60)) + "```\n"


def test_the_first_word_is_shown_at_once() -> None:
    stage = Stage()
    stage.renderer.feed("Hel")
    assert stage.terminal.text() == ["Hel"]


def test_frames_keep_their_distance_and_tick_shows_the_rest() -> None:
    stage = Stage()
    stage.renderer.feed("Hel")
    stage.renderer.feed("lo")
    assert stage.terminal.text() == ["Hel"]
    stage.clock.now = 0.034
    stage.renderer.tick()
    assert stage.terminal.text() == ["Hello"]


def test_a_slow_frame_puts_the_next_one_off_but_not_for_long() -> None:
    clock, terminal = Clock(), Terminal(80, 24)
    slow = [0.01]

    def write(text: str) -> None:
        clock.now += slow[0]
        terminal.write(text)

    renderer = Renderer(write, lambda: (80, 24), clock, RenderStyle())
    renderer.feed("a ")
    for cost, wait in ((0.01, 0.08), (0.2, 0.25)):
        slow[0] = cost
        renderer.feed("b")
        clock.now += wait
        renderer.tick()
    assert terminal.text() == ["a bb"]


def test_a_frame_is_one_write_and_appended_text_is_written_alone() -> None:
    sent: list[str] = []
    clock = Clock()
    renderer = Renderer(sent.append, lambda: (80, 24), clock, RenderStyle())
    for piece in ("One", " two", " three\n", "\n", "x"):
        renderer.feed(piece)
        clock.now += 1
    first, *appended, last = sent
    assert appended == [" two", " three", "\n"]
    for text in (first, last):
        assert text.startswith("\x1b[?2026h") and text.endswith("\x1b[?2026l")


def test_a_row_of_marks_is_held_so_that_no_heading_flashes() -> None:
    stage = Stage()
    for piece in ("Words\n", "-", "--"):
        stage.play([piece], 1.0)
        assert stage.terminal.text() == ["Words"]
        assert "35" not in stage.terminal.cells()[0][0].style


@pytest.mark.parametrize("rows", [3, 10, 24, 60])
def test_the_live_region_is_small(rows: int) -> None:
    stage = Stage(rows=rows)
    stage.play(chunks(PROSE, 40), 1.0)
    assert len(stage.terminal.lines) <= min(rows - 1, 12)


def test_a_tall_table_shows_its_head_and_its_last_rows() -> None:
    stage = Stage().play(["|a|b|\n|-|-|\n", "".join(f"|{n}|x|\n" for n in range(40))], 1.0)
    shown = stage.terminal.text()
    assert shown[:2] == [" a   b", " ─────"] and shown[-1] == " 39  x" and len(shown) <= 12


def test_a_status_is_shown_below_and_leaves_no_trace() -> None:
    stage = Stage().play(["Words"], 1.0)
    stage.renderer.set_status("⠋ 3 s\nthinking")
    assert stage.terminal.text() == ["Words", "⠋ 3 s", "thinking"]
    stage.clock.now += 1
    stage.play([" and"], 1.0)
    assert stage.terminal.text() == ["Words and", "⠋ 3 s", "thinking"]
    stage.renderer.set_status(None)
    assert stage.terminal.text() == ["Words and"]
    stage.renderer.set_status("again")
    assert stage.close().terminal.text() == ["Words and"]


def test_a_status_is_clipped_and_cannot_write_controls() -> None:
    stage = Stage(30)
    stage.renderer.set_status("\x1b[2J" + "x" * 100)
    assert stage.terminal.text() == ["␛[2J" + "x" * 26]


def test_a_printed_line_stands_in_the_scrollback_in_its_order() -> None:
    stage = Stage()
    stage.renderer.print_line("searching \x1b[2J", "dim")
    stage.renderer.print_line("reading")
    stage.play(["First.\n\nSecond"], 1.0)
    stage.renderer.print_line("[1] source")
    stage.play([" is open.\n\nThird."], 1.0).close()
    expected = ["searching ␛[2J", "reading", "", "First.", "", "[1] source", "", "Second is open."]
    assert stage.terminal.text() == [*expected, "", "Third."]
    assert stage.terminal.cells()[0][0].style == "2"


def test_without_a_live_region_only_finished_rows_are_written_and_no_control() -> None:
    sent: list[str] = []
    renderer = Renderer(sent.append, lambda: (80, 24), Clock(), RenderStyle(PLAIN, live=False))
    for piece in chunks(TEXT, 3):
        renderer.feed(piece)
    renderer.close()
    assert "\x1b" not in "".join(sent)
    assert "".join(sent).rstrip("\n").split("\n") == [line.rstrip() for line in lines(once(TEXT))]


def test_without_colours_there_are_no_styles() -> None:
    assert {cell.style for row in once(TEXT, look=RenderStyle(PLAIN)) for cell in row} == {""}


def test_text_is_wrapped_at_the_width_that_was_asked_for() -> None:
    assert max(map(len, lines(once(PROSE, 80, RenderStyle(wrap=40))))) <= 40


WRAPPED = f"""\
# {PROSE[:100]}

{PROSE} **and** {PROSE[:90]}
a last line

- an item with words enough for a second row
> a quote with words enough for a second row

```
{"code " * 20}
```

|a|b|
|-|-|
|some words|{"word " * 20}|
"""


@pytest.mark.parametrize("size", [3, 10_000])
def test_the_terminal_wraps_paragraphs_and_headings_where_it_is_asked_to(size: int) -> None:
    stage = Stage(40, look=RenderStyle(wrap="terminal")).play(chunks(WRAPPED, size), 0.3).close()
    first, rest = stage.terminal.logical_text()[:4], stage.terminal.logical_text()[4:]
    assert first == [
        *(f"# {PROSE[:100]}", "", f"{PROSE} and {PROSE[:90]} a last line".replace("  ", " "), ""),
    ]
    assert rest == Stage(40).play([WRAPPED]).close().terminal.logical_text()[-len(rest) :]
    assert rest[1].startswith("   ")


def test_a_paragraph_that_the_terminal_wraps_is_live_like_any_other() -> None:
    stage = Stage(20, 8, RenderStyle(wrap="terminal"))
    stage.play([PROSE[:70]], 1.0)
    assert stage.terminal.text() == [
        PROSE[:70][place : place + 20].rstrip() for place in (0, 20, 40, 60)
    ]
    assert not any(line.wrapped for line in stage.terminal.lines)
    stage.play([" end\n\n"], 1.0)
    assert stage.terminal.logical_text() == [f"{PROSE[:70]} end"]
    assert sum(line.wrapped for line in stage.terminal.lines) == 3


def test_of_a_very_long_paragraph_nothing_is_lost_where_the_terminal_wraps() -> None:
    text = " ".join(f"word{n}" for n in range(10_000))
    stage = Stage(look=RenderStyle(wrap="terminal")).play(chunks(text, 3000), 1.0).close()
    assert not stage.broken
    assert "".join("".join(stage.terminal.logical_text()).split()) == "".join(text.split())
    assert len(stage.terminal.logical_text()) == len(text) // 65_536 + 1


@pytest.mark.parametrize("columns", [1, 2, 10, 19])
@pytest.mark.parametrize("rows", [1, 2, 24])
def test_below_20_columns_the_text_is_as_it_was_written(columns: int, rows: int) -> None:
    sent: list[str] = []
    renderer = Renderer(sent.append, lambda: (columns, rows), Clock(), RenderStyle())
    for piece in chunks(TEXT, 7):
        renderer.feed(piece)
    renderer.close()
    assert "".join(sent) == TEXT


@pytest.mark.parametrize("columns", [20, 21, 33])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_small_screens_are_enough(columns: int, rows: int) -> None:
    stage = Stage(columns, rows).play(chunks(TEXT, 5)).close()
    assert stage.terminal.cells() == once(TEXT, columns)


def test_a_terminal_that_gets_wide_again_gets_markdown_again() -> None:
    stage = Stage().play(["One **two**\n\n"])
    stage.terminal.resize(10, 24)
    stage.play(["**a** b\nc\n\n"])
    stage.terminal.resize(80, 24)
    stage.play(["**d**\n\n", "**e**\n\n", "**f**"]).close()
    shown = "\n".join(stage.terminal.text())
    assert shown.startswith("One two\n") and "**a** b\nc\n" in shown and shown.endswith("\nf")


WORDS = [f"word{n}" for n in range(300)]
SHAPES = {
    "prose": " ".join(WORDS),
    "list": "".join(f"- {a} {b} {a} {b} {a} {b} {a}\n" for a, b in zip(WORDS, WORDS, strict=True)),
    "code": "```\n" + "".join(f"{word} {'.' * 60}\n" for word in WORDS) + "```\n",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reflows", [True, False])
def test_resizing_loses_nothing_and_repeats_at_most_the_live_region(
    shape: str, reflows: bool
) -> None:
    stage = Stage(look=RenderStyle(reflows=reflows))
    stage.terminal.reflows = reflows
    pieces = list(chunks(SHAPES[shape], 20))
    third = len(pieces) // 3
    for columns, some in ((50, pieces[:third]), (110, pieces[third : 2 * third])):
        stage.play(some, 0.05)
        stage.terminal.resize(columns, 24)
    stage.play(pieces[2 * third :], 0.05).close()
    assert not stage.broken
    shown = "".join("".join(row) for row in stage.terminal.text())
    for word in SHAPES[shape].split():
        if word.startswith("word"):
            assert word in shown
    # two changes of size, each may leave the live region behind once
    assert shown.count("word") <= SHAPES[shape].count("word") + 2 * 12 * 8


class SomeError(Exception):
    """Something that nobody thought of."""


@pytest.mark.parametrize("after", range(7))
@pytest.mark.parametrize("where", ["rows", "peek"])
def test_a_fault_of_ours_shows_the_rest_as_it_was_written(
    where: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = getattr(Layout, where), [0]

    def failing(self: Layout, *arguments: object) -> object:
        calls[0] += 1
        if calls[0] > after:
            raise SomeError
        return real(self, *arguments)

    monkeypatch.setattr(Layout, where, failing)
    stage = Stage().play(chunks(TEXT, 4), 1.0).close()
    assert stage.broken
    shown = "\n".join(stage.terminal.text())
    for word in ("Title", "Some", "bold", "words", "one", "two", "x = 1", "y = 2", "The end"):
        assert shown.count(word) == 1, (word, shown)


def test_what_write_raises_passes_through() -> None:
    def write(_text: str) -> None:
        raise BrokenPipeError

    renderer = Renderer(write, lambda: (80, 24), Clock(), RenderStyle())
    with pytest.raises(BrokenPipeError):
        renderer.feed("x")


def test_every_line_of_code_stands_once_in_what_remains() -> None:
    shown = "\n".join(lines(once(CODE)))
    stage = Stage().play(chunks(CODE, 9)).close()
    assert "\n".join(stage.terminal.text()) == shown
    assert all(shown.count(f"line {n} .") == 1 for n in range(60))


def test_what_is_written_stays_near_what_one_render_writes() -> None:
    text = max(readmes().values(), key=len)[:12_000]
    whole, stream = Stage().play([text]).close(), Stage().play(chunks(text, 4), 0.005).close()
    assert stream.terminal.written < 4 * whole.terminal.written


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from((20, 30, 50, 80, 110)), st.integers(1, 30)), max_size=5))
def test_any_sequence_of_sizes_is_survived(sizes: list[tuple[int, int]]) -> None:
    stage = Stage()
    pieces = list(chunks(TEXT * 2, 11))
    for number, piece in enumerate(pieces):
        stage.play([piece], 0.05)
        if number < len(sizes):
            stage.terminal.resize(*sizes[number])
    stage.close()
    assert not stage.broken
    shown = " ".join(stage.terminal.text())
    assert shown.count("The end.") >= 2


def test_a_frame_in_the_middle_of_a_chunk_puts_no_lines_together_that_are_not() -> None:
    written: list[str] = []
    stage = Stage()
    stage.renderer._write = lambda text: (written.append(text), stage.terminal.write(text))
    stage.play(["Done.\n\nHello wor"])
    assert written and not any("Done. Hello" in text for text in written)


def test_it_works_for_a_moment_only_and_goes_on_when_it_is_told_to() -> None:
    text = "- some **words** of an item\n" * 2000
    stage = Stage()
    stage.renderer._clock = time.perf_counter
    begin = time.perf_counter()
    stage.renderer.feed(text)
    assert stage.renderer.is_behind and time.perf_counter() - begin < 1
    while stage.renderer.is_behind:
        stage.renderer.tick()
    assert stage.close().terminal.cells() == once(text)


def test_what_takes_too_long_is_shown_as_it_was_written() -> None:
    text = "- some **words** of an item\n" * 2000
    stage = Stage()
    stage.renderer._clock, seconds = time.perf_counter, itertools.count(0, 4)
    stage.renderer._cpu = lambda: float(next(seconds))
    stage.renderer.feed(text)
    stage.close()
    rows = stage.terminal.text()
    assert len(rows) == 2000 and rows[0] == " • some words of an item"
    assert rows[-1] == "- some **words** of an item"
    assert stage.play(["more"]).close().terminal.text()[-1] == "more"


def test_lines_beside_the_text_keep_their_place_while_it_is_behind() -> None:
    stage = Stage()
    stage.renderer._clock = time.perf_counter
    stage.renderer.feed("one two three\n\n" * 3000)
    assert stage.renderer.is_behind
    stage.renderer.print_line("beside")
    stage.renderer.feed("last")
    assert stage.close().terminal.text()[-4:] == ["", "beside", "", "last"]


#: What an answer was cut behind, what follows, and what is drawn of that.
RESUMED = {
    "its blocks of code count on": (
        "```py\na\n```\nand",
        "\n```js\nb\n```\n",
        ["── js · 2 ──", "b"],
    ),
    "in an open block the rest is code": (
        "> x\n\n```py\na = 1\n",
        "# b\n```\n*c*",
        ["# b", "", "c"],
    ),
    "in a paragraph a new one begins": ("# Title\nsome w", "ords", ["ords"]),
    "what would be drawn again is not": ("* a\n* b\n* ", "c", ["c"]),
}


@pytest.mark.parametrize("name", RESUMED)
def test_an_answer_that_goes_on_goes_on_from_what_stands_above(name: str) -> None:
    begun, rest, rows = RESUMED[name]
    stage = Stage()
    stage.renderer.resume(begun)
    stage.play([rest]).close()
    assert lines(stage.terminal.cells()) == rows and not stage.broken
