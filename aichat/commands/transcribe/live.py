"""``aichat transcribe --live``: transcribes live audio."""

from collections.abc import Callable, Sequence
from functools import partial

from aichat.app.billing.sound import (
    Transcription,
    open_transcription,
    record_transcription,
    transcription_price,
)
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import ResourceContext
from aichat.app.media.files.rescue import one_piece, saved_or_rescued
from aichat.app.media.sound.dictate import Dictated, dictate
from aichat.app.media.sound.sources import MicrophoneSource, open_source
from aichat.core.billing.budget import parse_limit
from aichat.core.billing.money import Cost
from aichat.core.media.transcript import Transcript
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.atomic import check_target, write_whole
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.signals import resend_signals
from aichat.process.stdin import TypedLines
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.realtime.dictation import DICTATIONS, TRANSLATION, DictationSpec, Said
from aichat.wires.resources.audio.transcripts import Transcribed

#: The assumed duration, in seconds, for the price shown and checked in advance.
_USUAL_SECONDS = 60.0

#: Seconds per hour.
_HOUR = 3600


class LiveWish(NamedTuple):
    """The options: source, model, language, output and limit of cost."""

    files: Sequence[str]
    model: str | None
    language: str | None
    keywords: tuple[str, ...]
    output: str | None = None
    max_cost: str | None = None
    is_silent: bool = False  # print nothing as it arrives
    is_dry: bool = False
    translates: bool = False


def write_live(context: ResourceContext, wish: LiveWish) -> tuple[str, Transcription] | None:
    """Print each passage once it has ended, and write all to the output at the end.

    Returns the model and the transcript; None for a dry run. What came before a failure is
    printed and counted.
    Errors: ``usage``, those of a session, ``budget`` once it costs too much.
    """
    if len(wish.files) > 1:
        raise usage_error("--live hears one thing at a time")
    dictation = DICTATIONS.get(context.endpoint.provider.resources.transcription)
    if wish.translates:
        dictation = TRANSLATION
    if dictation is None:
        why = f"{context.endpoint.provider.name} writes nothing down while it is said"
        raise AichatError(Fault("invalid_request", why, f"these do: {', '.join(DICTATIONS)}"))
    spec = DictationSpec(wish.model or dictation.model, wish.language, wish.keywords)
    if wish.is_dry:
        print_call(context.world, dictation.call(context.endpoint, spec), target=context.endpoint)
        return None
    if wish.output:
        check_target(expand_path(wish.output))
    source = open_source(context.world, next(iter(wish.files), None))
    metered = open_transcription(context, spec.model, _USUAL_SECONDS, wish.max_cost)
    page = _Page(context.world, is_silent=wish.is_silent or bool(wish.output))
    made = Dictated(page.add)
    hour = transcription_price(context, spec.model, _HOUR)
    limit = _Limit(wish.max_cost, hour, lambda: made.seconds)
    keys = TypedLines(context.world.stdin if isinstance(source, MicrophoneSource) else None)
    if not keys.is_over:
        context.say("listening; Enter or Ctrl-C ends it")
    made.wants_end = lambda: limit.is_passed() or keys.poll() is not None
    try:
        with resend_signals():
            dictate(context, dictation, spec, source, made)
    finally:
        page.close()
        transcript = Transcript(page.text, wish.language, made.seconds)
        done = record_transcription(metered, Transcribed(transcript), made.seconds)
        if wish.output and page.text:
            data, path = f"{page.text}\n".encode(), expand_path(wish.output)
            save = partial(write_whole, path, data)
            saved_or_rescued(context.world, save, path.name, one_piece(data))
    limit.check()
    return spec.model, done


class _Page:
    """The transcript, with a line per passage."""

    def __init__(self, world: World, *, is_silent: bool) -> None:
        self._world, self._is_silent = world, is_silent
        self._passages: list[str] = []
        self._begun = ""

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self._passages)

    def add(self, said: Said) -> None:
        """Add text to a passage, which is printed once it has ended."""
        if not said.is_final:
            self._begun += said.text
            self._world.overwrite_line(self._begun.strip(), "dim")
            return
        self._end(said.text or self._begun)

    def close(self) -> None:
        """End an unfinished passage."""
        self._end(self._begun)

    def _end(self, passage: str) -> None:
        begun, self._begun, passage = self._begun, "", passage.strip()
        if begun:
            self._world.overwrite_line("")
        if not passage:
            return
        self._passages.append(passage)
        if not self._is_silent:
            self._world.write_text(f"{sanitize(passage) if self._world.stdout_tty else passage}\n")


class _Limit:
    """The limit of cost, by the price per hour and the duration so far."""

    def __init__(self, max_cost: str | None, hour: Cost | None, heard: Callable[[], float]) -> None:
        self._limit, self._hour, self._heard = max_cost and parse_limit(max_cost), hour, heard

    def is_passed(self) -> bool:
        """Whether the cost exceeds the limit."""
        limit, hour = self._limit, self._hour
        if not limit or hour is None or hour.currency != limit.currency:
            return False
        return hour.amount * self._heard() >= limit.amount * _HOUR

    def check(self) -> None:
        """Raise ``budget`` if the limit ended the session."""
        if self._limit and self.is_passed():
            raise AichatError(Fault("budget", f"stopped: it reached {self._limit.description}"))
