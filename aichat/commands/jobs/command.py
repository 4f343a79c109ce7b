"""``aichat jobs``: lists, shows, follows and cancels providers' jobs."""

from collections.abc import Sequence
from typing import Any

from aichat import providers
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    Ability,
    ResourceContext,
    ResourceOptions,
    document,
    open_resource,
    shared_options,
)
from aichat.app.jobs.ending import settle
from aichat.app.jobs.following import cancel, look, way_back
from aichat.app.jobs.kept import JobKeeper
from aichat.commands.jobs.waiting import COUNTS, WaitOptions, wait_for
from aichat.core.billing.money import format_cost
from aichat.core.cli.argv import FORCE_OPTION, JSON_OPTION, Argument, Command, Option
from aichat.core.exchange.answer import cost_json
from aichat.core.provider.job import FINAL_STATES, Job
from aichat.core.text.dates import format_time
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple
from aichat.wires.resources.jobs import JOB_WAYS, cancel_call, look_call
from aichat.wires.resources.videos import DIALECTS

_HEAD = ("id", "provider", "kind", "state", "created", "cost", "words")

#: The default limit of listed jobs.
_MOST = 50


class ListJobsOptions(NamedTuple):
    """The options of ``jobs list``."""

    all: bool
    json: bool


class JobOptions(NamedTuple):
    """The options of commands about one job."""

    id: str
    shared: ResourceOptions


def list_jobs(world: World, options: ListJobsOptions) -> int:
    """List the recorded jobs, the latest first."""
    found = JobKeeper(world, world.say).all()
    _print_jobs(world, found[: None if options.all else _MOST], as_json=options.json)
    return 0


def show_job(world: World, options: JobOptions) -> int:
    """Show a job's state at its provider."""
    context, job, keeper = _open(world, options.id, options.shared)
    if options.shared.dry_run:
        print_call(world, look_call(context.endpoint, job.way, job.id))
        return 0
    if not job.is_final:
        report = look(context, job).found
        if report.state in FINAL_STATES:
            job = settle(context, job, report, keeper, COUNTS)
        else:
            job = keeper.put(job._replace(state=report.state, progress=report.progress))
    if options.shared.json:
        world.write_json(document(context.endpoint, "jobs show", **_entry(job)))
        return 0
    world.print_entries(
        (f"{name}  ", str(value)) for name, value in _facts(job) if value not in (None, "", "-", [])
    )
    return 0


def wait_job(world: World, options: WaitOptions) -> int:
    """Follow a job to its end, and print or save its results."""
    context, job, keeper = _open(world, options.id, options.shared)
    if options.shared.dry_run:
        print_call(world, look_call(context.endpoint, job.way, job.id))
        return 0
    return wait_for(context, job, keeper, options)


def cancel_job(world: World, options: JobOptions) -> int:
    """Cancel a job, if the provider supports it; one without an id is only forgotten."""
    keeper = JobKeeper(world, world.say)
    if (unnamed := keeper.find(options.id)).state == "asking":
        keeper.forget(unnamed)
        world.say(f"aichat: {unnamed.id} is forgotten; its provider may have made it")
        if options.shared.json:
            told = {**_entry(unnamed), "state": "forgotten", "error": None}
            world.write_json({"version": 1, "command": "jobs cancel", **told})
        return 0
    context, job, keeper = _open(world, options.id, options.shared)
    call = cancel_call(context.endpoint, job.way, job.id)
    name = context.endpoint.provider.name
    if call is None:
        hint = f"it ends by itself: {way_back(job)}"
        raise AichatError(Fault("invalid_request", f"{name} ends no job of this kind", hint))
    if options.shared.dry_run:
        print_call(world, call)
        return 0
    cancel(context, job)
    report = look(context, job).found  # it may have ended already
    if report.state in FINAL_STATES:
        job = settle(context, job, report, keeper, COUNTS)
    context.say(f"{job.id} is {job.state}")
    if options.shared.json:
        world.write_json(document(context.endpoint, "jobs cancel", **_entry(job)))
    return 0


