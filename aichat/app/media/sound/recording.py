"""A recording that is to be written down: its kind by its content, its length about."""

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
from aichat.process.audio.programs import RECORDED_RATE, RECORDERS, find_recorder
from aichat.process.installation import install_command
from aichat.process.world import World
from aichat.term.widgets.confirm import read_answer
from aichat.term.widgets.progress import ByteProgress
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


#: What is known by how it begins: a file that does not is none, whatever its name says.
_SIGNED = frozenset(("audio/flac", "audio/ogg", "audio/wav", "audio/x-wav", "video/webm"))

#: Bytes of a recording that is fetched.
MAX_FETCHED = 8 << 30


class Recording(NamedTuple):
    """A file with sound in it, ``path`` as it was given, and about how many ``seconds`` of it.

    ``source`` is what is in it, and ``file`` its name on the disk, empty where it has none. One
    whose ``url`` is told to the provider has no source.
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
    """Opens recordings, and lets go of what was copied for them: a context.

    ``passes_on`` says of the size of a file at an address whether its provider fetches it.
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
        """The recording in a file, at a URL, or in stdin for ``-``.

        Errors: ``usage`` for what is none; ``network`` for what does not come.
        """
        if is_url(given):
            return self._open_url(given)
        if given != "-":
            return _recording(given, expand_path(given).name, file_source(given), given)
        if not stdin.is_wanted(self._world, skip=False):
            raise usage_error("no recording given", "give a FILE, or pipe one in")
        return _recording("-", "stdin", FileSource(stdin.open_seekable(self._world), "-"))

    def _open_url(self, url: str) -> Recording:
        from aichat.net import web_page  # most are files

        found = web_page.look_at(url, _END_BYTES, allow_local=self._allow_local)
        name = url.partition("?")[0].rstrip("/").rpartition("/")[2] or "recording"
        if not found.is_local and self._passes_on(found.size):
            mime = _check_kind(name, found.data)
            seconds = media_seconds(mime, found.data, b"", found.size) if found.size else 0
            return Recording(url, name, mime, seconds, found.size or 0, None, url=url)
        _check_kind(name, found.data)
        return _recording(url, name, *self._fetch(url))

    def _fetch(self, url: str) -> tuple[FileSource, str]:
        """What is at an address, in a file that is gone again at the end."""
        from aichat.net import web_page

        copy = NamedTemporaryFile(prefix="aichat-")  # noqa: SIM115  it lives as long as this does
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
    """A file that it is in, which is gone again where there was none. Errors: ``usage``."""
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
    """Its media type. Errors: ``usage`` for what is not a recording."""
    found = media_type(head)
    mime = found or upload.media_type(name)
    if media_kind(mime) not in ("audio", "video"):
        raise usage_error(f"{name} is not a recording: it is {mime}")
    if found is None and mime in _SIGNED:
        raise usage_error(f"{name} is not a recording: it does not begin as one does")
    return mime


def recorder_of(wish: str) -> SampleRecorder:
    """A way to the microphone. Errors: ``usage`` without one, for what ``wish`` names."""
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
    """The microphone, open. Errors: ``usage`` where it cannot be reached."""
    try:
        return recorder.open(world.environ, rate, hear)
    except OSError as error:
        raise usage_error(f"cannot start {recorder.name}: {error.strerror}") from error


def deaf_error(told: str, words: str) -> AichatError:
    """What is told of a microphone that hears nothing; ``words`` are what it said itself."""
    why = next(iter(words.strip().splitlines()), "it has ended")
    hint = "is there a microphone, and may the terminal use it?"
    return usage_error(f"{told}: {sanitize_line(why)}", hint)


def listen(world: World) -> Recording:
    """What is said into the microphone, until the user types Enter; Ctrl-C gives it up.

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
