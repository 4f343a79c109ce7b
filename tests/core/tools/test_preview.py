"""A call as it is shown: every character in sight, every row ours at its beginning."""

import re
from itertools import product

from aichat.core.tools.preview import (
    ASCII_MARKS,
    UNICODE_MARKS,
    Marks,
    fold_rows,
    shown_rows,
    visible,
    wrap_row,
    wrap_words,
)
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool
from tests.support.running.marks import one_test_of
from tests.support.values.hostile import HOSTILE_TEXTS, read_back

COMMAND = LocalTool("run_command", "", {}, subject="argv", subject_keys=("argv",))
FETCH = LocalTool("fetch_url", "", {}, subject="url", subject_keys=("url",))
REMOTE = LocalTool("box.send", "", {})


@one_test_of(*product(HOSTILE_TEXTS, (False, True), (UNICODE_MARKS, ASCII_MARKS)))
def test_what_is_shown_reads_back_as_what_runs(text: str, strict: bool, marks: Marks) -> None:
    shown = visible(text, marks, strict=strict)
    assert shown.isprintable()
    assert read_back(shown, marks) == text
    if marks is ASCII_MARKS:
        assert shown.isascii()


@one_test_of(*product(HOSTILE_TEXTS, (20, 40, 80, 160)))
def test_a_row_is_wrapped_by_us_and_loses_nothing(text: str, columns: int) -> None:
    shown = visible(text)
    rows = wrap_row(shown, columns)
    assert all(sum(1 if c.isascii() else 2 for c in row) <= columns + 16 for row in rows)
    assert rows[0] + "".join(row.removeprefix("↪ ") for row in rows[1:]) == shown


def test_the_words_of_a_command_stand_alone_and_a_program_is_spelled_out() -> None:
    rows = shown_rows(COMMAND, {"cwd": "a", "argv": ["gіt", "log", "--x\n# ok"]})
    assert rows == ["gі‹U+0456›t", "log", "--x⏎# ok", "cwd: a"]


def test_a_host_that_is_written_otherwise_is_shown_as_it_is_dialled() -> None:
    rows = shown_rows(FETCH, {"url": "https://exаmple.org/"})
    assert rows == ["url: https://exа‹U+0430›mple.org/", "  its host is xn--exmple-4nf.org"]


def test_a_description_of_the_call_is_an_argument_like_others() -> None:
    rows = shown_rows(REMOTE, {"description": "harmless", "to": ["a", 1]})
    assert rows == ["description: harmless", 'to: ["a", 1]']


def test_a_preview_stands_in_place_of_what_it_comes_of() -> None:
    subject = Subject(preview=("-a\n", "+b\x1b\n"), preview_of="text")
    assert shown_rows(REMOTE, {"path": "p", "text": "b"}, subject) == [
        "path: p",
        "-a",
        "+b‹U+001B›",
    ]


def test_accents_stand_on_letters_and_are_few() -> None:
    """What would stand on our gutter, strike a word out or pile up over rows has its number."""
    for plain in ("e\u0301", "Vie\u0323\u0302t", "ไม่", "हिन्दी", "स्त्री", "ئۇيغۇرچە"):
        assert visible(plain) == plain
    assert visible("\u0301x") == "‹U+0301›x"
    assert visible("-\u0338 \u0301") == "-‹U+0338› ‹U+0301›"
    assert visible("l\u0336s\u20dd") == "l‹U+0336›s‹U+20DD›"
    assert visible("e" + "\u0301" * 5) == "e" + "\u0301" * 3 + "‹U+0301›" * 2
    assert wrap_row("abe\u0301", 4) == ["ab", "↪ e\u0301"]


def test_a_long_call_is_folded_after_eleven_rows() -> None:
    rows = [f"row {n}" for n in range(40)]
    fold = fold_rows(rows)
    assert (len(fold.rows), fold.more_rows) == (11, 29)
    assert fold.more_size == sum(map(len, rows[11:]))
    assert fold_rows(rows[:12]).more_rows == 0


def test_spaces_that_push_something_out_of_sight_are_counted() -> None:
    assert visible("a" + " " * 9 + "b  ") == "a‹9 spaces›b‹2 spaces›"
    assert visible("a" + " " * 8 + "b") == "a" + " " * 8 + "b"
    assert visible("") == "‹empty›"
    assert re.fullmatch(r"‹U\+2039›", visible("‹"))


#: Printable to Python, and blank to whoever looks; and neighbours of theirs that are seen.
BLANK = (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0x180B, 0x180E)
BLANK += (0xFE00, 0xFE0F, 0xE0100, 0xE01EF)
SEEN = (0x115E, 0x1161, 0x17B3, 0x2801, 0x3163, 0x3165, 0xFFA1, 0x180A, 0x1810, 0xFE10)


def test_what_is_blank_is_shown_by_its_number() -> None:
    assert [visible(f"a{chr(n)}") for n in BLANK] == [f"a‹U+{n:04X}›" for n in BLANK]
    assert [visible(f"a{chr(n)}") for n in SEEN] == [f"a{chr(n)}" for n in SEEN]


def test_each_row_fits_the_terminal_and_goes_on_with_its_mark() -> None:
    assert wrap_row("abcdef", 6) == ["abcdef"]
    assert wrap_row("abcdefghijkl", 6) == ["abcdef", "↪ gh", "↪ ij", "↪ kl"]
    assert wrap_row("abcdefgh", 6, ASCII_MARKS) == ["abcdef", "^ gh"]


def test_foreign_words_are_broken_between_words() -> None:
    assert wrap_words("one two three four five six", 24) == ["one two three four", "↪ five six"]
    assert wrap_words("one two", 24) == ["one two"]
    assert wrap_words("éa éa " * 4, 32) == ["éa éa éa éa éa éa éa", "↪ éa"]


def test_a_short_call_has_no_more() -> None:
    assert fold_rows(["a"]) == (("a",), 0, 0)