def _open(
    world: World, job_id: str, options: ResourceOptions
) -> tuple[ResourceContext, Job, JobKeeper]:
    """The job, and the context of its provider. Errors: ``usage`` for an unknown job."""
    keeper = JobKeeper(world, world.say)
    job = _foreign_job(keeper, job_id, options) or keeper.find(job_id)
    if job.way not in JOB_WAYS:
        raise usage_error(f"{job.id} is a {job.kind}", f"see: aichat {job.kind} show {job.id}")
    if job.state == "asking":
        why = f"{job.id} was asked for at {format_time(job.created)}, and no answer was seen"
        raise AichatError(Fault("not_found", why, "its console knows if it is made"))
    asked = options._replace(
        provider=job.provider,
        profile=options.profile or job.profile,
        region=options.region or job.region,
    )
    return open_resource(world, asked, Ability(bool, "")), job, keeper


def _foreign_job(keeper: JobKeeper, job_id: str, options: ResourceOptions) -> Job | None:
    """A video's job started on another machine, whose provider must be named."""
    if options.provider is None or keeper.has_any(job_id):
        return None
    known = providers.load(options.provider) if options.provider in providers.names() else None
    if known is None or not known.resources.videos:
        return None
    return Job(known.id, job_id, "video", DIALECTS[known.resources.videos].way, words=job_id)


def _print_jobs(world: World, found: Sequence[Job], *, as_json: bool) -> None:
    """Print a table, with tabs in a pipe, or a JSON object."""
    if as_json:
        jobs = [*map(_entry, found)]
        world.write_json({"version": 1, "command": "jobs list", "jobs": jobs, "error": None})
        return
    rows = [_row(job) for job in found]
    columns = world.columns()
    world.write_text(
        format_table(_HEAD, rows, terminal=world.stdout_tty, columns=columns, cuts=True)
    )


def _row(job: Job) -> tuple[str, ...]:
    state = job.state if job.progress in (None, 1.0) else f"{job.state} {job.progress:.0%}"
    cost = format_cost(job.cost) if job.cost else "-"
    created = format_time(job.created)
    return (job.id, job.provider, job.kind, state, created, cost, job.words)


def _entry(job: Job) -> dict[str, Any]:
    names = ("id", "provider", "kind", "state", "progress", "model", "words", "created")
    told = {name: getattr(job, name) for name in names}
    return told | {"why": job.error or None, "files": [*job.files], "cost": cost_json(job.cost)}


def _facts(job: Job) -> list[tuple[str, object]]:
    shown = dict(zip(_HEAD, _row(job), strict=True)) | {"model": job.model, "error": job.error}
    return [*shown.items(), *(("file", path) for path in job.files)]


_ID = Argument("id", "The job's id, its beginning, or last.")

_LIST_OPTIONS = (Option(("--all",), "Old ones too.", bool), JSON_OPTION)

COMMAND = Command(
    name="jobs",
    summary="List, wait for and cancel what goes on at providers.",
    examples=("aichat jobs list", "aichat jobs wait last"),
    options=_LIST_OPTIONS,
    run=list_jobs,
    reads=ListJobsOptions,
    commands=(
        Command(
            "list",
            "List the jobs that are remembered.",
            ("aichat jobs list", "aichat jobs list --json | jq '.jobs[].state'"),
            options=_LIST_OPTIONS,
            run=list_jobs,
            reads=ListJobsOptions,
        ),
        Command(
            "show",
            "Ask the provider how far a job is.",
            ("aichat jobs show last", "aichat jobs show 7f3a --json"),
            options=shared_options(),
            arguments=(_ID,),
            run=show_job,
            reads=JobOptions,
        ),
        Command(
            "wait",
            "Follow a job to its end, and save what it made.",
            ("aichat jobs wait last", "aichat jobs wait 7f3a -O film.mp4"),
            options=(
                Option(("-O", "--output"), "A file, or a folder.", metavar="FILE"),
                FORCE_OPTION,
                *shared_options(),
            ),
            arguments=(_ID,),
            run=wait_job,
            reads=WaitOptions,
        ),
        Command(
            "cancel",
            "End a job before its time.",
            ("aichat jobs cancel last", "aichat jobs cancel 7f3a -p qwen"),
            options=shared_options(),
            arguments=(_ID,),
            run=cancel_job,
            reads=JobOptions,
        ),
    ),
)
