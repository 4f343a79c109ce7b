"""Converting the media of turns between the store's file names and the program's paths."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from aichat.core.conversation.media import (
    FILE_MARK,
    MEDIA_FOLDER,
    MEDIA_NAME,
    exact_base64,
    map_message,
    map_turn,
)
from aichat.core.conversation.turn import Turn
from aichat.core.message.media import LocalFile, Media
from aichat.core.message.message import Message
from aichat.errors import AichatError


def with_names(folder: Path, turn: Turn) -> Turn:
    """A turn for storing: its media become files below ``folder``, which it names.

    Other local files are copied there only if the user attached them, since files there
    may be sent. What cannot be written stays in the turn.
    """

    def name_media(given: Media) -> Media:
        if isinstance(given.source, bytes):
            name = _try_keep(folder, given.source) if given.source else None
        elif isinstance(given.source, LocalFile):
            name = _name_of_file(folder, given.source)
        else:
            name = None
        return given._replace(source=LocalFile(name)) if name else given

    def name_text(text: str) -> str:
        data = exact_base64(text)
        name = _try_keep(folder, data) if data else None
        return f"{FILE_MARK}{name}" if name else text

    return map_turn(turn, name_media, name_text)


def _try_keep(folder: Path, data: bytes) -> str | None:
    from aichat.disk.files import media  # here, since few turns have media

    with suppress(OSError, AichatError):
        return media.keep(folder, data)
    return None


def _name_of_file(folder: Path, file: LocalFile) -> str | None:
    """The name of one of our media files, or of a copy made of an attached file."""
    path = Path(file.path)
    if _is_ours(folder, path):
        return f"{MEDIA_FOLDER}/{path.name}"
    if not file.is_attached:
        return None
    from aichat.disk.files import media

    with suppress(OSError, AichatError):
        return media.keep_file(folder, path)
    return None


def _is_ours(folder: Path, path: Path) -> bool:
    """Whether a path is one of our media files; no other is read as one."""
    named = MEDIA_NAME.fullmatch(f"{MEDIA_FOLDER}/{path.name}")
    return bool(named) and path.parent == folder / MEDIA_FOLDER


def with_paths(folder: Path, turn: Turn) -> Turn:
    """A stored turn with the paths of its files."""

    def locate(given: Media) -> Media:
        source = given.source
        if isinstance(source, LocalFile) and MEDIA_NAME.fullmatch(source.path):
            return given._replace(source=LocalFile(str(folder / source.path)))
        return given

    return map_turn(turn, locate, str)


class FileReader:
    """Reads the files below ``folder`` that messages name, noting ``missing`` ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missing: dict[str, str] = {}  # path -> what it is called

    def attached(self, given: Message) -> Message:
        """A message with media that may be read and sent, and with base64 in its raw items."""
        return map_message(given, self._attach, self._text)

    def turn(self, given: Turn, wanted: Callable[[Media], bool] = bool) -> Turn:
        """The same for a turn."""
        return map_turn(given, lambda each: self._read(each, wanted), self._text)

    def _attach(self, given: Media) -> Media:
        source = given.source
        if isinstance(source, LocalFile) and _is_ours(self._folder, Path(source.path)):
            return given._replace(source=source._replace(is_attached=True))
        return given

    def _read(self, given: Media, wanted: Callable[[Media], bool]) -> Media:
        if not isinstance(given.source, LocalFile) or not wanted(given):
            return given
        path = Path(given.source.path)
        if not _is_ours(self._folder, path):
            return given
        data = self._bytes_of(path, given.label)
        return given if data is None else given._replace(source=data)

    def _text(self, text: str) -> str:
        """The base64 for a mark; only our own files are read."""
        name = text.removeprefix(FILE_MARK)
        if name == text or not MEDIA_NAME.fullmatch(name):
            return text
        data = self._bytes_of(self._folder / name, "part of an answer")
        return text if data is None else b64encode(data).decode()

    def _bytes_of(self, path: Path, label: str) -> bytes | None:
        try:
            return path.read_bytes()
        except OSError:
            self.missing[str(path)] = label
            return None


def names_in(record: str) -> Iterator[str]:
    """The files that a row names."""
    return (found[0] for found in MEDIA_NAME.finditer(record))
