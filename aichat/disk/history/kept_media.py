"""The media of turns as rows have them (names of files), and as the program has them (paths)."""

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
    """A turn as it is stored: its bytes are files below ``folder``, and it names those.

    Other files of this machine are copied there only where the user has attached them: what
    is there may be sent. What cannot be written stays in the turn.
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
    from aichat.disk.files import media  # few turns have any

    with suppress(OSError, AichatError):
        return media.keep(folder, data)
    return None


def _name_of_file(folder: Path, file: LocalFile) -> str | None:
    """The name of a file that is ours, or that is made ours by copying it."""
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
    """Whether a path is that of a medium of a conversation: no other is read for one."""
    named = MEDIA_NAME.fullmatch(f"{MEDIA_FOLDER}/{path.name}")
    return bool(named) and path.parent == folder / MEDIA_FOLDER


def with_paths(folder: Path, turn: Turn) -> Turn:
    """A stored turn as the program has it: each of its files by its path."""

    def locate(given: Media) -> Media:
        source = given.source
        if isinstance(source, LocalFile) and MEDIA_NAME.fullmatch(source.path):
            return given._replace(source=LocalFile(str(folder / source.path)))
        return given

    return map_turn(turn, locate, str)


class FileReader:
    """Reads the files that messages name below ``folder``; ``missing`` are those not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missing: dict[str, str] = {}  # path -> what it is called

    def attached(self, given: Message) -> Message:
        """A message whose media may be read to be sent, with the bytes of its provider's items."""
        return map_message(given, self._attach, self._text)

    def turn(self, given: Turn, wanted: Callable[[Media], bool] = bool) -> Turn:
        """The same of a turn."""
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
        """Base64 again, where a mark stands; only files of ours are read for one."""
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
