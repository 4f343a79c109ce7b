"""Fine-tuning jobs: their state is recorded, and they are counted at the end."""

from collections.abc import Mapping

from aichat.app.billing.metered import Used
from aichat.app.billing.services import service_cost
from aichat.app.calls.resource import ResourceContext
from aichat.app.jobs.ending import CountUse, settle
from aichat.app.jobs.kept import JobKeeper
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import UNKNOWN_USAGE, Quantity
from aichat.core.provider.job import FINAL_STATES, Job, JobReport


def training_cost(context: ResourceContext, model: str, tokens: int) -> Cost | None:
    """What it costs to have a model learn from so many tokens, once; None: nobody knows."""
    now = context.world.clock.now
    return service_cost(context.endpoint, model, ("trained", tokens), now)


def _count_tuning(context: ResourceContext, job: Job, report: JobReport) -> Used:
    """The training tokens, and their cost if the price is known."""
    tokens = report.detail.counts.get("trained", 0)
    cost = training_cost(context, job.model, tokens) if tokens else None
    counted = cost and cost._replace(estimated=False)
    made = Quantity("tuning", "token", tokens)
    return Used(UNKNOWN_USAGE, report.detail, counted, made)


#: How to count a fine-tuning job.
COUNTS: Mapping[str, CountUse] = {"tuning": _count_tuning}


def note_state(context: ResourceContext, job_id: str, report: JobReport) -> None:
    """Record the state of a fine-tuning job, if it is in the store."""
    keeper = JobKeeper(context.world, context.say)
    job = keeper.get(job_id)
    if job is None or job.id != job_id or job.is_final or job.state == report.state:
        return
    if report.state in FINAL_STATES:
        settle(context, job, report, keeper, COUNTS)
    else:
        keeper.put(job._replace(state=report.state))
