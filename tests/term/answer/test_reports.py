"""What public reports say that peers get wrong: the inputs lie in ``shared/testdata/reports``."""

import pytest

from tests.support.answering.server import SSE, Reply
from tests.support.running.program import ROOT, Program
from tests.term.answer.test_drawn import asked

REPORTS = ROOT.parent / "shared" / "testdata" / "reports"
URL = (
    "https://wiki.example.org/harbours/north-sea/leith/depth-tables-and-tides"
    "?year=2026&month=11&lang=en#western-basin"
)

#: The report, and rows that must be among those of the screen.
RIGHT: dict[str, list[str]] = {
    "34-br-in-a-cell": [" 1     First", "       second", "       third"],
    "35-pipe-in-code": [" a|b      either of them", " x | y    escaped"],
    "37-latex": [
        "Then ∫₀¹ f and u*v*w and {u₁} cost $5 and $10.",
    ],
    "38-dunder": ["Put it into __init__.py and call __main__, it is safe."],
}


def reply(name: str) -> Reply:
    return Reply(headers=SSE, body=[(REPORTS / name / "reply.sse").read_bytes()])


@pytest.mark.parametrize("name", RIGHT)
def test_a_report_is_drawn_right(name: str, aichat: Program) -> None:
    with asked(aichat, reply(name)) as terminal:
        assert terminal.wait_for_exit() == 0
        rows = terminal.shown_rows()
    assert [row for row in rows if row in RIGHT[name]] == RIGHT[name], rows


def test_an_address_that_is_wider_than_the_window_has_no_line_end_inside(aichat: Program) -> None:
    with asked(aichat, reply("32-long-url"), size=(60, 24)) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.raw.decode().count(URL) == 2
