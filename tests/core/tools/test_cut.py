"""A result that is cut: whole lines of its beginning and end, and what is left out is counted."""

import re

import pytest

from aichat.core.message.message import Text, ToolResult
from aichat.core.tools.cut import MOST_SENT, cut_result, cut_text, send_limit

LINES = "".join(f"line {n}\n" for n in range(100))


@pytest.mark.parametrize(
    ("context", "bytes_sent"),
    [(None, MOST_SENT), (1000, 400), (160_000, MOST_SENT), (159_997, 63_998), (10**9, MOST_SENT)],
)
def test_a_tenth_of_the_context_is_sent_at_the_most(context: int | None, bytes_sent: int) -> None:
    assert send_limit(context) == bytes_sent


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abcdefgh", 8, None),
        ("abcdefghi", 8, "abcdef\n[... 1 of 9 bytes left out ...]\nhi"),
        ("é" * 4, 8, None),
        ("é" * 5, 8, "ééé\n[... 2 of 10 bytes left out ...]\né"),
        ("é" * 5, 7, "éé\n[... 4 of 10 bytes left out ...]\né"),  # whole characters
        ("ab\ncd\nef\ngh\n", 8, "ab\ncd\n[... 4 of 12 bytes left out ...]\nh\n"),
        ("ab\ncdefghijk\nl", 12, "ab\n[... 10 of 14 bytes left out ...]\nl"),
        ("\nabcdefghij\n", 8, "\n[... 9 of 12 bytes left out ...]\nj\n"),
        ("", 0, None),
    ],
)
def test_whole_lines_of_both_ends_are_left(text: str, limit: int, cut: str | None) -> None:
    assert cut_text(text, limit) == (text if cut is None else cut)


@pytest.mark.parametrize("limit", [8, 40, 100, 500, 780])
def test_what_is_left_out_and_what_is_left_add_up(limit: int) -> None:
    head, gone, whole, tail = re.split(r"\[\.\.\. (\d+) of (\d+) bytes.*\n", cut_text(LINES, limit))
    assert LINES.startswith(head.rstrip("\n")) and LINES.endswith(tail)
    assert len(head.rstrip("\n")) + len(tail) <= limit and len(head) >= len(tail)
    if limit >= 40:
        assert len(head) + int(gone) + len(tail) == int(whole) == len(LINES)


def test_a_result_is_cut_for_the_wire_alone() -> None:
    short, long = ToolResult("1", "t", (Text("ab"),)), ToolResult("1", "t", (Text(LINES),))
    assert cut_result(long) is long
    for same in (short._replace(sent_bytes=2), long._replace(sent_bytes=len(LINES))):
        assert cut_result(same) is same
    cut = cut_result(long._replace(sent_bytes=100))
    assert cut.parts == (Text(cut_text(LINES, 100)),) and cut.sent_bytes == 100
