"""``aichat tune``: fine-tunes models on the user's examples."""

from functools import partial

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    Ability,
    ResourceContext,
    ResourceOptions,
    document,
    fetch_object,
    open_resource,
    shared_options,
)
from aichat.app.models.gone import gone_help
from aichat.commands.tune.create import TuningTerms, TuningWish, create_job
from aichat.commands.tune.jobs import all_events, follow_events, job_of, list_jobs, measure
from aichat.commands.tune.show import print_event, print_job, print_jobs
from aichat.core.cli.argv import YES_OPTION, Argument, Command, Option
from aichat.core.http.call import Call
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.account import fine_tuning
from aichat.wires.resources.account.fine_tuning import TuningJob

#: The default limit of listed jobs.
_LISTED = 20


class TuneCreateOptions(NamedTuple):
    """The options of ``tune create``."""

    model: str | None
    train: str | None
    from_history: str | None
    valid: str | None
    method: str | None
    suffix: str | None
    epochs: int | None
    seed: int | None
    again: bool
    yes: bool
    max_cost: str | None
    shared: ResourceOptions


class TuneListOptions(NamedTuple):
    """The options of ``tune list``."""

    limit: int | None
    shared: ResourceOptions


class TuneJobOptions(NamedTuple):
    """The options of commands about one job."""

    id: str
    shared: ResourceOptions


class TuneEventsOptions(NamedTuple):
    """The options of ``tune events``; ``follow``: also print future events."""

    id: str
    follow: bool
    shared: ResourceOptions


def create(world: World, options: TuneCreateOptions) -> int:
    """Start a fine-tuning job, and print its id."""
    if not (options.model and bool(options.train) != (options.from_history is not None)):
        why = "a job needs --model BASE, and --train FILE or --from-history QUERY"
        raise usage_error(why, "see: aichat tune --help")
    if options.epochs is not None and options.epochs < 1:
        raise usage_error("--epochs must be at least 1")
    context = _open(world, options.shared, options.model)
    model = context.setup.model.value or options.model
    how = (options.suffix, options.epochs, options.seed)
    method = options.method or "sft"
    wish = TuningWish(model, options.train or "", options.valid, method, *how, options.again)
    shared = options.shared
    terms = TuningTerms(shared.dry_run, options.yes, options.max_cost, shared.json)
    begin = partial(create_job, context, terms)
    if options.from_history is None:
        return begin(wish)
    from aichat.commands.tune.from_history import training_file  # rarely used

    with training_file(context, options.from_history) as path:
        return begin(wish._replace(train=path))


def list_(world: World, options: TuneListOptions) -> int:
    """List the jobs, the newest first."""
    if options.limit is not None and options.limit < 1:
        raise usage_error("--limit must be at least 1")
    context = _open(world, options.shared)
    if not _is_dry(context, options.shared, fine_tuning.list_call(context.endpoint, 1, "")):
        found = list_jobs(context, options.limit or _LISTED)
        print_jobs(context, found, as_json=options.shared.json)
    return 0


def show(world: World, options: TuneJobOptions) -> int:
    """Show a job, with the curve of its loss."""
    context = _open(world, options.shared)
    if not _is_dry(context, options.shared, fine_tuning.show_call(context.endpoint, options.id)):
        print_job(context, measure(context, options.id), as_json=options.shared.json)
    return 0


def events(world: World, options: TuneEventsOptions) -> int:
    """Print a job's events, with ``follow`` until it ends.

    The exit code is 0 if the job succeeded, 7 if it failed, 9 if it was cancelled.
    """
    context, as_json = _open(world, options.shared), options.shared.json
    call = fine_tuning.events_call(context.endpoint, options.id, "", 1)
    if _is_dry(context, options.shared, call):
        return 0
    if not options.follow:
        for event in all_events(context, options.id):
            print_event(context, event, as_json=as_json)
        return 0
    job = follow_events(context, options.id, partial(print_event, context, as_json=as_json))
    return _tell_end(context, job, as_json=as_json)


def _tell_end(context: ResourceContext, job: TuningJob, *, as_json: bool) -> int:
    """Print how a job ended; returns the exit code."""
    if as_json:
        context.world.write_json({"type": "job", **job._asdict()})
    else:
        context.world.print_lines(job.tuned or job.state)
    if job.error:
        context.say(job.error)
    return _ENDINGS[job.state]


