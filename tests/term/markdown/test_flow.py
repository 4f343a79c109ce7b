"""Rows of a width, a piece at a time."""

import pytest
from rich.style import Style

from aichat.term.markdown.flow import Flow
from aichat.term.markdown.style import row_text

PLAIN = Style()


@pytest.mark.parametrize("char", ["x", "*", "é"])
def test_of_a_word_over_many_rows_a_frame_looks_at_the_end_only(char: str) -> None:
    flow = Flow(20)
    assert flow.feed([(char * 50_001, PLAIN)]) == []
    (row,) = flow.peek([("y", PLAIN)])
    shown = row_text(row)
    assert shown == char * (len(shown) - 1) + "y" and len(shown) < 1_000
    assert (50_001 - (len(shown) - 1)) % 20 == 0  # the terminal's rows begin where they did
    (whole,) = flow.end()
    assert row_text(whole) == char * 50_001
