"""A curve made of characters."""

import pytest

from aichat.core.text.theme import PLAIN
from aichat.term.widgets.chart import ChartStyle
from aichat.term.widgets.curve import Series, draw_curve

STYLE = ChartStyle(25, PLAIN, blocks=False)


def test_a_curve_goes_down_from_its_highest_to_its_lowest() -> None:
    drawn = draw_curve({"loss": [(n, 9.0 - n) for n in range(10)]}, STYLE)
    rows = drawn.splitlines()
    assert rows[0] == "9 |*" and rows[9] == "0 |" + " " * 20 + "*"
    assert [row.rstrip()[-1] for row in rows[:10]] == ["*"] * 10
    assert rows[10] == "  +" + "-" * 21 and rows[11] == "   step 0" + " " * 14 + "9"
    assert rows[12] == "* loss" and len(rows) == 13


def test_two_curves_have_marks_of_their_own_and_many_steps_their_mean() -> None:
    train = [(n, 1.0 if n % 2 else 3.0) for n in range(1000)]
    drawn = draw_curve({"train": train, "valid": [(0, 4.0), (999, 0.0)]}, STYLE)
    rows = drawn.splitlines()
    assert rows[0] == "4 |o" and rows[9] == "0 |" + " " * 20 + "o"
    assert sum(row.count("*") for row in rows[4:6]) >= 19 and rows[-1] == "* train  o valid"


@pytest.mark.parametrize("points", [[], [(1, 1.0)]])
def test_no_curve_is_drawn_of_less_than_two_points(points: Series) -> None:
    assert draw_curve({"loss": points}, STYLE) == ""


def test_what_stays_as_it_is_is_a_line() -> None:
    rows = draw_curve({"loss": [(n, 2.0) for n in range(5)]}, STYLE).splitlines()
    assert rows[9].count("*") == 5 and not any("*" in row for row in rows[:9])
