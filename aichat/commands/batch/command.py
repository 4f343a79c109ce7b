"""``aichat batch``: questions that a provider answers later, and their results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    Ability,
    ResourceContext,
    ResourceOptions,
    document,
    fetch,
    open_resource,
    shared_options,
)
from aichat.app.jobs.batch.collect import Collector, is_gone, look, still_going
from aichat.app.jobs.batch.naming import adopt, name_batches
from aichat.app.jobs.following import Followed, Look, follow
from aichat.app.jobs.kept import JobKeeper
from aichat.commands.batch.rows import print_foreign, print_rows
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.cli.options import ASK_OPTIONS
from aichat.core.provider.job import FINAL_STATES, Job
from aichat.core.text.dates import format_time
from aichat.disk.jobs.run_rows import RunRows
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple
from aichat.wires.resources.batches import BatchReport, cancel_call, dialect_of, look_call

KIND = "batch"


class ListBatchesOptions(NamedTuple):
    """The options of ``batch list``."""

    json: bool


class BatchOptions(NamedTuple):
    """The options of commands about one batch."""

    id: str
    shared: ResourceOptions


class CollectOptions(NamedTuple):
    """The options of ``batch collect``."""

    id: str
    output: str | None
    shared: ResourceOptions


class _OpenBatch(NamedTuple):
    context: ResourceContext
    job: Job
    keeper: JobKeeper


def list_batches(world: World, options: ListBatchesOptions) -> int:
    """List the recorded batches, the latest first."""
    found = [job for job in JobKeeper(world, world.say).all() if job.kind == KIND]
    if options.json:
        batches = [*map(_entry, found)]
        about = {"version": 1, "command": "batch list", "batches": batches}
        world.write_json({**about, "error": None})
        return 0
    head = ("id", "model", "state", "questions", "created", "words")
    rows = [_row(job) for job in found]
    columns = world.columns()
    world.write_text(
        format_table(head, rows, terminal=world.stdout_tty, columns=columns, cuts=True)
    )
    return 0


def _row(job: Job) -> tuple[str, ...]:
    model, total = f"{job.provider}/{job.model}", str(job.wish.get("total", ""))
    return (job.id, model, job.state, total, format_time(job.created), job.words)


def _entry(job: Job) -> dict[str, Any]:
    names = ("id", "provider", "model", "state", "created", "words")
    return {name: getattr(job, name) for name in names} | {"total": job.wish.get("total")}


def show_batch(world: World, options: BatchOptions) -> int:
    """Show the state of a batch at the provider."""
    context, job, keeper = _open(world, options.id, options.shared)
    if options.shared.dry_run:
        print_call(world, look_call(context.endpoint, job.id))
        return 0
    report = _look(context, job, keeper)
    if options.shared.json:
        world.write_json(document(context.endpoint, "batch show", **_facts(job, report)))
        return 0
    told = {name: value for name, value in _facts(job, report).items() if value not in (None, "")}
    world.print_entries((f"{name}  ", str(value)) for name, value in told.items())
    return 0


def _facts(job: Job, report: BatchReport) -> dict[str, Any]:
    counts = {"total": report.total, "ended": report.ended, "failed": report.failed}
    about = {"id": job.id, "model": job.model, "state": report.state, **counts}
    return {**about, "why": report.error or None, "words": job.words}


def wait_batch(world: World, options: BatchOptions) -> int:
    """Follow a batch until it ends."""
    context, job, keeper = _open(world, options.id, options.shared)
    if options.shared.dry_run:
        print_call(world, look_call(context.endpoint, job.id))
        return 0
    report = _follow(context, job, keeper)
    _tell_state(context, report)
    if report.state == "failed":
        raise AichatError(_failure(job, report))
    context.say(f"fetch it: aichat batch collect {job.id}")
    if options.shared.json:
        world.write_json(document(context.endpoint, "batch wait", **_facts(job, report)))
    return 0


def _follow(context: ResourceContext, job: Job, keeper: JobKeeper) -> BatchReport:
    """Poll until the batch ends. Errors: those of ``follow``."""

    def look_at() -> Look[BatchReport]:
        report = _look(context, job, keeper)
        is_last = report.state in FINAL_STATES
        return Look(report, report.state, _counts_text(report), is_last)

    return follow(context, Followed(KIND, f"aichat batch wait {job.id}"), look_at)


def _look(context: ResourceContext, job: Job, keeper: JobKeeper) -> BatchReport:
    """Request the state, and record it."""
    report = look(context, job.id)
    if keeper.get(job.id) and report.state != job.state:
        keeper.put(job._replace(state=report.state))
    return report


def _counts_text(report: BatchReport) -> str:
    counts = f": {report.ended or 0:,} of {report.total:,}" if report.total else ""
    failed = f", {report.failed:,} failed" if report.failed else ""
    return f"{counts}{failed}"


def _tell_state(context: ResourceContext, report: BatchReport) -> None:
    context.say(f"the batch is {report.state}{_counts_text(report)}")


def _failure(job: Job, report: BatchReport) -> Fault:
    why = f"batch {job.id} failed as a whole: {report.error or 'no reason given'}"
    return Fault("invalid_request", why, provider=job.provider, model=job.model)


def collect_batch(world: World, options: CollectOptions) -> int:
    """Fetch the results of a batch: a row per input, in their order."""
    context, job, keeper = _open(world, options.id, options.shared)
    if options.shared.dry_run:
        print_call(world, look_call(context.endpoint, job.id))
        return 0
    if not job.wish.get("run"):
        report = _look_at_end(context, job, keeper)
        found = adopt(context, job, report, keeper)
        if found is None:
            return print_foreign(context, job, report, options.output)
        context, job, keeper = _open(world, found.id, options.shared)
    with RunRows(Path(job.wish["run"])) as rows:
        name_batches(rows, [job])
        if rows.is_open(job.id) or job.state == "failed":
            report = _look_at_end(context, job, keeper)
            if report.state == "failed":
                rows.drop_batch(job.id)
                raise AichatError(_failure(job, report))
            Collector(context, job, rows).collect(report)
        return print_rows(context, job, rows, options.output)


def _look_at_end(context: ResourceContext, job: Job, keeper: JobKeeper) -> BatchReport:
    """The final report. Errors: ``pause`` (exit 9) if the batch has not ended."""
    report = _look(context, job, keeper)
    if report.state not in FINAL_STATES:
        raise still_going(job, report)
    return report


def cancel_batch(world: World, options: BatchOptions) -> int:
    """Cancel a batch; its answers so far are billed, and can be collected."""
    keeper = JobKeeper(world, world.say)
    known = keeper.get(options.id)
    if known and known.kind == KIND and known.state == "asking":
        return _forget(world, known, keeper, in_json=options.shared.json)
    context, job, keeper = _open(world, options.id, options.shared)
    call = cancel_call(context.endpoint, job.id)
    if options.shared.dry_run:
        print_call(world, call)
        return 0
    try:
        fetch(context, call)
    except AichatError:
        if not is_gone(context, job.id):
            raise
        return _forget(world, job, keeper, in_json=options.shared.json)
    report = _look(context, job, keeper)
    _tell_state(context, report)
    if options.shared.json:
        world.write_json(document(context.endpoint, "batch cancel", **_facts(job, report)))
    return 0


def _forget(world: World, job: Job, keeper: JobKeeper, *, in_json: bool) -> int:
    """Forget a batch that the provider does not know, so that its inputs can be asked again."""
    if run := job.wish.get("run"):
        with RunRows(Path(run)) as rows:
            rows.drop_batch(job.id)
    keeper.forget(job)
    why = "its provider has nothing of it any more"
    if job.state == "asking":
        why = "whether it was begun its provider's console knows"
    world.say(f"aichat: {job.id} is forgotten; {why}")
    if in_json:
        told = {**_entry(job), "state": "forgotten", "error": None}
        world.write_json({"version": 1, "command": "batch cancel", **told})
    return 0


def _open(world: World, name: str, options: ResourceOptions) -> _OpenBatch:
    """The batch, and the context of its provider; with ``-p`` it may be another tool's.

    Errors: ``usage`` for an unknown one, ``not_found`` for one whose creation was not answered.
    """
    keeper = JobKeeper(world, world.say)
    job = _find_batch(keeper, name)
    if job is None and options.provider is None:
        raise usage_error(f"no batch '{name}'", "see: aichat batch list; -p names whose it is")
    job = job or Job(options.provider or "", name, KIND, KIND)
    if job.state == "asking":
        why = f"{job.id} was sent at {format_time(job.created)}, and no answer was seen"
        collect = f"aichat batch collect ID -p {job.provider}"
        hint = f"if the provider's console shows it: {collect}; else: aichat batch cancel {job.id}"
        raise AichatError(Fault("not_found", why, hint))
    asked = options._replace(
        provider=job.provider,
        profile=options.profile or job.profile,
        region=options.region or job.region,
    )
    batches = Ability(lambda provider: provider.resources.batches, "has none of aichat's batches")
    context = open_resource(world, asked, batches)
    wire = job.wish.get("wire") or dialect_of(context.endpoint).wire or context.endpoint.wire
    return _OpenBatch(context._replace(endpoint=context.endpoint._replace(wire=wire)), job, keeper)


def _find_batch(keeper: JobKeeper, name: str) -> Job | None:
    """The batch with this id, a unique prefix of one, or ``last``."""
    batches = [job for job in keeper.all() if job.kind == KIND]
    if name == "last":
        return batches[0] if batches else None
    found = [job for job in batches if name in (job.id, job.wish.get("asked_as"))] or [
        job for job in batches if job.id.startswith(name)
    ]
    return found[0] if len(found) == 1 else None


def submit(_: World, rest: Sequence[str]) -> Sequence[str]:
    """The command line of ``ask --each --batch`` for this one."""
    return ["ask", "--batch", *rest]


_ID = Argument("id", "The batch's id, its beginning, or last.")
_SHARED = shared_options()

COMMAND = Command(
    name="batch",
    summary="Have a provider answer many questions later, for less.",
    examples=("aichat batch wait last", "aichat batch collect last --output rows.jsonl"),
    commands=(
        Command(
            "submit",
            "Submit the questions of ask --each; print the ids of the batches.",
            (
                "aichat batch submit --each reviews.csv Is this friendly: {text}",
                "aichat batch submit --each in.txt -p anthropic --schema 'mood' Judge --dry-run",
            ),
            options=tuple(option for option in ASK_OPTIONS if option.name != "batch"),
            arguments=(
                Argument(
                    "words",
                    "The question; {} or {FIELD} is the input's place.",
                    many=True,
                    required=False,
                ),
            ),
            becomes=submit,
            has_groups=True,
        ),
        Command(
            "list",
            "List the batches that were submitted.",
            ("aichat batch list", "aichat batch list --json"),
            options=(JSON_OPTION,),
            run=list_batches,
            reads=ListBatchesOptions,
        ),
        Command(
            "show",
            "Ask the provider how far a batch is.",
            ("aichat batch show last", "aichat batch show last --json"),
            options=_SHARED,
            arguments=(_ID,),
            run=show_batch,
            reads=BatchOptions,
        ),
        Command(
            "wait",
            "Wait for a batch, however long it takes.",
            ("aichat batch wait last", "aichat batch wait last && aichat batch collect last"),
            options=_SHARED,
            arguments=(_ID,),
            run=wait_batch,
            reads=BatchOptions,
        ),
        Command(
            "collect",
            "Fetch the answers in the order of the inputs, as JSON or as the table asked for.",
            (
                "aichat batch collect last --output rows.jsonl",
                "aichat batch collect batch_abc -p openai",
            ),
            options=(
                Option(("-O", "--output"), "Write the rows to FILE.", metavar="FILE"),
                *_SHARED,
            ),
            arguments=(_ID,),
            run=collect_batch,
            reads=CollectOptions,
        ),
        Command(
            "cancel",
            "End a batch; what was answered by then is billed.",
            ("aichat batch cancel last", "aichat batch cancel batch_abc -p openai"),
            options=_SHARED,
            arguments=(_ID,),
            run=cancel_batch,
            reads=BatchOptions,
        ),
    ),
)
