"""Splits a recording above a model's limits at pauses, and joins the transcripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from aichat.app.media.sound.recording import Recording, on_disk
from aichat.core.media.sound import cutting
from aichat.core.media.sound.cutting import Samples
from aichat.core.media.sound.wav import HEAD_BYTES
from aichat.core.media.transcript import Span, Transcript
from aichat.disk.files.upload import FilePart, FileSource
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.audio import ffmpeg
from aichat.process.audio.recorders import RECORDED_RATE
from aichat.process.stdin import format_size
from aichat.values import NamedTuple


class SoundLimits(NamedTuple):
    """A model's limits per call, in bytes and seconds; 0 is none."""

    size: int = 0
    seconds: float = 0

    def fits(self, recording: Recording) -> bool:
        """Whether a recording is within the limits."""
        is_small = not self.size or recording.size <= self.size
        return is_small and (not self.seconds or recording.seconds <= self.seconds)


class RecordingPart(NamedTuple):
    """A part that is sent by itself, and its offset in the recording in seconds."""

    recording: Recording
    offset: float


@contextmanager
def split(recording: Recording, limits: SoundLimits) -> Iterator[tuple[RecordingPart, ...]]:
    """The recording, or its parts within the limits.

    Compressed audio is first decoded by ffmpeg. Errors: ``invalid_request`` (exit 5) if that
    is not installed; ``usage`` if it cannot read it.
    """
    source = recording.source
    if limits.fits(recording) or not isinstance(source, FileSource):
        yield (RecordingPart(recording, 0.0),)
        return
    if samples := cutting.find_samples(source.read, source.size):
        yield tuple(_parts(recording, source, samples, limits))
        return
    if not ffmpeg.can_decode(recording.mime):
        raise _too_large(recording, limits)
    with TemporaryFile(prefix="aichat-") as file, on_disk(recording) as path:
        try:
            ffmpeg.decode(path, recording.mime, file)
        except ValueError as error:
            raise usage_error(f"{recording.name} cannot be decoded: {error}") from error
        file.seek(0)
        decoded: Any = file
        source = FileSource(decoded, recording.path)
        samples = Samples(0, source.size // 2 * 2, RECORDED_RATE)
        yield tuple(_parts(recording, source, samples, limits))


def _parts(
    recording: Recording, source: FileSource, samples: Samples, limits: SoundLimits
) -> Iterator[RecordingPart]:
    most = limits.size or samples.size + HEAD_BYTES
    for number, part in enumerate(cutting.cut(source.read, samples, most, limits.seconds), 1):
        name = f"{Path(recording.name).stem}-{number}.wav"
        begin = cutting.part_header(samples, part.size)
        piece = FilePart(source, begin, part.start, part.size, name)
        seconds = part.size / samples.bytes_per_second
        made = Recording(recording.path, name, "audio/wav", seconds, piece.size, piece)
        yield RecordingPart(made, part.offset)


def _too_large(recording: Recording, limits: SoundLimits) -> AichatError:
    most = f"{format_size(limits.size)}" if limits.size else f"{limits.seconds:g} seconds"
    why = f"{recording.name} has {format_size(recording.size)}: the model takes at most {most}"
    hint = "with ffmpeg installed it is sent in parts; of a WAV file it always is"
    return AichatError(Fault("invalid_request", why, hint))


def join(parts: list[tuple[float, Transcript]]) -> Transcript:
    """The transcripts of parts, each with its offset in seconds, joined to one."""
    if len(parts) == 1:
        return parts[0][1]
    texts = (each.text.strip() for _, each in parts)
    offset, last = parts[-1]
    return Transcript(
        " ".join(filter(None, texts)),
        next((each.language for _, each in parts if each.language), None),
        None if last.seconds is None else offset + last.seconds,
        tuple(_later(span, start) for start, each in parts for span in each.segments),
        tuple(_later(span, start) for start, each in parts for span in each.words),
    )


def _later(span: Span, seconds: float) -> Span:
    return span._replace(start=span.start + seconds, end=span.end + seconds)
