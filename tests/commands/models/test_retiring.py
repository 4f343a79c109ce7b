"""``aichat models --retiring``: what of the models that one uses goes, when, and what instead."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aichat.core.text.clock import Clock
from aichat.disk.catalogue import models as catalogue
from tests.support.running.program import TERMINAL, Program, Result
from tests.support.running.spending import SpendEntry, fill_store

#: The day after the catalogue was put together does not matter: retirement dates stand in it.
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
CLOCK = Clock(lambda: NOW, lambda: 0.0, lambda _: None, lambda: 0.5)

CONFIG = """
[aliases]
old = "groq/llama-3.1-8b-instant"
new = "groq/openai/gpt-oss-120b"
odd = "nobody/nothing"

[profiles.work]
provider = "anthropic"
model = "claude-sonnet-4-5-20250929"
fallback = ["openai/gpt-5-mini", "groq"]

[profiles.far]
model = "gpt-4.1"
"""


def retiring(aichat: Program, *words: str, **outside: Any) -> Result:
    done = aichat.invoke("models", "--retiring", *words, clock=CLOCK, **outside)
    assert done.code == 0, done.stderr
    return done


def found(aichat: Program, *words: str) -> dict[str, dict[str, Any]]:
    entries = json.loads(retiring(aichat, *words, "--json").stdout)
    return {f"{entry['provider']}/{entry['model']}": entry for entry in entries}


@pytest.fixture
def user(aichat: Program) -> Program:
    """Somebody with profiles and aliases."""
    aichat.write_config(CONFIG)
    return aichat


def test_profiles_fallbacks_and_aliases_are_looked_through(user: Program) -> None:
    every = found(user)
    assert {name: entry["used"] for name, entry in every.items()} == {
        "groq/llama-3.1-8b-instant": ["alias old"],
        "anthropic/claude-sonnet-4-5": ["profile work"],
        "openai/gpt-5-mini": ["fallback of profile work"],
        "openai/gpt-4.1": ["profile far"],
    }
    dates = [entry["retires"] for entry in every.values()]
    assert dates == sorted(dates) == ["2026-08-16", "2026-11-30", "2026-12-11", "2027-01-14"]


def test_a_span_says_how_far_ahead_is_looked_and_what_is_gone_is_told_in_any(user: Program) -> None:
    assert [*found(user, "13d")] == [
        "groq/llama-3.1-8b-instant",
        "anthropic/claude-sonnet-4-5",
        "openai/gpt-5-mini",
    ]
    assert "openai/gpt-5-mini" not in found(user, "11d") and "openai/gpt-5-mini" in found(
        user, "2w"
    )
    assert "openai/gpt-5-mini" in found(user, "12d")  # on its very day
    assert "openai/gpt-4.1" not in found(user, "45d")


def test_what_was_asked_in_the_last_month_counts_and_nothing_older(aichat: Program) -> None:
    entries = [
        SpendEntry("2026-11-20T10:00", ("openai", "gpt-5-mini-2025-08-07"), (1, 1, 0)),
        SpendEntry("2026-11-21T10:00", ("openai", "gpt-5-mini-2025-08-07"), (1, 1, 0)),
        SpendEntry("2026-10-20T10:00", ("openai", "o3"), (1, 1, 0)),
        SpendEntry("2026-11-20T10:00", ("box", "gpt-5-mini"), (1, 1, 0)),
    ]
    fill_store(aichat.data_dir, entries)
    assert {name: one["used"] for name, one in found(aichat).items()} == {
        "openai/gpt-5-mini": ["2 requests in 30 days"]
    }


def test_the_change_of_price_is_told_as_it_is_published(user: Program) -> None:
    model = catalogue.find("groq", "llama-3.1-8b-instant")
    heir = catalogue.find("groq", "openai/gpt-oss-20b")
    assert model and heir and model.successor == heir.id
    entry = found(user)["groq/llama-3.1-8b-instant"]
    assert entry["price"] == {"currency": "USD", "input": 0.05, "output": 0.08}
    assert entry["successor_price"] == {"currency": "USD", "input": 0.075, "output": 0.3}
    shown = retiring(user, **TERMINAL, environ={"COLUMNS": "140"}).text
    assert "$0.05 / $0.08 -> $0.075 / $0.30" in shown and "gone 2026-08-16" in shown


def test_a_pipe_gets_a_row_of_cells_for_each(user: Program) -> None:
    head, *rows = [line.split("\t") for line in retiring(user).text.splitlines()]
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    assert cells[0]["model"] == "llama-3.1-8b-instant"
    assert cells[0]["used"] == "alias old" and cells[0]["successor_output"] == "0.3"


@pytest.mark.parametrize("columns", ["40", "80", "140"])
def test_it_fits_the_terminal(columns: str, user: Program) -> None:
    shown = retiring(user, **TERMINAL, environ={"COLUMNS": columns, "NO_COLOR": "1"}).text
    assert "claude-sonnet-5-5" in shown
    assert max(map(len, shown.splitlines())) <= int(columns)
    assert (shown.splitlines()[0].split()[:2] == ["model", "retires"]) == (columns == "140")


def test_nothing_is_said_on_stderr_and_is_an_empty_list(aichat: Program) -> None:
    done = retiring(aichat)
    assert (done.text, done.stderr) == ("", "aichat: nothing that you use retires within 90d\n")
    assert json.loads(retiring(aichat, "30d", "--json").stdout) == []
    assert not aichat.data_dir.exists()  # looking makes no store


def test_a_provider_may_be_chosen(user: Program) -> None:
    assert [*found(user, "-p", "anthropic")] == ["anthropic/claude-sonnet-4-5"]


def test_a_store_that_cannot_be_read_costs_only_the_last_month(user: Program) -> None:
    user.data_dir.mkdir()
    (user.data_dir / "history.db").write_bytes(b"no database at all" * 100)
    done = retiring(user)
    assert "claude-sonnet-4-5" in done.text and "cannot read what was used" in done.stderr


@pytest.mark.parametrize("span", ["soon", "9", "90 d", "99999999d", "2026-12-01", "today"])
def test_what_is_no_span_is_refused(span: str, user: Program, tmp_path: Path) -> None:
    done = user.invoke("models", "--retiring", span, clock=CLOCK)
    assert done.code == 2 and "not a span of time" in done.stderr


def test_it_goes_not_with_show(user: Program) -> None:
    done = user.invoke("models", "--retiring", "--show", "sonnet", clock=CLOCK)
    assert done.code == 2 and "--retiring and --show" in done.stderr
