"""``aichat cost``: what a month of answers cost, as people and as programs see it."""

import csv
import gc
import io
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aichat.core.billing.money import Cost
from aichat.disk.history import schema
from aichat.disk.history.store import Store
from tests.support.answering.server import SSE, Reply, Server, chat_chunk, sse
from tests.support.running.program import SCREENS, Program
from tests.support.running.spending import (
    CLAUDE,
    GROQ,
    LOCAL,
    MONTH,
    SpendEntry,
    fill_store,
    run_cost,
)
from tests.support.terminal.terminal import Terminal


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Local days are those of UTC, and nothing that others left behind is taken in."""
    monkeypatch.setitem(os.environ, "TZ", "UTC")
    monkeypatch.setitem(os.environ, "TMPDIR", str(tmp_path))
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A store with a month of spending."""
    fill_store(tmp_path / "data")
    return tmp_path / "data"


#: A screen kept in tests/screens: the words, the columns, what is set, the encoding.
KEPT: dict[str, tuple[tuple[str, ...], int | None, dict[str, str], str]] = {
    "day-80": ((), 80, {}, "utf-8"),
    "day-120-colour": ((), 120, {"NO_COLOR": ""}, "utf-8"),
    "day-40": (("--since", "2026-11-15"), 40, {}, "utf-8"),
    "day-20": (("--since", "2026-11-20"), 20, {}, "utf-8"),
    "model-80": (("--by", "model"), 80, {}, "utf-8"),
    "model-120-dumb": (("--by", "model"), 120, {"TERM": "dumb"}, "utf-8"),
    "conversation-120": (("--by", "conversation"), 120, {}, "utf-8"),
    "profile-80-latin": (("--by", "profile", "--utc"), 80, {}, "iso8859-1"),
    "model-pipe": (("--by", "model"), None, {}, "utf-8"),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_screens_are_as_they_were_looked_at(month: Path, name: str) -> None:
    words, columns, environ, encoding = KEPT[name]
    shown = run_cost(month, *words, columns=columns, environ=environ, encoding=encoding)
    kept = (SCREENS / f"cost-{name}.txt").read_text()
    assert (shown.stdout.decode(encoding).replace("\x1b[", "^["), shown.stderr, shown.code) == (
        kept,
        "",
        0,
    )


@pytest.mark.parametrize("columns", [20, 33, 50, 64, 80, 100, 200])
@pytest.mark.parametrize("by", ["day", "model", "provider", "profile", "conversation"])
def test_no_line_is_wider_than_the_terminal(month: Path, by: str, columns: int) -> None:
    from aichat.core.text.cells import text_width

    shown = run_cost(month, "--by", by, columns=columns).text
    assert max(map(text_width, shown.splitlines())) <= columns
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*shown}


def document(data: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_cost(data, "--json", *words).text)
    return found


def test_json_tells_every_figure_and_null_for_what_is_unknown(month: Path) -> None:
    found = document(month, "--by", "provider", "--since", "2026-11-01")
    assert (found["version"], found["by"], found["utc"]) == (1, "provider", False)
    assert found["since"] == "2026-11-01T00:00:00+00:00"
    claude, groq, _, qwen, local = found["rows"]
    usage = {"input": 9400, "cached_input": 5000, "output": 1500}
    unknown = dict.fromkeys(("cache_write", "reasoning", "searches"))
    dollars = {"currency": "USD", "amount": 0.00195, "estimated": False, "saved": 0.0003}
    assert groq == {
        "provider": "groq",
        "requests": 3,
        "errors": 0,
        "retries": 1,
        "usage": usage | unknown,
        "cached_share": 5000 / 9400,
        "cost": [dollars],
        "unpriced": 0,
    }
    assert (claude["requests"], claude["errors"], claude["cost"][0]["estimated"]) == (5, 2, True)
    assert qwen["cost"] == [{**dollars, "currency": "CNY", "amount": 0.088, "saved": None}]
    assert (local["cost"], local["unpriced"]) == ([], 2)
    amounts = {money["currency"]: money["amount"] for money in found["total"]["cost"]}
    assert amounts == {"USD": 0.06025, "CNY": 0.088}
    assert found["speed"][1] == {
        "provider": "groq",
        "model": GROQ[1],
        "requests": 3,
        "answers": 3,
        "first_token_s": {"p50": 0.3, "p95": 0.4},
        "tokens_per_s": {"p50": 200.0, "p95": 400.0},
        "queue_s": {"p50": 0.05, "p95": 0.3},
    }
    kinds = {"overloaded": 1, "rate_limit": 1}
    failed = {"requests": 5, "errors": 2, "retries": 4, "kinds": kinds}
    assert found["errors"][0] == {"provider": "anthropic", **failed}


