"""Fine-tuning jobs at a provider: listed, shown, and their events read page by page."""

from collections.abc import Callable, Sequence
from functools import partial

from aichat.app.calls.resource import ResourceContext, fetch_object, protocol_error
from aichat.app.jobs.following import Followed, Look, follow
from aichat.app.jobs.tunings import note_state
from aichat.values import NamedTuple
from aichat.wires.resources.account import fine_tuning
from aichat.wires.resources.account.fine_tuning import ENDS, Checkpoint, TuningEvent, TuningJob
from aichat.wires.resources.jobs import JOB_WAYS

#: The most pages of a list to request.
_MAX_PAGES = 20


class Measured(NamedTuple):
    """A job with its events and checkpoints."""

    job: TuningJob
    events: Sequence[TuningEvent]
    checkpoints: Sequence[Checkpoint]


def list_jobs(context: ResourceContext, most: int) -> list[TuningJob]:
    """At most ``most`` jobs, in the provider's order. Errors: as of any request."""
    found: list[TuningJob] = []
    for page in range(1, _MAX_PAGES + 1):
        after = found[-1].id if found else ""
        told = fetch_object(context, fine_tuning.list_call(context.endpoint, page, after))
        jobs = fine_tuning.parse_jobs(told)
        if jobs is None:
            raise protocol_error(context, "the answer is no list of jobs")
        known = {job.id for job in found}
        new = [job for job in jobs[0] if job.id not in known]
        found += new
        if len(found) >= most or not jobs[1] or not new:
            break
    return found[:most]


def show_job(context: ResourceContext, job_id: str) -> TuningJob:
    """One job. Errors: ``not_found``, and as of any request."""
    told = fetch_object(context, fine_tuning.show_call(context.endpoint, job_id))
    way = fine_tuning.DIALECTS[context.endpoint.provider.resources.tuning].way
    note_state(context, job_id, JOB_WAYS[way].read(told))
    return job_of(context, told)


def job_of(context: ResourceContext, told: dict[str, object]) -> TuningJob:
    """The job in an answer. Errors: ``protocol``."""
    job = fine_tuning.parse_job(told)
    if job is None:
        raise protocol_error(context, "the answer names no job")
    return job


def all_events(context: ResourceContext, job_id: str) -> list[TuningEvent]:
    """A job's events, the oldest first. Errors: as of any request."""
    found: list[TuningEvent] = []
    for _ in range(_MAX_PAGES):
        after = found[-1].id if found else ""
        call = fine_tuning.events_call(context.endpoint, job_id, after, len(found) + 1)
        events = fine_tuning.parse_events(fetch_object(context, call))
        if events is None:
            raise protocol_error(context, "the answer is no list of events")
        known = {event.id for event in found}
        new = [event for event in events[0] if event.id not in known]
        found += new
        if not events[1] or not new:
            break
    is_listed = fine_tuning.DIALECTS[context.endpoint.provider.resources.tuning].keeps_events
    return found[::-1] if is_listed else found  # lists begin with the newest


def measure(context: ResourceContext, job_id: str) -> Measured:
    """A job with its events and checkpoints. Errors: as of any request."""
    job, events = show_job(context, job_id), all_events(context, job_id)
    call = fine_tuning.checkpoints_call(context.endpoint, job_id, "")
    kept = fine_tuning.parse_checkpoints(fetch_object(context, call)) if call else []
    return Measured(job, events, sorted(kept, key=lambda each: each.step or 0))


def follow_events(
    context: ResourceContext, job_id: str, tell: Callable[[TuningEvent], object]
) -> TuningJob:
    """Pass every event to ``tell`` once, until the job ends. Errors: as of ``follow``."""
    seen: set[str] = set()

    def look() -> Look[TuningJob]:
        job = show_job(context, job_id)
        new = [event for event in all_events(context, job_id) if event.id not in seen]
        seen.update(event.id for event in new)
        tell_news = partial(_tell_all, tell, new) if new else None
        return Look(job, job.state, is_last=job.state in ENDS, tell_news=tell_news)

    what = Followed("tuning", f"aichat tune events {job_id} --follow")
    return follow(context, what, look)


def _tell_all(tell: Callable[[TuningEvent], object], events: Sequence[TuningEvent]) -> None:
    for event in events:
        tell(event)
