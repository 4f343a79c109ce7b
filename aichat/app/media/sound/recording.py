"""A recording that is to be written down: its kind by its content, its length about."""

from io import BytesIO
from pathlib import Path

from aichat.core.media.duration import media_seconds
from aichat.core.media.media_type import media_type
from aichat.core.message.media import media_kind
from aichat.core.message.sound import wav_header
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files import upload
from aichat.disk.files.attached import read_ends
from aichat.disk.files.upload import FileSource, file_source
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process import stdin
from aichat.process.audio.programs import (
    RECORDED_RATE,
    RECORDERS,
    Microphone,
    SoundRecorder,
    find_recorder,
)
from aichat.process.world import World
from aichat.term.widgets.confirm import read_answer
from aichat.values import NamedTuple

#: Bytes of an end that tell what it is, and how long.
_END_BYTES = 1 << 16

#: What a file is called that has no name of its own: servers go by the ending.
_SUFFIXES = {
    "audio/aac": "aac",
    "audio/aiff": "aiff",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "video/mp4": "mp4",
    "video/webm": "webm",
}


class Recording(NamedTuple):
    """A file with sound in it: where, under which name, and about how many ``seconds`` of it."""

    path: str
    name: str
    mime: str
    seconds: float
    source: FileSource


def open_recording(world: World, given: str) -> Recording:
    """The recording in a file, or in stdin for ``-``. Errors: ``usage`` for what is none."""
    if given == "-":
        if not stdin.is_wanted(world, skip=False):
            raise usage_error("no recording given", "give a FILE, or pipe one in")
        source = FileSource(stdin.open_seekable(world), "-")
        head = next(iter(source), b"")[:_END_BYTES]
        return _recording("-", "stdin", source, (head, b""))
    path = expand_path(given)
    source = file_source(given)
    return _recording(given, path.name, source, read_ends(path, _END_BYTES))


def _recording(given: str, name: str, source: FileSource, ends: tuple[bytes, bytes]) -> Recording:
    if not source.size:
        raise usage_error(f"{name} is empty")
    mime = media_type(ends[0]) or upload.media_type(name)
    if media_kind(mime) not in ("audio", "video"):
        raise usage_error(f"{name} is no recording: it is {mime}")
    seconds = media_seconds(mime, *ends, source.size)
    if not Path(name).suffix and mime in _SUFFIXES:
        name = f"{name}.{_SUFFIXES[mime]}"
    return Recording(given, name, mime, seconds, source)


def recorder_of(wish: str) -> SoundRecorder:
    """A program that records. Errors: ``usage`` without one, for what ``wish`` names."""
    recorder = find_recorder()
    if recorder is None:
        names = ", ".join(each.program for each in RECORDERS)
        raise usage_error(f"{wish} needs a program that records", f"install one of: {names}")
    return recorder


def listen(world: World) -> Recording:
    """What is said into the microphone, until the user types Enter; Ctrl-C gives it up.

    Errors: ``usage`` without a program that records, and for nothing but silence.
    """
    recorder = recorder_of("recording")
    try:
        microphone = Microphone(recorder, world.environ)
    except OSError as error:
        raise usage_error(f"cannot start {recorder.program}: {error.strerror}") from error
    try:
        world.say("aichat: recording; Enter ends it, Ctrl-C gives it up")
        read_answer(world)
    finally:
        samples, words = microphone.stop()
    if not samples.strip(b"\0"):
        why = next(iter(words.strip().splitlines()), "there is only silence")
        hint = "is there a microphone, and may the terminal use it?"
        raise usage_error(f"{recorder.program} recorded nothing: {sanitize_line(why)}", hint)
    data = wav_header(len(samples), RECORDED_RATE) + samples
    seconds = len(samples) / (2 * RECORDED_RATE)
    return Recording("-", "speech.wav", "audio/wav", seconds, FileSource(BytesIO(data), "-"))