#: Exit codes by final state.
_ENDINGS = {"succeeded": 0, "failed": 7, "cancelled": 9}


def cancel(world: World, options: TuneJobOptions) -> int:
    """Cancel a job, which is billed up to then."""
    context = _open(world, options.shared)
    call = fine_tuning.cancel_call(context.endpoint, options.id)
    if _is_dry(context, options.shared, call):
        return 0
    told = fetch_object(context, call)
    job = fine_tuning.parse_job(told)
    if options.shared.json:
        about = {"job": job_of(context, told)._asdict()} if job else {"id": options.id}
        world.write_json(document(context.endpoint, "tune cancel", **about))
    else:
        world.print_lines(job.state if job else "cancelled")
    return 0


def _open(world: World, options: ResourceOptions, model: str | None = None) -> ResourceContext:
    return open_resource(
        *(
            world,
            options,
            Ability(lambda provider: provider.resources.tuning, "has no fine-tuning for you"),
            model,
        )
    )


def _is_dry(context: ResourceContext, options: ResourceOptions, call: Call) -> bool:
    """Print the request if it is a dry run; whether it was."""
    if options.dry_run:
        print_call(context.world, call)
    return options.dry_run


_ID = Argument("id", "The job's id, as create and list print it.")

COMMAND = Command(
    name="tune",
    summary="Have a model learn from examples of yours.",
    examples=(
        "aichat tune create -m gpt-4.1-mini --train examples.jsonl -p openai",
        "aichat tune list -p openai",
    ),
    commands=(
        Command(
            "create",
            "Check the files, upload them and start a tuning.",
            (
                "aichat tune create -m gpt-4.1-mini --train a.jsonl --valid b.jsonl",
                "aichat tune create -m qwen3-14b --train a.jsonl -p qwen --epochs 3 --yes",
            ),
            options=(
                Option(("-m", "--model"), "The model that learns.", metavar="BASE"),
                Option(("--train",), "What it learns from: JSON lines.", metavar="FILE"),
                Option(
                    ("--from-history",),
                    "Learn from the stored conversations that QUERY finds; empty finds all.",
                    metavar="QUERY",
                ),
                Option(("--valid",), "What it is tested by: JSON lines.", metavar="FILE"),
                Option(
                    ("--method",),
                    "From answers, preferences or grades; default sft.",
                    choices=("sft", "dpo", "rft"),
                ),
                Option(("--suffix",), "Part of the new model's name.", metavar="S"),
                Option(("--epochs",), "How often it goes through them.", int, metavar="N"),
                Option(("--seed",), "Makes it repeatable.", int, metavar="N"),
                Option(("--again",), "Start another, though the same goes on.", bool),
                YES_OPTION,
                *shared_options("max_cost"),
            ),
            run=create,
            reads=TuneCreateOptions,
        ),
        Command(
            "list",
            "List your tunings.",
            ("aichat tune list -p openai", "aichat tune list --json | jq '.jobs[].id'"),
            options=(
                Option(("--limit",), "At most this many; default 20.", int, metavar="N"),
                *shared_options(),
            ),
            run=list_,
            reads=TuneListOptions,
        ),
        Command(
            "show",
            "Show a tuning, with the curve of its loss.",
            ("aichat tune show ftjob-abc123 -p openai", "aichat tune show ID --json"),
            options=shared_options(),
            arguments=(_ID,),
            run=show,
            reads=TuneJobOptions,
        ),
        Command(
            "events",
            "Print what happened to a tuning.",
            ("aichat tune events ftjob-abc123", "aichat tune events ID --follow"),
            options=(
                Option(("--follow",), "Go on until it is over; Ctrl-C leaves it running.", bool),
                *shared_options(),
            ),
            arguments=(_ID,),
            run=events,
            reads=TuneEventsOptions,
        ),
        Command(
            "cancel",
            "End a tuning.",
            ("aichat tune cancel ftjob-abc123 -p openai", "aichat tune cancel ID --json"),
            options=shared_options(),
            arguments=(_ID,),
            run=cancel,
            reads=TuneJobOptions,
        ),
    ),
    extra_help=gone_help("tune"),
)
