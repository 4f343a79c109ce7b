"""``aichat transcribe``: recordings as text, subtitles or JSON."""

from collections.abc import Sequence
from typing import Any

from aichat.app.billing.metered import Metered
from aichat.app.billing.sound import Transcription, open_transcription
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    WRITES_DOWN,
    ResourceContext,
    ResourceOptions,
    document,
    end_command,
    open_resource,
    shared_options,
)
from aichat.app.jobs.transcripts import Gathered, TranscriptOutput, lost_after, write_down
from aichat.app.media.sound.recording import Recording, RecordingFiles
from aichat.app.media.sound.transcribe import (
    TranscriptionWish,
    choose_model,
    dialect_of,
    dry_calls,
    make_spec,
)
from aichat.app.media.sound.transcript_file import FORMATS, write_out
from aichat.app.models.gone import gone_help
from aichat.commands.transcribe.output import Printer, Written, check_targets
from aichat.core.billing.money import format_cost, total_cost
from aichat.core.cli.argv import FORCE_OPTION, Argument, Command, Option
from aichat.core.exchange.answer import cost_json
from aichat.core.media.transcript import Transcript, as_document
from aichat.core.text.dates import utc_day
from aichat.core.text.numbers import count_of
from aichat.disk.catalogue import cards
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.audio.transcription import TranscriptionSpec


class TranscribeOptions(NamedTuple):
    """The options of ``aichat transcribe``."""

    files: tuple[str, ...]
    model: str | None
    max_cost: str | None
    no_stream: bool
    usage: bool
    format: str | None
    timestamps: str | None
    diarize: bool
    translate: bool
    language: str | None
    prompt: str | None
    keyword: tuple[str, ...]
    output: str | None
    force: bool
    again: bool
    allow_local: bool
    shared: ResourceOptions
    live: bool = False


class _Job(NamedTuple):
    """One recording, its spec, and the output file."""

    recording: Recording
    spec: TranscriptionSpec
    target: str | None


def run(world: World, options: TranscribeOptions) -> int:
    """Print the transcript of each recording, or write it to files."""
    _check_options(options)
    context = open_resource(world, options.shared, WRITES_DOWN, options.model)
    if options.live:
        return _run_live(context, options)
    if options.translate and _translates_live(context, options):
        return _run_live(context, options, translates=True)
    if not options.files:
        raise usage_error("no recording given", "usage: aichat transcribe FILE...")
    with _recording_files(context, options) as files:
        return _run(context, options, [files.open(file) for file in options.files])


def _has_ended(context: ResourceContext, model: str) -> str | None:
    """The last day of a model according to the catalogue, if it has passed."""
    retired = cards.card(context.endpoint.provider.id, model).retired
    return retired if retired and retired <= utc_day(context.world.clock.now()) else None


def _model_now(context: ResourceContext, wish: TranscriptionWish, model: str) -> str:
    """The model, or its successor if its last day has passed, which the user is told.

    Errors: as of ``choose_model``, if that supports less.
    """
    after = cards.card(context.endpoint.provider.id, model).successor
    if not ((ended := _has_ended(context, model)) and after):
        return model
    context.say(f"{model} ended on {ended}: {after} writes it down")
    return choose_model(context, wish, after, ())


def _translates_live(context: ResourceContext, options: TranscribeOptions) -> bool:
    """Whether to translate over a socket, since the endpoint was discontinued."""
    dialect = dialect_of(context)
    usual = dialect.pick_model(frozenset(("translate",))) if options.translate else None
    model = (context.setup.model.value if options.model else usual) or ""
    if not (context.endpoint.provider.realtime and (ended := _has_ended(context, model))):
        return False
    context.say(f"{model} ended on {ended}: it is translated over a socket")
    return True


