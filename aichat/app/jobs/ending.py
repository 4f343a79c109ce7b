"""The end of a job: recorded and counted once, and an error if it has no result."""

from collections.abc import Callable, Mapping

from aichat.app.billing.metered import Used, counted_turn
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.jobs.kept import JobKeeper
from aichat.core.exchange.request import Request
from aichat.core.message.media import Url
from aichat.core.message.message import Message, Text
from aichat.core.provider.job import Job, JobReport
from aichat.errors import AichatError, Fault

#: The usage of a finished job: tokens or cost, and the quantity produced.
CountUse = Callable[[ResourceContext, Job, JobReport], Used]


def settle(
    context: ResourceContext,
    job: Job,
    report: JobReport,
    keeper: JobKeeper,
    counts: Mapping[str, CountUse],
) -> Job:
    """Record how a job ended, and its cost once, by the function in ``counts`` for its kind."""
    addresses = (m.source.address for m in report.results if isinstance(m.source, Url))
    ended = job._replace(
        state=report.state,
        progress=1.0 if report.state == "done" else job.progress,
        wish={**job.wish, "seconds": report.seconds or job.wish.get("seconds")},
        results=tuple(addresses),
        error=report.fault.message if report.fault else "",
    )
    if report.state != "done" or job.kind not in counts:
        return keeper.settle(ended, None, None)
    used = counts[job.kind](context, ended, report)
    request = Request(job.model, (Message("user", (Text(job.words),)),))
    turn = counted_turn(context, request, used)
    cost = turn.answer.cost if turn.answer else None
    return keeper.settle(ended._replace(cost=cost), turn, used.made)


#: The kind of fault and message for each final state without a result.
_ENDS = {
    "failed": ("server", "the job failed"),
    "cancelled": ("pause", "the job was cancelled"),
    "expired": ("not_found", "the job has expired: its result is no longer kept"),
    "unknown": ("not_found", "the provider knows no such job, or not any more"),
}


def check_end(context: ResourceContext, job: Job, report: JobReport) -> None:
    """Raise if a job ended without a result."""
    provider = context.endpoint.provider.id
    if report.fault:
        raise AichatError(report.fault._replace(provider=provider, model=job.model))
    if report.state in _ENDS:
        kind, why = _ENDS[report.state]
        raise AichatError(Fault(kind, f"{why}: {job.id}", provider=provider, model=job.model))
    if not report.results:
        raise protocol_error(context, "the job is done, and has no result")
