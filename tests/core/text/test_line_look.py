"""Lines of ours: their label stands out, and nothing else of them."""

import pytest

from aichat.core.text.line_look import line_role, paint_line
from aichat.core.text.theme import PLAIN, find_theme

THEME = find_theme("dark", "unknown")
DIM, YELLOW, RED, END = "\x1b[2m", "\x1b[33m", "\x1b[1;91m", "\x1b[0m"

LINES = [
    ("aichat: warning: no room", "text", f"aichat: {YELLOW}warning{END}: no room"),
    ("error: no", "text", f"{RED}error{END}: no"),
    ("aichat:\n  warning: no", "text", f"aichat:\n  {YELLOW}warning{END}: no"),
    ("warning: a\n  b", "dim", f"{YELLOW}warning{END}{DIM}: a{END}\n{DIM}  b{END}"),
    ("aichat: nothing found", "dim", f"{DIM}aichat: nothing found{END}"),
    ("groq: error: it said so", "text", "groq: error: it said so"),
    ("errors: 3", "text", "errors: 3"),
    ("  error: a hint", "text", "  error: a hint"),
]


@pytest.mark.parametrize(("line", "role", "painted"), LINES)
def test_the_label_alone_has_its_look_and_every_row_its_own(line, role, painted) -> None:  # type: ignore[no-untyped-def]
    assert paint_line(line, THEME, role) == painted
    assert paint_line(line, PLAIN, role) == line


def test_a_line_of_one_look_has_that_of_its_label() -> None:
    assert line_role("aichat: warning: no room") == "warning"
    assert line_role("aichat: nothing found") == "dim"
