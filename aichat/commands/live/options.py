"""The options of a session's audio and outputs, and what they open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aichat.app.exchange.live.session import LiveSession
from aichat.app.media.sound.sound_file import SoundFile
from aichat.app.question.input import Question
from aichat.core.cli.argv import FORCE_OPTION, Option
from aichat.core.exchange.answer import Answer
from aichat.core.provider.realtime import Speech
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files.atomic import check_new_target, partial_of, resolve_target, write_whole
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.values import NamedTuple

SOUND = (
    Option(("--voice",), "Speak and listen, with the system's microphone and player.", bool),
    Option(("--voice-name",), "The provider's voice to answer with.", metavar="V"),
    Option(
        ("--input",),
        "Say what is in this recording (WAV; - is stdin). Repeatable: each is a turn.",
        metavar="FILE",
        many=True,
    ),
    Option(("--output",), "Write all that is said to this WAV file.", metavar="FILE"),
    Option(("--transcript",), "Write what both have said to this file.", metavar="FILE"),
    Option(
        ("--keep-audio",), "Store recordings and answers as sound too, not as words alone.", bool
    ),
    Option(("--push-to-talk",), "Speak between two presses of Enter.", bool),
    Option(("--half-duplex",), "Do not listen while an answer is heard: for loudspeakers.", bool),
    FORCE_OPTION,
)


class SoundOptions(NamedTuple):
    """The options of a session's audio and outputs."""

    voice: bool = False
    voice_name: str | None = None
    input: tuple[str, ...] = ()
    transcript: str | None = None
    keep_audio: bool = False
    push_to_talk: bool = False
    half_duplex: bool = False
    force: bool = False
    wav: str | None = None  # the file of --output

    @property
    def is_written(self) -> bool:
        """Whether the session is written to any file."""
        return bool(self.wav or self.transcript or self.keep_audio)

    @property
    def speaks(self) -> bool:
        """Whether answers are to be spoken."""
        return self.voice or self.wav is not None


def speech_of(options: SoundOptions) -> Speech:
    """The speech settings for the server."""
    return Speech(
        hears=options.voice or bool(options.input),
        speaks=options.speaks,
        voice=options.voice_name if options.speaks else None,
        takes_turns=options.voice and not options.push_to_talk,
    )


def check_sound(options: SoundOptions) -> None:
    """Raise ``usage`` for meaningless options, and ``output`` for files that cannot be written."""
    if options.wav is not None and not options.wav.lower().endswith(".wav"):
        raise usage_error(f"--output {options.wav}: expected a name that ends in .wav")
    for name in ("push_to_talk", "half_duplex"):
        if getattr(options, name) and not options.voice:
            raise usage_error(f"--{name.replace('_', '-')} needs --voice")
    if options.voice and options.input:
        raise usage_error("--voice and --input cannot be combined")
    if options.voice_name and not options.speaks:
        raise usage_error("--voice-name needs --voice or --output FILE.wav")
    for option, target in (("--output", options.wav), ("--transcript", options.transcript)):
        if target:
            check_new_target(expand_path(target), force=options.force, option=option)


class Outputs:
    """The files to which a session is written as it proceeds."""

    def __init__(self, transcript: str | None) -> None:
        self._path = expand_path(transcript) if transcript else None
        self._lines: list[str] = []

    def add(self, question: Question, answer: Answer) -> None:
        """Write a turn. Errors: ``output``."""
        said = question.text or answer.heard or ""
        told = [("you", said), (answer.model or "model", answer.text)]
        self._lines += (f"{sanitize_line(who)}: {text.strip()}\n" for who, text in told if text)
        if self._path:
            write_whole(self._path, "\n".join(self._lines).encode("utf-8", "replace"))


@contextmanager
def open_outputs(
    live: LiveSession, options: SoundOptions, tell: Callable[[str], object]
) -> Iterator[Outputs]:
    """The outputs that the options name; they are complete once the session has ended.

    ``tell`` gets a line about audio left by a killed session.
    """
    live.keeps_sound = options.keep_audio
    if options.wav is None:
        yield Outputs(options.transcript)
        return
    path = expand_path(options.wav)
    if (left := partial_of(resolve_target(path))).exists():
        tell(f"{left} is kept: what was said in a session that did not end")
    with SoundFile(path, force=options.force) as file:
        live.speaker = file
        yield Outputs(options.transcript)
        if not file.size:
            tell(f"{path} is not written: nothing was said aloud")
