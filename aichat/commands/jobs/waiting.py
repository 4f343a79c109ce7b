"""``aichat jobs wait``: follows any kind of job to its end, and delivers its results."""

from collections.abc import Callable, Mapping

from aichat.app.calls.resource import ResourceContext, ResourceOptions, document
from aichat.app.jobs import transcripts, tunings
from aichat.app.jobs.ending import CountUse, check_end, settle
from aichat.app.jobs.following import follow_job
from aichat.app.jobs.generate import finish
from aichat.app.jobs.kept import JobKeeper
from aichat.app.media.sound.transcript_file import format_transcript, write_out
from aichat.core.exchange.answer import cost_json
from aichat.core.media.transcript import as_document
from aichat.core.provider.job import Job
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.result_name import ResultPlace
from aichat.values import NamedTuple

#: How to count what was produced, by the kind of job.
COUNTS: Mapping[str, CountUse] = {**finish.COUNTS, **transcripts.COUNTS, **tunings.COUNTS}


class WaitOptions(NamedTuple):
    """The options of ``jobs wait``; results go by default where the job's own command said."""

    id: str
    output: str | None
    force: bool
    shared: ResourceOptions


def wait_for(context: ResourceContext, job: Job, keeper: JobKeeper, options: WaitOptions) -> int:
    """Follow a job to its end. Errors: those of a job, and of its output."""
    return _WAYS.get(job.kind, _wait_media)(context, job, keeper, options)


def _wait_media(context: ResourceContext, job: Job, keeper: JobKeeper, options: WaitOptions) -> int:
    wished = job.wish.get("output") if options.output is None else options.output
    place = ResultPlace(wished, job.words, options.force or bool(job.wish.get("force")))
    place.check()
    how = finish.FinishOptions(place, options.shared, "jobs wait")
    return finish.finish(context, job, keeper, how)


def _wait_transcript(
    context: ResourceContext, job: Job, keeper: JobKeeper, options: WaitOptions
) -> int:
    """Print or write the transcript as originally requested."""
    world, force = context.world, options.force or bool(job.wish.get("force"))
    style, times = job.wish.get("format"), job.wish.get("timestamps")
    target = transcripts.target_of(job, options.output, force=force)
    made = transcripts.follow_transcript(context, job, keeper, options.shared.timeout)
    if target:
        write_out(target, style, times, made.transcript)
    if options.shared.json:
        told = as_document(made.transcript) | {"path": target}
        about = {"model": job.model, "transcripts": [{"file": job.words, **told}]}
        cost = cost_json(made.cost)
        world.write_json(document(context.endpoint, "jobs wait", **about, cost=cost))
    elif target:
        world.print_lines(target)
    else:
        text = format_transcript(made.transcript, style, times)
        world.write_text(sanitize(text) if world.stdout_tty else text)
    return 0


def _wait_tuning(
    context: ResourceContext, job: Job, keeper: JobKeeper, options: WaitOptions
) -> int:
    """Print the name of the resulting model."""
    report = follow_job(context, job, keeper, options.shared.timeout)
    job = settle(context, job, report, keeper, COUNTS)
    if not report.model:
        check_end(context, job, report)
    if options.shared.json:
        about = {"model": job.model, "tuned": report.model, "job": job.id}
        context.world.write_json(document(context.endpoint, "jobs wait", **about))
    else:
        context.world.print_lines(report.model)
    return 0


_WAYS: Mapping[str, Callable[[ResourceContext, Job, JobKeeper, WaitOptions], int]] = {
    "transcript": _wait_transcript,
    "tuning": _wait_tuning,
}
