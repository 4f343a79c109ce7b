"""A recording to transcribe: its type, by its content, and its approximate duration."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from aichat.core.http.call import ByteStream
from aichat.core.http.url import is_url
from aichat.core.media.duration import is_empty_wave, media_seconds
from aichat.core.media.media_type import media_type
from aichat.core.media.sound.wav import wav_header
from aichat.core.message.media import media_kind
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files import upload
from aichat.disk.files.upload import FileSource, file_source
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, usage_error
from aichat.process import stdin
from aichat.process.audio.devices import Hear, OpenMicrophone, SampleRecorder
from aichat.process.audio.portaudio import PortAudioRecorder, find_portaudio
from aichat.process.audio.recorders import RECORDED_RATE, RECORDERS, find_recorder
from aichat.process.installation import install_command
from aichat.process.world import World
from aichat.term.widgets.confirm import read_answer
from aichat.term.widgets.progress import ByteProgress
from aichat.values import NamedTuple

#: Bytes at each end that show the type and duration.
_END_BYTES = 1 << 16

#: Suffixes for files without a name, since servers go by them.
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


#: Types with a signature: a file without it is not of the type, whatever its name.
_SIGNED = frozenset(("audio/flac", "audio/ogg", "audio/wav", "audio/x-wav", "video/webm"))

#: The most bytes of a recording to fetch.
MAX_FETCHED = 8 << 30


class Recording(NamedTuple):
    """A file with audio, ``path`` as it was given, and its approximate duration in ``seconds``.

    ``source`` is its content, and ``file`` its path on disk, empty if none. A recording whose
    ``url`` is passed to the provider has no source.
    """

    path: str
    name: str
    mime: str
    seconds: float
    size: int
    source: ByteStream | None
    file: str = ""
    url: str | None = None


class RecordingFiles:
    """A context manager that opens recordings, and deletes temporary copies of them.

    ``passes_on`` is whether the provider fetches a URL itself, given the file's size.
    """

    def __init__(
        self,
        world: World,
        passes_on: Callable[[int | None], bool] = lambda _: False,
        *,
        allow_local: bool = False,
    ) -> None:
        self._world, self._passes_on, self._allow_local = world, passes_on, allow_local
        self._copies = ExitStack()

    def __enter__(self) -> "RecordingFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._copies.close()

    def open(self, given: str) -> Recording:
        """The recording in a file, at a URL, or on stdin for ``-``.

        Errors: ``usage`` if it is not a recording; ``network`` if it cannot be fetched.
        """
        if is_url(given):
            return self._open_url(given)
        if given != "-":
            return _recording(given, expand_path(given).name, file_source(given), given)
        if not stdin.is_wanted(self._world, skip=False):
            raise usage_error("no recording given", "give a FILE, or pipe one in")
        return _recording("-", "stdin", FileSource(stdin.open_seekable(self._world), "-"))

    def _open_url(self, url: str) -> Recording:
        from aichat.net.pages import web_page  # most recordings are files

        found = web_page.look_at(url, _END_BYTES, allow_local=self._allow_local)
        name = url.partition("?")[0].rstrip("/").rpartition("/")[2] or "recording"
        if not found.is_local and self._passes_on(found.size):
            mime = _check_kind(name, found.data)
            seconds = media_seconds(mime, found.data, b"", found.size) if found.size else 0
            return Recording(url, name, mime, seconds, found.size or 0, None, url=url)
        _check_kind(name, found.data)
        return _recording(url, name, *self._fetch(url))

    def _fetch(self, url: str) -> tuple[FileSource, str]:
        """The content of a URL in a temporary file."""
        from aichat.net.pages import web_page

        copy = NamedTemporaryFile(prefix="aichat-")  # noqa: SIM115  closed with this object
        file: Any = self._copies.enter_context(copy)
        meter = ByteProgress(self._world, "fetched", None)

        def write(piece: bytes) -> None:
            file.write(piece)
            meter.add(len(piece))

        try:
            web_page.fetch_file(url, write, MAX_FETCHED, allow_local=self._allow_local)
        finally:
            meter.finish()
        file.flush()
        file.seek(0)
        return FileSource(file, url), file.name


@contextmanager
def on_disk(recording: Recording) -> Iterator[Path]:
    """The recording's file, or a temporary one if it has none. Errors: ``usage``."""
    if recording.file:
        yield expand_path(recording.file)
        return
    with NamedTemporaryFile(prefix="aichat-") as copy:
        for piece in recording.source or ():
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def _recording(given: str, name: str, source: FileSource, file: str = "") -> Recording:
    if not source.size:
        raise usage_error(f"{name} is empty")
    head = source.read(0, _END_BYTES)
    mime = _check_kind(name, head)
    if is_empty_wave(head, source.size):
        raise usage_error(f"{name} has no sound in it")
    tail = source.read(max(source.size - _END_BYTES, 0), _END_BYTES)
    seconds = media_seconds(mime, head, tail, source.size)
    if not Path(name).suffix and mime in _SUFFIXES:
        name = f"{name}.{_SUFFIXES[mime]}"
    return Recording(given, name, mime, seconds, source.size, source, file)


def _check_kind(name: str, head: bytes) -> str:
    """The media type of a recording. Errors: ``usage`` if it is none."""
    found = media_type(head)
    mime = found or upload.media_type(name)
    if media_kind(mime) not in ("audio", "video"):
        raise usage_error(f"{name} is not a recording: it is {mime}")
    if found is None and mime in _SIGNED:
        raise usage_error(f"{name} is not a recording: it does not begin as one does")
    return mime


def recorder_of(wish: str) -> SampleRecorder:
    """A recorder for the microphone. Errors: ``usage`` if there is none, naming ``wish``."""
    recorder = find_recorder()
    if recorder:
        return recorder
    if library := find_portaudio("input"):
        return PortAudioRecorder(library)
    names = ", ".join(each.name for each in RECORDERS)
    hint = f"install one of: {names}; or: {install_command('voice')}"
    raise usage_error(f"{wish} needs a program that records", hint)


def open_microphone(
    recorder: SampleRecorder, world: World, rate: int, hear: Hear
) -> OpenMicrophone:
    """Open the microphone. Errors: ``usage`` if that fails."""
    try:
        return recorder.open(world.environ, rate, hear)
    except OSError as error:
        raise usage_error(f"cannot start {recorder.name}: {error.strerror}") from error


def deaf_error(told: str, words: str) -> AichatError:
    """The error for a microphone without input; ``words`` are the recorder's own message."""
    why = next(iter(words.strip().splitlines()), "it has ended")
    hint = "is there a microphone, and may the terminal use it?"
    return usage_error(f"{told}: {sanitize_line(why)}", hint)


def listen(world: World) -> Recording:
    """Record from the microphone until the user presses Enter; Ctrl-C discards it.

    Errors: ``usage`` without a program that records, and for nothing but silence.
    """
    recorder, pieces = recorder_of("recording"), list[bytes]()
    microphone = open_microphone(recorder, world, RECORDED_RATE, pieces.append)
    try:
        world.say("aichat: recording; Enter ends it, Ctrl-C gives it up")
        read_answer(world)
    finally:
        words = microphone.close()
    samples = b"".join(pieces)
    if not samples.strip(b"\0"):
        raise deaf_error(f"{recorder.name} recorded nothing", words or "there is only silence")
    data = wav_header(len(samples), RECORDED_RATE) + samples
    seconds = len(samples) / (2 * RECORDED_RATE)
    source = FileSource(BytesIO(data), "-")
    return Recording("-", "speech.wav", "audio/wav", seconds, source.size, source)