def test_csv_and_tsv_have_the_same_rows_and_sums_that_count_nothing_twice(month: Path) -> None:
    for by in ("day", "model", "provider", "profile", "conversation"):
        rows = list(csv.DictReader(io.StringIO(run_cost(month, "--csv", "--by", by).text)))
        lines = [line.split("\t") for line in run_cost(month, "--by", by).text.splitlines()]
        assert [[*rows[0]], *([*row.values()] for row in rows)][0] == lines[0]
        assert len(lines) == len(rows) + 1 and {len(line) for line in lines} == {len(rows[0])}
        assert sum(int(row["requests"]) for row in rows) == len(MONTH)
        money = {row["currency"] for row in rows}
        assert money >= {"USD", "CNY"}
        dollars = [float(row["amount"]) for row in rows if row["currency"] == "USD"]
        assert sum(dollars) == pytest.approx(0.06025)
        unpriced = [row for row in rows if row["unpriced"] != "0"]
        assert [row["amount"] for row in unpriced] == [""]
        assert [line.count("unknown") for line in lines].count(1) == 1


def test_a_day_ends_at_the_users_midnight_or_with_utc_at_utcs(
    month: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days(*words: str) -> list[str]:
        return [row["day"] for row in document(month, *words)["rows"]][-3:]

    assert days() == ["2026-11-20", "2026-11-21", "2026-11-22"]
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    time.tzset()
    assert days() == ["2026-11-21", "2026-11-22", "2026-11-23"]
    assert days("--utc") == ["2026-11-20", "2026-11-21", "2026-11-22"]


def test_since_looks_no_further_back(month: Path) -> None:
    counts = {since: document(month, "--since", since)["total"]["requests"] for since in SINCE}
    assert counts == SINCE


SINCE = {"all": 12, "2026-11-20": 4, "2026-11-21": 3, "12h": 2, "2d": 4, "2026-12-01": 0}


def test_what_was_deleted_still_counts(month: Path) -> None:
    before = document(month, "--by", "model")
    Store(month, lambda _: None).delete(["talk0"])
    assert document(month, "--by", "model")["rows"] == before["rows"]
    (gone,) = [row for row in document(month, "--by", "conversation")["rows"] if not row["title"]]
    assert (gone["conversation"], gone["requests"]) == (None, 3)
    assert "deleted or not saved" in run_cost(month, "--by", "conversation", columns=80).text


def test_money_of_nothing_is_nothing_and_of_the_unknown_is_unknown(tmp_path: Path) -> None:
    free = SpendEntry("2026-11-22T08:00", LOCAL, (1000, 10, 0), 0)
    fill_store(tmp_path / "free", [free])
    assert document(tmp_path / "free")["total"]["cost"][0]["amount"] == 0
    shown = run_cost(tmp_path / "free", columns=80).text
    assert "tokens\n" in shown and "0.000000" in shown and "unknown" not in shown
    fill_store(tmp_path / "unknown", [free._replace(millionths=None)])
    shown = run_cost(tmp_path / "unknown", columns=80).text
    assert "1 answer without a price" in shown and "0.00" not in shown
    fill_store(
        tmp_path / "failed", [SpendEntry("2026-11-22T08:00", CLAUDE, first=None, fault="auth")]
    )
    assert "without a price" not in run_cost(tmp_path / "failed", columns=80).text


BAD_WORDS = [
    (("--since", "tomorrow"), "not a valid time"),
    (("--json", "--csv"), "cannot be combined"),
]


@pytest.mark.parametrize(("words", "why"), BAD_WORDS)
def test_what_makes_no_sense_is_told(month: Path, words: tuple[str, ...], why: str) -> None:
    refused = run_cost(month, *words)
    assert refused.code == 2 and why in refused.stderr


def test_a_store_that_is_not_there_is_nothing_spent(tmp_path: Path) -> None:
    for columns in (80, None):
        shown = run_cost(tmp_path / "none", columns=columns)
        assert shown.stderr == "aichat: no requests in the last 30 days\n"
        assert shown.code == 0
        assert shown.text.startswith("" if columns else "day\trequests\t")
    assert document(tmp_path / "none")["rows"] == []
    assert "since 2026-11-20" in run_cost(tmp_path / "none", "--since", "2026-11-20").stderr


def test_a_broken_store_is_set_aside_and_a_later_one_is_read_or_named(month: Path) -> None:
    with closing(sqlite3.connect(month / schema.FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert document(month)["total"]["requests"] == 12
    with closing(sqlite3.connect(month / schema.FILE)) as connection:
        connection.execute("ALTER TABLE spent RENAME TO otherwise")
    later = run_cost(month)
    assert later.code == 3 and "usage counters: no such table" in later.stderr
    assert "newer version" in later.stderr
    for path in month.glob(f"{schema.FILE}*"):
        path.unlink()
    (month / schema.FILE).write_bytes(b"not a database" * 1000)
    assert "set aside" in run_cost(month).stderr


def test_a_store_of_the_first_version_in_a_place_that_takes_no_writes_is_read(
    month: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(month / schema.FILE)) as connection:
        for column in ("wire", "tier", "retries", "queue_s", "saved"):
            connection.execute(f"ALTER TABLE spent DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(schema, "make_private_folder", refuse)
    found = document(month, "--by", "provider")
    assert [row["retries"] for row in found["rows"]] == [0] * 5
    assert found["speed"][1]["queue_s"] == {"p50": None, "p95": None}


def test_an_answers_retries_wire_and_queue_are_counted_and_shown(aichat: Program) -> None:
    """From the wire to the picture: Groq fails once, then says how long the request waited."""
    usage = {"prompt_tokens": 40, "completion_tokens": 9, "queue_time": 0.25}
    last = chat_chunk({}, "stop") | {"x_groq": {"id": "r", "usage": usage}}
    good = Reply(headers=SSE, body=sse(chat_chunk({"content": "yes"}), last))
    with Server(Reply(503), good) as server:
        aichat.point_groq_at(server.url)
        assert aichat.run("ask", "--no-save", "hi").code == 0
    with closing(sqlite3.connect(aichat.data_dir / schema.FILE)) as connection:
        kept = connection.execute("SELECT wire, retries, queue_s, conversation FROM spent")
        assert kept.fetchall() == [("chat", 1, 0.25, None)]
    with Terminal(aichat, "cost", "--by", "model", size=(100, 30)) as terminal:
        assert terminal.wait_for_exit() == 0 and not terminal.foreign_controls()
    rows = terminal.shown_rows()
    assert any(row.startswith("groq") and "0.25 s" in row for row in rows)
    assert any(row.split() == ["groq", "1", "0%", "1"] for row in rows)


def test_a_locked_store_is_waited_for_and_then_named(
    month: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(month / schema.FILE, isolation_level=None)) as other:
        gc.collect()  # the connection that filled it
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        locked = run_cost(month)
    assert locked.code == 3 and "database is locked" in locked.stderr
    assert document(month)["total"]["requests"] == 12


def test_a_cost_is_what_it_was_stored_as_to_the_last_digit(tmp_path: Path) -> None:
    fill_store(tmp_path / "data", [SpendEntry("2026-11-22T08:00", GROQ, (1, 1, 0), 123_456_789)])
    exact = Cost(123_456_789_000).amount / 10**9
    assert document(tmp_path / "data")["total"]["cost"][0]["amount"] == exact
    assert "\t123.456789\t" in run_cost(tmp_path / "data").text
