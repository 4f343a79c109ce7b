"""Jobs in the store, so that what a provider works on is never lost when we end."""

import sqlite3
from contextlib import suppress

from aichat.core.billing.usage import Quantity
from aichat.core.conversation.turn import Turn
from aichat.core.provider.job import FINAL_STATES, Job, dump_job, load_job
from aichat.disk.history import records
from aichat.disk.history.store import DAMAGE_ERRORS, Store

#: Seconds that a finished job is kept: longer than any provider keeps a result.
_KEPT_SECONDS = 90 * 86_400.0


def put(store: Store, job: Job) -> None:
    """Store a job's present state."""
    store.write(lambda connection: _put(connection, job))


def replace(store: Store, old: Job, new: Job) -> None:
    """Store ``new`` in place of ``old``, which had another id.

    Jobs that were over long before it began are removed.
    """

    def change(connection: sqlite3.Connection) -> None:
        _remove(connection, old)
        _put(connection, new)
        _prune(connection, new.created - _KEPT_SECONDS)

    store.write(change)


def remove(store: Store, job: Job) -> None:
    """Forget a job."""
    store.write(lambda connection: _remove(connection, job))


def settle(store: Store, job: Job, counted: Turn | None, made: Quantity | None) -> bool:
    """Store how a job ended, and what it cost, only once; returns whether this was the first."""

    def change(connection: sqlite3.Connection) -> bool:
        query = "SELECT state FROM job WHERE provider = ? AND id = ?"
        before = connection.execute(query, (job.provider, job.id)).fetchone()
        if before and before[0] in FINAL_STATES:
            return False
        _put(connection, job)
        if counted and counted.answer:
            records.insert_counters(connection, None, counted, counted.answer, made)
        return True

    return store.write(change)


def find(store: Store, name: str) -> list[Job]:
    """The jobs that ``name`` may mean: an id, ``last``, the beginning of an id."""
    known = list_all(store)
    if name == "last":
        return known[:1]
    exact = [job for job in known if job.id == name]
    return exact or [job for job in known if job.id.startswith(name)]


def list_all(store: Store) -> list[Job]:
    """All jobs, the latest first, without unreadable ones."""
    found = []
    for (record,) in store.rows("SELECT record FROM job ORDER BY created DESC, id DESC"):
        with suppress(*DAMAGE_ERRORS):
            found.append(load_job(record))
    return found


def _put(connection: sqlite3.Connection, job: Job) -> None:
    row = (job.provider, job.id, job.created, job.state, job.kind, dump_job(job))
    query = "INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?)"
    connection.execute(query, records.storable_row(row))


def _remove(connection: sqlite3.Connection, job: Job) -> None:
    gone = (job.provider, job.id)
    connection.execute("DELETE FROM job WHERE provider = ? AND id = ?", gone)


def _prune(connection: sqlite3.Connection, before: float) -> None:
    ends = sorted(FINAL_STATES)
    marks = ", ".join("?" for _ in ends)
    query = f"DELETE FROM job WHERE created < ? AND state IN ({marks})"  # noqa: S608  marks alone
    connection.execute(query, (before, *ends))
