"""``aichat speak``: a text read aloud, as a file."""

from pathlib import Path
from typing import NamedTuple

from aichat.app.billing.metered import open_metered, record_use
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    ResourceContext,
    ResourceOptions,
    document,
    fetch,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.app.question.texts import read_texts
from aichat.core.cli.argv import Argument, Command, Option
from aichat.disk.files.atomic import write_whole
from aichat.disk.files.result_name import result_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.audio import PLAYERS, Playback, Player, find_player
from aichat.process.world import World
from aichat.wires.resources.audio.speech import (
    DIALECTS,
    FORMATS,
    SpeechSpec,
    parse_speech,
    speech_call,
)


class SpeakOptions(NamedTuple):
    """What is read, how, and where the sound goes."""

    words: tuple[str, ...]
    model: str | None
    max_cost: str | None
    play: bool
    file: tuple[str, ...]
    voice: str | None
    style: str | None
    speed: float | None
    language: str | None
    format: str | None
    output: str | None
    force: bool
    shared: ResourceOptions


def run(world: World, options: SpeakOptions) -> int:
    """Write a sound file, and print its path."""
    context = open_resource(
        *(world, options.shared, lambda provider: provider.speech),
        *("does not read aloud", options.model),
    )
    player = _player() if options.play else None
    spec = _spec(context, options)
    call = speech_call(context.endpoint, spec)
    if options.shared.dry_run:
        print_call(world, call)
        return 0
    target = _target(world, options, spec)
    metered = open_metered(context, spec.model, (spec.text,), options.max_cost)
    answer = fetch(context, call, spec.model)
    sound = parse_speech(answer, context.endpoint)
    cost = record_use(metered, None)
    if sound is None:
        raise protocol_error(context, "the answer has no sound")
    if target is None:
        world.write_bytes(sound)
        return 0
    write_whole(target, sound)
    if options.shared.json:
        told = cost and {"amount": cost.amount / 10**9, "currency": cost.currency}
        file = {"path": str(target), "bytes": len(sound), "format": spec.format}
        about = {"model": spec.model, "files": [file], "characters": len(spec.text), "cost": told}
        world.write_json(document(context, "speak", **about))
    else:
        world.print_lines(str(target))
    if player:
        playback = Playback(player, world.environ)
        playback.play_file(str(target))
        playback.wait()
    return 0


def _spec(context: ResourceContext, options: SpeakOptions) -> SpeechSpec:
    """What is asked for. Errors: ``invalid_request`` (exit 5) for what the provider lacks."""
    name, dialect = context.endpoint.provider.name, DIALECTS[context.endpoint.provider.speech]
    asked = options._asdict()
    lacking = [each for each in ("style", "speed", "language", "model") if asked[each] is not None]
    lacking = [each for each in lacking if each not in dialect.takes]
    if lacking:
        raise AichatError(Fault("invalid_request", f"{name} takes no --{lacking[0]} here"))
    how = options.format or dialect.formats[0]
    if how not in dialect.formats:
        can = f"it writes: {', '.join(dialect.formats)}"
        raise AichatError(Fault("invalid_request", f"{name} does not write {how}", can))
    text = "\n\n".join(read_texts(context.world, options.words, options.file, lines=False))
    if len(text) > dialect.most:
        why = f"{name} reads at most {dialect.most:,} characters at once; these are {len(text):,}"
        raise AichatError(Fault("invalid_request", why, "split the text"))
    model = context.setup.model.value if options.model else dialect.model
    voice = options.voice or dialect.voice
    return SpeechSpec(text, model, voice, how, options.style, options.speed, options.language)


def _target(world: World, options: SpeakOptions, spec: SpeechSpec) -> Path | None:
    """The file that is written; None is stdout. Errors: ``usage``, ``output``."""
    if options.output != "-":
        return result_path(options.output, spec.text, spec.format, force=options.force)
    if options.play or options.shared.json:
        raise usage_error("--output - gives the sound alone: no --play, no --json")
    if world.stdout_tty:
        raise usage_error("sound is not for a terminal", "--output FILE, or --play")
    return None


def _player() -> Player:
    player = find_player()
    if player is None:
        names = ", ".join(each.program for each in PLAYERS)
        raise usage_error("--play needs a program that plays sound", f"install one of: {names}")
    return player


COMMAND = Command(
    name="speak",
    summary="Have a text read aloud, as a sound file.",
    examples=(
        "aichat speak 'good morning' -p openai --voice marin",
        "aichat speak -f letter.txt -p xai -O letter.mp3",
    ),
    options=(
        Option(("-m", "--model"), "Model; default: the provider's usual one.", metavar="M"),
        Option(("-f", "--file"), "A text. Repeatable.", metavar="F", many=True),
        Option(("--voice",), "Whose voice, by the provider's name for it.", metavar="V"),
        Option(("--style",), "How it is read, in words (OpenAI, Gemini).", metavar="TEXT"),
        Option(("--speed",), "How fast; 1 is as usual (OpenAI, xAI).", float, metavar="X"),
        Option(("--language",), "Its language (Gemini, xAI).", metavar="L"),
        Option(("--format",), "Of the file; default: the provider's usual one.", choices=FORMATS),
        Option(("-O", "--output"), "A file, a folder, or - for stdout.", metavar="FILE"),
        Option(("--force",), "Overwrite a file that is there.", bool),
        *shared_options("max_cost", "play"),
    ),
    arguments=(Argument("words", "The text.", many=True, required=False),),
    run=run,
    reads=SpeakOptions,
)
