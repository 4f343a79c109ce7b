"""Converts audio to a format that a model supports, with the system's ffmpeg if installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from aichat.app.media import content
from aichat.core.message.media import LocalFile, Media
from aichat.core.message.sound import playable_sound
from aichat.disk.files.attached import AttachedFile
from aichat.errors import usage_error
from aichat.process.audio import ffmpeg

#: The formats to convert to, the smaller first.
_MADE = ("audio/mpeg", "audio/wav")


def convert_sound(media: Media, types: tuple[str, ...]) -> Media | None:
    """The audio as one of ``types``, without metadata; None if that is impossible here.

    Errors: ``usage`` if ffmpeg cannot read it.
    """
    target = next((mime for mime in _MADE if mime in types), None)
    if target is None or not ffmpeg.can_convert(media.mime):
        return None
    with _file_of(media) as path:
        try:
            made = ffmpeg.convert(path, media.mime, target)
        except ValueError as error:
            raise usage_error(f"{media.label} cannot be converted: {error}") from error
    mime, data = playable_sound(target, made)
    return media._replace(mime=mime, source=data)


@contextmanager
def _file_of(media: Media) -> Iterator[Path]:
    """The medium's file, or a temporary one if it has none."""
    if isinstance(media.source, LocalFile | AttachedFile):
        yield Path(media.source.path)
        return
    with NamedTemporaryFile(prefix="aichat-") as file:
        file.write(content.bytes_of(media))
        file.flush()
        yield Path(file.name)