def _run_live(
    context: ResourceContext, options: TranscribeOptions, *, translates: bool = False
) -> int:
    """Transcribe live audio."""
    from aichat.commands.transcribe.live import LiveWish, write_live  # it loads the sockets

    shared = options.shared
    only_text = options.format in (None, "text") and not (options.timestamps or options.diarize)
    if not only_text or (options.translate and not translates):
        raise usage_error("--live writes down words alone: no times, speakers, translation")
    model = None if translates else options.model
    wish = LiveWish(options.files, model, options.language, options.keyword)
    written = write_live(
        context,
        wish._replace(
            output=options.output,
            max_cost=options.max_cost,
            is_silent=shared.json,
            is_dry=shared.dry_run,
            translates=translates,
        ),
    )
    if written is None:
        return 0
    model, made = written
    found = [Written(next(iter(options.files), "-"), made, options.output)]
    if options.usage:
        context.say(_usage_line(found))
    if shared.json:
        context.world.write_json(_document(context, model, found, None))
    return 0


def _recording_files(context: ResourceContext, options: TranscribeOptions) -> RecordingFiles:
    """The opener of recordings, which passes URLs on to the provider if it supports them."""
    dialect = dialect_of(context)

    def passes_on(size: int | None) -> bool:
        fits = not dialect.max_bytes or (size or 0) <= dialect.max_bytes
        return dialect.takes_urls and fits

    return RecordingFiles(context.world, passes_on, allow_local=options.allow_local)


def _run(
    context: ResourceContext, options: TranscribeOptions, recordings: Sequence[Recording]
) -> int:
    wish, world = _wish(options), context.world
    named = context.setup.model.value if options.model else None
    model = _model_now(context, wish, choose_model(context, wish, named, recordings))
    specs = [make_spec(context, wish, model, each) for each in recordings]
    if options.shared.dry_run:
        for spec, recording in zip(specs, recordings, strict=True):
            for call in dry_calls(context, spec, recording):
                print_call(world, call, target=context.endpoint)
        return 0
    names = [each.name for each in recordings]
    targets = check_targets(options.output, options.format, names, force=options.force)
    jobs = [_Job(*each) for each in zip(recordings, specs, targets, strict=True)]
    found: list[Written] = []
    fault = _do_all(context, options, jobs, found)
    if options.usage:
        context.say(_usage_line(found))
    if options.shared.json:
        world.write_json(_document(context, model, found, fault))
    return end_command(world, fault)


def _check_options(options: TranscribeOptions) -> None:
    """Raise ``usage`` for incompatible options."""
    whole = options.format in ("srt", "vtt", "json") or options.shared.json
    if options.shared.json and options.format not in (None, "json") and not options.output:
        raise usage_error("--json has all of it: no --format", "or write files: --output FOLDER/")
    if len(options.files) > 1 and whole and not (options.output or options.shared.json):
        raise usage_error(
            f"several files are not one {options.format}", "--output FOLDER/ gives one of each"
        )
    if options.files.count("-") > 1:
        raise usage_error("- is stdin, which can be read once")


def _wish(options: TranscribeOptions) -> TranscriptionWish:
    """The wish for the options; subtitles need timestamps, and JSON has all available."""
    timestamps = options.timestamps
    if options.format in ("srt", "vtt"):
        timestamps = timestamps or "segment"
    return TranscriptionWish(
        *(options.language, options.prompt, options.keyword, timestamps),
        *(options.diarize, options.translate),
        live=not (options.no_stream or options.output or options.shared.json)
        and options.format in (None, "text"),
    )


def _do_all(
    context: ResourceContext,
    options: TranscribeOptions,
    jobs: Sequence[_Job],
    found: list[Written],
) -> Fault | None:
    """Transcribe one after the other, printing each before the next.

    Returns the first fault if it belongs into the JSON. Errors: otherwise that fault.
    """
    seconds = sum(job.recording.seconds for job in jobs)
    metered = open_transcription(context, jobs[0].spec.model, seconds, options.max_cost)
    several = len(jobs) > 1 and context.world.stdout_tty
    for job in jobs:
        if several and not (job.target or options.shared.json):
            context.world.print_lines(f"== {job.recording.name} ==")
        fault = _do(metered, options, job, found)
        if fault is None:
            continue
        if not options.shared.json:
            raise Interrupted(fault.signum) if fault.signum else AichatError(fault)
        return fault
    return None


