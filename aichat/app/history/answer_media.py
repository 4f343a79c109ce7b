"""Saving the pictures and sound of an answer as files while it streams."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aichat.core.exchange.event import Audio, Event, Failure, Finish, Image, MadeFile, Notice
from aichat.core.message.media import LocalFile, Media
from aichat.core.message.sound import playable_sound
from aichat.disk.files import media
from aichat.errors import AichatError

#: Image types by the extension for their first bytes.
_IMAGE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}


class MediaKeeper:
    """Saves the media of one answer beside the store in the folder ``data``.

    Without one they go to the current folder, named after ``stem``. A picture is saved at
    once; sound, which arrives in pieces, when the answer ends.
    """

    def __init__(self, data: Path | None, stem: str) -> None:
        self._data, self._stem = data, stem
        self._sound: list[Media] = []

    def keep(self, events: list[Event]) -> list[Event]:
        """The events, with files in place of bytes; each new file is announced."""
        return [made for event in events for made in self._keep(event)]

    def _keep(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Image) and not event.partial and event.media.data:
            yield from self._keep_image(event)
            return
        if isinstance(event, MadeFile) and event.media.data is not None:
            yield from self._keep_file(event)
            return
        if isinstance(event, Audio) and event.media.data is not None:
            self._sound.append(event.media)
        elif isinstance(event, Finish | Failure) and self._sound:
            yield from self._end_sound()
        yield event

    def _keep_image(self, event: Image) -> Iterator[Event]:
        try:
            path = self._write(event.media.data or b"")
        except (OSError, AichatError) as error:
            yield event
            yield _failure("an image", error)
            return
        mime = _IMAGE_TYPES.get(path.suffix, event.media.mime)
        yield Image(event.media._replace(mime=mime, source=LocalFile(str(path))))
        yield Notice("image", f"image saved as {path}")

    def _keep_file(self, event: MadeFile) -> Iterator[Event]:
        """A file under a safe name, with its given name only for display."""
        name = event.media.name or "file"
        try:
            path = self._write(event.media.data or b"", name)
        except (OSError, AichatError) as error:
            yield _failure(name, error)
            return
        mime = _IMAGE_TYPES.get(path.suffix, event.media.mime)
        yield MadeFile(event.media._replace(mime=mime, source=LocalFile(str(path))))
        yield Notice("file", f"{name} saved as {path}")

    def _end_sound(self) -> Iterator[Event]:
        """All the sound as one file, in a type that players open."""
        pieces, self._sound = self._sound, []
        data = b"".join(piece.data or b"" for piece in pieces)
        told = "".join(piece.transcript or "" for piece in pieces) or None
        if not data:
            return
        mime, data = playable_sound(pieces[0].mime, data)
        try:
            path = self._write(data)
        except (OSError, AichatError) as error:
            yield _failure("the sound", error)
            return
        yield Audio(Media(mime, LocalFile(str(path)), transcript=told))
        yield Notice("audio", f"sound saved as {path}")

    def _write(self, data: bytes, name: str = "") -> Path:
        """Errors: ``OSError`` and ``output``; the store then has the bytes with the answer."""
        if self._data:
            return self._data / media.keep(self._data, data)
        base = name.rpartition("/")[2]
        stem, _, ending = base.rpartition(".")
        known = stem and re.fullmatch(r"[A-Za-z0-9]{1,8}", ending)
        plain = re.sub(r"[^\w-]+", "_", stem if known else base).strip("_")
        called = (plain or self._stem, data, ending if known else "")
        try:
            return media.save(Path.cwd(), *called)
        except OSError:  # it is paid for, and nothing else has it
            return media.save(Path(tempfile.mkdtemp(prefix="aichat-")), *called)


def _failure(what: str, error: Exception) -> Notice:
    why = getattr(error, "strerror", None) or error
    return Notice("image", f"cannot save {what}: {why}")
