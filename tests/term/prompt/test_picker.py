"""A list to choose from: what is typed, what is seen of it, what is taken."""

import io
import re
from collections.abc import Sequence

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from aichat.core.cli.candidate import Choice
from aichat.core.text.cells import text_width
from aichat.core.text.theme import find_theme
from aichat.term.prompt.picker import Picker, numbered_lines, pick_one

FEW = [Choice("left", "a side"), Choice("right", "the other"), Choice("r2", "1 more")]
MANY = [Choice(f"model-{n}", f"${n}.00", f"Model {n}" if n % 2 else "") for n in range(1, 41)]
DARK = find_theme("dark", "unknown")


def taken(keys: str, choices: Sequence[Choice] = FEW, current: int = 0) -> int | None:
    """What the keys choose; the last of them ends it."""
    with create_pipe_input() as given:
        given.send_text(keys)
        return pick_one("which?", Picker(choices, current), DARK, (given, DummyOutput()))


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("\r", 0),
        ("2\r", 1),
        ("\x1b[B\x1b[B\x1b[B\x1b[A\r", 1),  # past the end it stays there
        ("\x1b[A\r", 0),
        ("other\r", 1),
        ("more 1\r", 2),
        ("zzz\r\x7f\x7f\x7f\x1b[B\r", 1),  # nothing fits: Enter takes nothing
        ("9\r\x7f3\r", 2),
        ("\x1b[200~the\nother\x1b[201~\r", 1),
        ("\x1b", None),
        ("ri\x03", None),
        ("\x04", None),
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\r", 0),  # what a terminal says is no key
    ],
)
def test_enter_takes_what_is_at_hand_and_escape_nothing(keys: str, place: int | None) -> None:
    assert taken(keys) == place


@pytest.mark.parametrize(
    ("keys", "place"),
    [("\r", 6), ("12\r", 11), ("3 model\r", 2), ("\x1b[6~\r", 14), ("\x1b[5~\r", 0)],
)
def test_of_many_a_number_is_a_word_and_the_one_that_holds_is_at_hand(
    keys: str, place: int
) -> None:
    assert taken(keys, MANY, 6) == place


def drawn(picker: Picker, columns: int = 60) -> list[str]:
    return fragment_list_to_text(picker.rows(columns)).split("\n")


def test_nine_rows_are_seen_and_where_in_all_they_are() -> None:
    picker = Picker(MANY, 20)
    rows = drawn(picker)
    assert len(rows) == 10 and rows[-1] == "  21 of 40"
    assert [row for row in rows if row.startswith("›")] == ["› Model 21  $21.00"]
    picker.move(-100)
    assert drawn(picker)[0] == "› Model 1   $1.00" and len(drawn(picker)) == 10
    picker.type("7")
    assert [row.split()[-2] for row in drawn(picker)] == [
        "7",
        "model-17",
        "27",
        "model-37",
    ] or drawn(picker)
    picker.type("nothing of the kind")
    assert drawn(picker) == ["  nothing fits; Backspace shows more"] and picker.place is None


def test_few_are_numbered_and_the_row_at_hand_has_a_mark() -> None:
    picker = Picker(FEW)
    picker.move(1)
    assert drawn(picker) == ["  1  left   a side", "› 2  right  the other", "  3  r2     1 more"]


def test_what_is_typed_is_marked_in_the_rows_beside_the_one_at_hand() -> None:
    picker = Picker(FEW)
    picker.type("r")
    styles = [(style, text) for style, text, *_ in picker.rows(60)]
    assert ("class:picker.typed", "r") in styles
    assert ("class:picker.chosen", "› 2  right  the other") in styles


@pytest.mark.parametrize("columns", range(12, 60, 7))
def test_no_row_is_wider_than_the_terminal_and_none_drives_it(columns: int) -> None:
    foreign = [
        Choice("a" * 50, "b" * 50),
        Choice("\x1b[31m\u202e", "\n\x9b"),
        Choice("\u65e5" * 30, ""),
    ]
    rows = drawn(Picker(foreign), columns)
    assert len(rows) == 3 and all(text_width(row) <= columns for row in rows)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", "".join(rows))


def test_nothing_is_left_of_it_and_it_takes_neither_screen_nor_mouse() -> None:
    with create_pipe_input() as given:
        given.send_text("2\r")
        written = io.StringIO()
        screen = Vt100_Output(written, lambda: Size(rows=24, columns=80), enable_cpr=False)
        assert pick_one("which?", Picker(FEW), DARK, (given, screen)) == 1
    raw = written.getvalue()
    assert "which?" in raw and "the other" in raw
    assert not re.search(r"\x1b\[\?(1049|47|100\d|1015)h", raw)
    assert re.search(r"\x1b\[J(\x1b[^A-Za-z]*[A-Za-z]|\x1b8|\r)*\Z", raw), raw[-80:]


def test_where_no_menu_can_be_drawn_the_choices_are_lines_with_numbers() -> None:
    given = [Choice("k3f9", "    now · 1 question", "A title"), Choice("plain")]
    assert [*numbered_lines(given)] == ["  1  A title  now · 1 question", "  2  plain"]


def test_the_help_has_room_before_long_names_have_and_none_in_a_narrow_window() -> None:
    long = [Choice("n" * 50, "h" * 20), Choice("short", "help")]
    assert drawn(Picker(long), 60)[1] == f"  2  {'short':<33}  help"
    assert drawn(Picker(long), 60)[0] == f"› 1  {'n' * 32}…  {'h' * 20}"
    assert drawn(Picker(long), 40)[0] == f"› 1  {'n' * 34}…"
    assert drawn(Picker(long), 40)[1].rstrip() == "  2  short"
