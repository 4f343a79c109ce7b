"""Speech synthesis by a provider: long texts in parts, which are joined to one sound."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol

from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.media.results import is_theirs, secure
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.http.call import Call
from aichat.core.media.sentences import split_sentences
from aichat.core.media.sound.mp3 import bare_frames
from aichat.core.media.sound.wav import wav_header
from aichat.core.message.sound import (
    DEFAULT_RATE,
    playable_sound,
    samples,
    sound_type,
)
from aichat.disk.files.partial import PartialFile
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.process.signals import defer_signals
from aichat.term.widgets.progress import track_progress
from aichat.values import NamedTuple
from aichat.wires.resources.audio.sounds import Sound, SoundReader
from aichat.wires.resources.audio.speech import SpeechDialect, SpeechSpec, speech_call

#: The most bytes of one part, and of what is kept in memory.
_MAX_SOUND, _SPOOL_BYTES = 256 << 20, 16 << 20

#: Formats in which parts can be joined.
_JOINABLE = ("mp3", "wav", "pcm")

#: Takes audio as it arrives, with its media type.
Listener = Callable[[bytes, str], object]


#: Requests one part.
Send = Callable[[ResourceContext, SpeechSpec, Listener | None], Sound | None]


class Spoken(NamedTuple):
    """The usage of one part."""

    characters: int
    usage: Usage
    detail: UsageDetail


class PartBill(Protocol):
    """Sees each part before it is sent, and what it used."""

    def check(self, spec: SpeechSpec) -> None:
        """Errors: ``budget`` if the part may not be sent."""

    def note(self, part: Spoken) -> None:
        """A part was answered."""


def split_spec(spec: SpeechSpec, dialect: SpeechDialect) -> list[SpeechSpec]:
    """The parts, to be requested one by one.

    Errors: ``invalid_request`` for several in a format that cannot be joined.
    """
    parts = split_sentences(spec.text, dialect.most)
    if len(parts) > 1 and spec.format not in _JOINABLE:
        can = ", ".join(how for how in dialect.formats if how in _JOINABLE)
        why = f"{len(spec.text):,} characters are read in {len(parts)} parts, and those"
        raise AichatError(
            Fault("invalid_request", f"{why} cannot be joined as {spec.format}", f"--format {can}")
        )
    return [spec._replace(text=part) for part in parts] or [spec]


class JoinedSound:
    """Joins parts to one sound, in memory or, if large, on disk; ``format`` is the file's."""

    def __init__(self, style: str, count: int) -> None:
        self._style, self._is_one = style, count == 1
        self._file: IO[bytes] = SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115  see ``close``
        self._rate = DEFAULT_RATE
        self.size = 0  # bytes so far

    def add(self, data: bytes, mime: str) -> None:
        """Append a part."""
        if self._style == "wav":
            data = playable_sound(mime, data)[1]
            if sound_type(data) == "audio/wav":
                self._rate = int.from_bytes(data[24:28], "little") or DEFAULT_RATE
                data = samples(data)
            else:
                self._style = ""  # something else, left unchanged
        elif self._style == "mp3" and not self._is_one:
            data = bare_frames(data)
        self._file.write(data)
        self.size += len(data)

    def pieces(self) -> Iterator[bytes]:
        """The contents of the whole file."""
        if self._style == "wav":
            yield wav_header(self.size, self._rate)
        self._file.seek(0)
        while piece := self._file.read(1 << 18):
            yield piece

    def save(self, target: Path, *, whole: bool = True) -> Path | None:
        """Write the file, or an incomplete one beside it; returns its path."""
        file = PartialFile(target)
        try:
            for piece in self.pieces():
                file.write(piece)
        except BaseException:
            with defer_signals():
                file.abandon()
            raise
        with defer_signals():
            if not whole:
                return file.abandon()
            file.commit()
        return target

    def close(self) -> None:
        """Discard the contents."""
        with suppress(OSError):
            self._file.close()


def read_aloud(
    context: ResourceContext,
    parts: Sequence[SpeechSpec],
    joined: JoinedSound,
    bill: PartBill,
    listen: Listener | None = None,
    send: "Send | None" = None,
) -> None:
    """Request the parts one after the other, each if the ``bill`` has money for it.

    ``listen`` gets the audio as it arrives. Errors: as of any request; ``protocol`` if an
    answer has no audio; earlier parts are in ``joined``.
    """
    doing = "reading part"
    shown = track_progress(context.world, doing, parts, len(parts)) if len(parts) > 1 else parts
    for spec in shown:
        bill.check(spec)
        sound = (send or send_speech)(context, spec, listen)
        counts = {"character": len(spec.text), **(sound.detail.counts if sound else {})}
        usage = sound.usage if sound else Usage()
        bill.note(Spoken(len(spec.text), usage, UsageDetail(counts)))
        if sound and sound.url and not sound.data:
            sound = sound._replace(data=_fetch(context, sound.url))
            if listen:
                listen(sound.data, sound.mime)
        if sound is None:
            raise protocol_error(context, "the answer has no sound")
        joined.add(sound.data, sound.mime)


def send_speech(
    context: ResourceContext, spec: SpeechSpec, listen: Listener | None
) -> Sound | None:
    """Request one part, without a retry once any of it was played."""
    clock = context.world.clock
    caller = Caller(context.endpoint, clock, context.options, spec.model)
    call, found = speech_call(context.endpoint, spec), None
    begun = False
    loop = RetryLoop(caller, clock, lambda _: not begun)
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            reader = SoundReader(response.headers.get("content-type", ""))
            for chunk in response.chunks(_MAX_SOUND):
                new = reader.feed(chunk)
                if new and listen:
                    begun = True
                    listen(new, reader.mime)
            found = reader.close()
        if loop.wait:
            context.say(loop.wait.why)
    return found


def _fetch(context: ResourceContext, url: str) -> bytes:
    """Audio from a URL of the provider, fetched without its key."""
    target = context.endpoint
    if not is_theirs(url, target):
        raise protocol_error(context, "the sound is at an address that is not the provider's")
    call = Call("GET", secure(url, target), ())
    with http.send(call, context.options.connection) as response:
        data = response.read(_MAX_SOUND)
    if response.status != 200 or not data:
        raise protocol_error(context, f"the sound could not be fetched: HTTP {response.status}")
    return data