def _do(
    metered: Metered, options: TranscribeOptions, job: _Job, found: list[Written]
) -> Fault | None:
    """Transcribe one; output what came before a failure too, since it is paid for."""
    context, gathered = metered.context, Gathered()
    output = TranscriptOutput(
        *(options.format, options.timestamps, job.target, options.force, options.again),
        timeout=options.shared.timeout,
    )
    printer = Printer(context.world, options.timestamps if options.format != "json" else None)
    fault = None
    try:
        write_down(metered, job.spec, job.recording, gathered, output, printer.add)
    except AichatError as error:
        fault = error.fault
    except Interrupted as error:
        if not gathered.parts:
            raise
        fault = error.fault
    if fault and not gathered.parts:
        printer.close()
        return fault
    target = f"{job.target}.partial" if fault and job.target else job.target
    made = gathered.whole
    found.append(Written(job.recording.path, made, target))
    try:
        _write(options, printer, made.transcript, target)
    except AichatError as error:
        found[-1] = found[-1]._replace(path=None)
        if not options.shared.json:
            raise
        return error.fault
    if fault is None:
        return None
    if fault.signum:
        context.say(lost_after(gathered))
    return fault._replace(hint="; ".join(filter(None, (lost_after(gathered), fault.hint))))


def _write(
    options: TranscribeOptions, printer: Printer, made: Transcript, target: str | None
) -> None:
    """Write to the file or stdout; also to stdout if the file fails. Errors: ``output``."""
    shown = not options.shared.json
    try:
        if target:
            write_out(target, options.format, options.timestamps, made)
    except AichatError as error:
        if shown:
            printer.finish(made, options.format, None)
            error.fault = error.fault._replace(hint="it is paid for, and went to stdout instead")
        raise
    if shown:
        printer.finish(made, options.format, target)


def _usage_line(found: Sequence[Written]) -> str:
    cost = total_cost([each.made.cost for each in found])
    seconds = count_of(sum(each.made.seconds for each in found), "second")
    return f"{seconds} of sound" + (f", {format_cost(cost)}" if cost else "")


def _document(
    context: ResourceContext, model: str, found: Sequence[Written], fault: Fault | None
) -> Any:
    entries = [
        {
            "file": each.file,
            **as_document(each.made.transcript),
            "path": each.path,
            "usage": _usage(each.made),
            "cost": cost_json(each.made.cost),
        }
        for each in found
    ]
    return document(context.endpoint, "transcribe", fault, model=model, transcripts=entries)


def _usage(made: Transcription) -> dict[str, Any]:
    return {"seconds": made.seconds, "input": made.usage.input, "output": made.usage.output}


COMMAND = Command(
    name="transcribe",
    summary="Write down what is said in a recording.",
    examples=(
        "aichat transcribe meeting.mp3 -p openai",
        "aichat transcribe talk.m4a -p groq --format srt -O talk.srt",
    ),
    options=(
        Option(("-m", "--model"), "Model; default: the usual one that can.", metavar="M"),
        Option(("--format",), "How it is written; default text.", choices=FORMATS),
        Option(("--timestamps",), "With times.", choices=("word", "segment")),
        Option(("--diarize",), "Tell who speaks (OpenAI, Gemini, xAI).", bool),
        Option(("--translate",), "Into English (OpenAI, Groq).", bool),
        Option(("--language",), "The language that is spoken, as en or nl.", metavar="L"),
        Option(("--prompt",), "What came before, or words that occur in it.", metavar="TEXT"),
        Option(("--keyword",), "A word to be listened for. Repeatable.", metavar="W", many=True),
        Option(("-O", "--output"), "A file, or a folder for several.", metavar="FILE"),
        FORCE_OPTION,
        Option(("--live",), "Write down what is being said: FILE may grow; none: here.", bool),
        Option(("--again",), "Ask again, though the same goes on (Qwen's long ones).", bool),
        *shared_options("allow_local", "max_cost", "no_stream", "usage"),
    ),
    arguments=(Argument("files", "Recordings, URLs, or - for stdin.", many=True, required=False),),
    run=run,
    reads=TranscribeOptions,
    extra_help=gone_help("transcribe"),
)
