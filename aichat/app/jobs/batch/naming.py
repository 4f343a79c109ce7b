"""Batches whose ids were not stored because the program ended too early."""

from collections.abc import Sequence
from pathlib import Path

from aichat.app.calls.resource import ResourceContext
from aichat.app.jobs.batch.collect import fetch_results, key_of
from aichat.app.jobs.kept import JobKeeper
from aichat.core.provider.job import Job
from aichat.disk.jobs.run_rows import RunRows
from aichat.wires.resources.batches import BatchReport


def name_batches(rows: RunRows, jobs: Sequence[Job]) -> None:
    """Rename batches in the rows to the provider's ids that the store has."""
    names = {job.wish["asked_as"]: job.id for job in jobs if "asked_as" in job.wish}
    for batch in rows.open_batches():
        if names.get(batch, batch) != batch:
            rows.name_batch(batch, names[batch])


def adopt(context: ResourceContext, job: Job, report: BatchReport, keeper: JobKeeper) -> Job | None:
    """The batch ``job``, if it is one of ours whose creation was not answered.

    Its first result shows that. Errors: as of any request.
    """
    asking = [one for one in keeper.all() if (one.provider, one.state) == (job.provider, "asking")]
    ours = [one for one in asking if one.kind == job.kind]
    first = next(fetch_results(context, report, report.total), None) if ours else None
    key = first and key_of(first.id)
    if not key:
        return None
    for one in ours:
        with RunRows(Path(one.wish["run"])) as rows:
            if rows.is_asked_in(one.id, key):
                found = keeper.replace(one, one._replace(id=job.id, state=report.state))
                rows.name_batch(one.id, job.id)
                return found
    return None
