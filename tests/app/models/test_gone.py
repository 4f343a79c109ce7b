"""What is gone is told where people look for it: in the help of the nearest command."""

import re

import pytest

from aichat.app.models.gone import GONE
from aichat.disk.catalogue import endpoints
from tests.house.test_endpoints_table import ROWS
from tests.support.running.program import Program


@pytest.mark.parametrize("command", GONE)
def test_the_help_of_the_nearest_command_says_what_is_gone(aichat: Program, command: str) -> None:
    told = aichat.invoke(command, "--help").text
    assert " ".join(GONE[command].split()) in " ".join(told.split())
    assert all(len(line) <= 80 for line in told.splitlines())


def test_every_endpoint_that_is_gone_says_what_took_its_place() -> None:
    gone = [row for row in ROWS if row.state == "gone"]
    assert len(gone) > 10
    for row in gone:
        groups = endpoints.read(row.provider, built_in=True).subjects
        (one,) = (e for e in groups["Replaced"] if f"{e.method} {e.path}" == row.endpoint)
        assert re.search(r"[a-z]{4}", one.about), row
