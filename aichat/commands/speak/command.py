"""``aichat speak``: text to speech, as a file, optionally played as it arrives."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from aichat import providers
from aichat.app.billing.sound import open_speech
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    MODEL_OPTION,
    SPEAKS,
    ResourceContext,
    ResourceOptions,
    document,
    open_resource,
    shared_options,
)
from aichat.app.exchange.live.text_to_speech import (
    SpeechModel,
    choose_speech_model,
    socket_speech_call,
)
from aichat.app.media.files.rescue import saved_or_rescued
from aichat.app.media.sound.playing import play_samples, player_of
from aichat.app.media.sound.read_aloud import (
    JoinedSound,
    Listener,
    read_aloud,
    split_spec,
)
from aichat.app.models.gone import gone_help
from aichat.app.question.texts import read_texts
from aichat.core.billing.money import Cost, format_cost, total_cost
from aichat.core.cli.argv import FORCE_OPTION, Argument, Command, Option
from aichat.core.exchange.answer import cost_json
from aichat.core.text.numbers import count_of
from aichat.disk.files.result_name import result_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.audio.players import Playback
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.audio.speech import (
    DIALECTS,
    FORMATS,
    SpeechSpec,
    speech_call,
)


class SpeakOptions(NamedTuple):
    """The options of ``aichat speak``."""

    words: tuple[str, ...]
    model: str | None
    max_cost: str | None
    play: bool
    usage: bool
    file: tuple[str, ...]
    voice: str | None
    style: str | None
    speed: float | None
    language: str | None
    format: str | None
    output: str | None
    force: bool
    shared: ResourceOptions


class _Wanted(NamedTuple):
    """The spec, its parts, and the format of the file."""

    spec: SpeechSpec
    parts: Sequence[SpeechSpec]
    format: str
    playback: Playback | None
    chosen: SpeechModel


def run(world: World, options: SpeakOptions) -> int:
    """Write an audio file, and print its path."""
    context = open_resource(world, options.shared, SPEAKS, options.model)
    playback = Playback(player_of("--play"), world.environ) if options.play else None
    wanted = _wanted(context, options, playback)
    if options.shared.dry_run:
        make = socket_speech_call if wanted.chosen.dialect.by_socket else speech_call
        for part in wanted.parts:
            print_call(world, make(context.endpoint, part), target=context.endpoint)
        return 0
    target = _target(world, options, wanted)
    joined = JoinedSound(wanted.format, len(wanted.parts))
    try:
        costs = _read(context, options, wanted, joined, target)
        if target is None:
            for piece in joined.pieces():
                world.write_bytes(piece)
            return 0
        saved_or_rescued(world, partial(joined.save, target), target.name, joined.pieces)
    finally:
        joined.close()
    if options.usage:
        cost = total_cost(costs)
        told = f", {format_cost(cost)}" if cost else ""
        context.say(f"{count_of(len(wanted.spec.text), 'character')} read{told}")
    _print(context, options, wanted, target, total_cost(costs))
    if playback:
        if not playback.has_begun:
            playback.play_file(str(target))
        playback.wait()
    return 0


def _read(
    context: ResourceContext,
    options: SpeakOptions,
    wanted: _Wanted,
    joined: JoinedSound,
    target: Path | None,
) -> list[Cost | None]:
    """Request the parts, writing the cost of each to the ledger before the next.

    What came before a failure is saved beside the file, since it is paid for.
    """
    spec = wanted.spec
    bill = open_speech(context, spec.model, spec.text, options.max_cost)
    try:
        read_aloud(context, wanted.parts, joined, bill, _listener(wanted), wanted.chosen.send)
    except BaseException:
        if wanted.playback:
            wanted.playback.stop()
        if joined.size and target:
            begin = partial(joined.save, target, whole=False)
            where = saved_or_rescued(context.world, begin, target.name, joined.pieces)
            context.say(f"the parts that came are in {where}")
        raise
    return bill.costs


def _listener(wanted: _Wanted) -> Listener | None:
    """The function that plays samples as they arrive, if wanted."""
    return play_samples(wanted.playback) if wanted.playback and wanted.spec.live else None


def _print(
    context: ResourceContext,
    options: SpeakOptions,
    wanted: _Wanted,
    target: Path,
    cost: Cost | None,
) -> None:
    if not options.shared.json:
        context.world.print_lines(str(target))
        return
    spec = wanted.spec
    file = {"path": str(target), "bytes": target.stat().st_size, "format": wanted.format}
    about = {"model": spec.model, "files": [file], "characters": len(spec.text)}
    told = document(context.endpoint, "speak", **about, cost=cost_json(cost) if cost else None)
    context.world.write_json(told)


def _wanted(context: ResourceContext, options: SpeakOptions, playback: Playback | None) -> _Wanted:
    """The request, for raw samples if they are played as they arrive."""
    chosen = choose_speech_model(context, context.setup.model.value if options.model else None)
    dialect = chosen.dialect
    spec = _spec(context, options, chosen)
    style = spec.format
    if playback and playback.can_stream and options.format in (None, "wav"):
        style = "wav"
        spec = spec._replace(live=True, format=dialect.live_format or "pcm")
    parts = split_spec(spec, dialect)
    return _Wanted(spec, parts, style, playback, chosen)


def _spec(context: ResourceContext, options: SpeakOptions, chosen: SpeechModel) -> SpeechSpec:
    """The spec for the options. Errors: ``invalid_request`` (exit 5) for unsupported ones."""
    dialect = chosen.dialect
    name = context.endpoint.provider.name
    if options.speed is not None and options.speed <= 0:
        raise usage_error("--speed must be more than 0")
    for field in ("style", "speed", "language", "model"):
        if getattr(options, field) is not None and field not in dialect.takes:
            able = "|".join(_takers(field))
            raise AichatError(
                Fault("invalid_request", f"{name} takes no --{field} here", f"use -p {able}")
            )
    how = options.format or dialect.formats[0]
    if how not in dialect.formats:
        can = f"it writes: {', '.join(dialect.formats)}"
        raise AichatError(Fault("invalid_request", f"{name} does not write {how}", can))
    text = "\n\n".join(read_texts(context.world, options.words, options.file, lines=False))
    voice = options.voice or dialect.voice
    return SpeechSpec(text, chosen.name, voice, how, options.style, options.speed, options.language)


def _takers(field: str) -> Iterator[str]:
    """The providers that support a field."""
    for name in providers.names():
        dialect = DIALECTS.get(providers.load(name).resources.speech)
        if dialect and field in dialect.takes:
            yield name


def _target(world: World, options: SpeakOptions, wanted: _Wanted) -> Path | None:
    """The file to write; None is stdout. Errors: ``usage``, ``output``."""
    if options.output != "-":
        words, force = wanted.spec.text, options.force
        return result_path(options.output, words, wanted.format, force=force)
    if options.play or options.shared.json:
        raise usage_error("--output - gives the sound alone: no --play, no --json")
    if world.stdout_tty:
        raise usage_error("sound is not for a terminal", "--output FILE, or --play")
    return None


COMMAND = Command(
    name="speak",
    summary="Have a text read aloud, as a sound file.",
    examples=(
        "aichat speak 'good morning' -p openai --voice marin",
        "aichat speak -f letter.txt -p xai -O letter.mp3",
    ),
    options=(
        MODEL_OPTION,
        Option(("-f", "--file"), "A text. Repeatable.", metavar="FILE", many=True),
        Option(("--voice",), "Whose voice, by the provider's name for it.", metavar="V"),
        Option(("--style",), "How it is read, in words (OpenAI, Gemini).", metavar="TEXT"),
        Option(("--speed",), "How fast; 1 is as usual (OpenAI, xAI).", float, metavar="X"),
        Option(("--language",), "Its language (Gemini, xAI, Qwen).", metavar="L"),
        Option(("--format",), "Of the file; default: the provider's usual one.", choices=FORMATS),
        Option(("-O", "--output"), "A file, a folder, or - for stdout.", metavar="FILE"),
        FORCE_OPTION,
        *shared_options("max_cost", "play", "usage"),
    ),
    arguments=(Argument("words", "The text.", many=True, required=False),),
    run=run,
    reads=SpeakOptions,
    extra_help=gone_help("speak"),
)
