"""Jobs in the store: found by their names, counted once, and kept where the store breaks."""

import sqlite3
from pathlib import Path

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Quantity
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message
from aichat.core.provider.job import Job, dump_job, load_job
from aichat.disk.history import jobs, schema
from aichat.disk.history.damage.salvage import salvage
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store

FIRST = Job("xai", "abc-1", "video", "xai-video", created=1.0, words="a \ud800 cat")
SECOND = Job("qwen", "abd-2", "image", "task", created=2.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with two jobs."""
    made = Store(tmp_path, print)
    for job in (FIRST, SECOND):
        jobs.put(made, job)
    return made


#: What is said, and the ids of the jobs that it may mean.
NAMES = {
    "last": ["abd-2"],
    "abc-1": ["abc-1"],
    "abc": ["abc-1"],
    "ab": ["abd-2", "abc-1"],
    "b": [],
}


@pytest.mark.parametrize(("name", "ids"), NAMES.items())
def test_a_job_is_found_by_its_id_by_how_that_begins_or_as_the_last(
    store: Store, name: str, ids: list[str]
) -> None:
    assert [job.id for job in jobs.find(store, name)] == ids


def counted() -> tuple[Turn, Quantity]:
    """What a video cost: a dollar."""
    message = Message("assistant", (), "xai", "m")
    answer = Answer("xai", "m", message, finish_reason="stop", cost=Cost(10**9))
    return Turn(message, 5.0, answer=answer), Quantity("video", "second", 6.5)


def test_an_end_is_counted_once_and_stays(store: Store) -> None:
    done = SECOND._replace(state="done", cost=Cost(10**9), files=("/a.png",))
    assert jobs.settle(store, done, *counted())
    assert not jobs.settle(store, done, *counted())
    assert not jobs.settle(store, SECOND._replace(state="unknown"), *counted())
    assert jobs.list_all(store)[0] == done
    sums = Ledger(store).totals().money["USD"]
    assert (sums.requests, sums.amount, sums.units) == (1, 10**9, 6.5)


def test_an_end_that_brought_nothing_is_not_counted(store: Store) -> None:
    assert jobs.settle(store, SECOND._replace(state="failed"), None, None)
    assert Ledger(store).totals().money == {}


def test_a_job_that_gets_its_name_is_one_job(store: Store) -> None:
    jobs.replace(store, FIRST, FIRST._replace(id="named", state="pending"))
    assert {job.id for job in jobs.list_all(store)} == {"named", "abd-2"}
    jobs.remove(store, SECOND)
    assert [job.id for job in jobs.list_all(store)] == ["named"]


@pytest.mark.parametrize("record", ["", "{", "[]", '{"id": 1}', '{"results": 5, "id": "x"}'])
def test_a_damaged_job_is_left_out(store: Store, record: str) -> None:
    row = ("x", "x", 9.0, "done", "video", record)
    store.write(lambda connection: connection.execute("INSERT INTO job VALUES (?,?,?,?,?,?)", row))
    assert [job.id for job in jobs.list_all(store)] == ["abd-2", "abc-1"]


def test_a_job_is_what_it_was_when_it_is_read() -> None:
    job = SECOND._replace(wish={"output": "x"}, files=("a",), cost=Cost(3, "CNY", True))
    assert load_job(dump_job(job)) == job
    assert load_job(dump_job(job).replace("{", '{"new": 1, ', 1)) == job


def test_jobs_come_out_of_a_broken_store(store: Store, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    made = schema.open_store(fresh, print).connection
    salvage(tmp_path / schema.FILE, made)
    made.close()
    assert [job.id for job in jobs.list_all(Store(fresh, print))] == ["abd-2", "abc-1"]


def test_a_store_without_jobs_is_brought_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "UPGRADES", schema.UPGRADES[:4])
        Store(tmp_path, print)
    made = Store(tmp_path, lambda _: None)
    jobs.put(made, FIRST)
    assert [job.id for job in jobs.list_all(made)] == ["abc-1"]


def test_a_store_of_before_that_takes_no_writes_has_no_jobs(tmp_path: Path) -> None:
    assert issubclass(sqlite3.OperationalError, sqlite3.Error)
    store = Store(tmp_path, print)
    assert jobs.list_all(store) == []
