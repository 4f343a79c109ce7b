"""``[store] mirror``: each conversation as a Markdown file too, respecting edited ones.

A file with text that the store does not have is the user's, and never written or removed.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from aichat.core.conversation.markdown.file import parse_file, render_file, stored_path
from aichat.core.conversation.turn import Conversation, Summary
from aichat.core.text.dates import format_time
from aichat.core.text.numbers import count_of
from aichat.disk.config import toml_file
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.disk.history.store import DAMAGE_ERRORS, Store
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import AichatError

Tell = Callable[[str], object]

#: The largest file read, in bytes, and the most characters of a title in a name.
_MAX_BYTES, _MAX_TITLE = 64 << 20, 60


class Mirror:
    """The folder of files; errors are reported once, and never affect an answer."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self.folder, self._tell = folder, tell
        self._is_new = not folder.exists()
        self._names: dict[str, str] | None = None  # file names by conversation id
        self._has_failed = False

    def write(self, store: Store, ids: Iterable[str]) -> int:
        """Rewrite conversations' files; return how many are now up to date."""
        written = 0
        for name in ids:
            about = store.find_by_id(name)
            written += bool(about and self._guarded(store, about, self._write_one))
        if self._is_new and written:
            self._is_new = False
            self._tell_of_rest(store, written)
        return written

    def _tell_of_rest(self, store: Store, written: int) -> None:
        """Once, in a new folder, say what of the store is not in it."""
        (number,) = store.rows("SELECT COUNT(*) FROM conversation")[0]
        if number > written:
            rest = count_of(number - written, "earlier conversation")
            self._tell(f"{self.folder} lacks {rest}: aichat history export --mirror")

    def remove(self, store: Store, ids: Sequence[str]) -> None:
        """Remove the files of conversations about to be deleted."""
        for name in ids:
            if about := store.find_by_id(name):
                self._guarded(store, about, self._remove_one)

    def _guarded(
        self, store: Store, about: Summary, action: Callable[[Conversation], bool]
    ) -> bool:
        try:
            return action(store.conversation(about))
        except (OSError, sqlite3.Error, AichatError, *DAMAGE_ERRORS) as error:
            why = error.fault.message if isinstance(error, AichatError) else error
            if not self._has_failed:
                self._tell(f"warning: {self.folder} does not mirror {about.id}: {why}")
            self._has_failed = True
            return False

    def _write_one(self, given: Conversation) -> bool:
        make_private_folder(self.folder)
        before, text, lines = self._file_of(given.about.id), "", tuple[str, ...]()
        if before:
            text = _read(before)
            if not _is_known(text, given):
                self._tell(f"{before} was edited, so it stays as it is: ask --in goes on from it")
                return False
            lines = parse_file(text).other_lines
        path, new = self.folder / _name(given.about), render_file(given, lines)
        if before == path and text == new:
            return True
        write_whole(path, new.encode("utf-8", "replace"), private=True)
        if before and before != path:
            before.unlink(missing_ok=True)
        self._known_names()[given.about.id] = path.name
        return True

    def _remove_one(self, given: Conversation) -> bool:
        path = self._file_of(given.about.id)
        if path is None:
            return True
        if not _is_known(_read(path), given):
            self._tell(f"{path} was edited, so it stays")
            return False
        path.unlink(missing_ok=True)
        return True

    def _file_of(self, name: str) -> Path | None:
        found = self._known_names().get(name)
        path = self.folder / found if found else None
        return path if path and path.is_file() else None

    def _known_names(self) -> dict[str, str]:
        if self._names is None:
            found = self.folder.iterdir() if self.folder.is_dir() else ()
            names = (path.name for path in found if path.suffix == ".md")
            self._names = {name.removesuffix(".md").rpartition(" ")[2]: name for name in names}
        return self._names


def configured_mirror(environ: Mapping[str, str], tell: Tell) -> Mirror | None:
    """The mirror that the config names; errors in it are reported elsewhere."""
    config = config_dir(environ)
    try:
        folder = toml_file.load(config).config.store.get("mirror")
    except AichatError:
        return None
    return Mirror(config / expand_path(folder), tell) if folder else None


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES).decode("utf-8", "replace")


def _is_known(text: str, given: Conversation) -> bool:
    """Whether the store has everything in a file."""
    try:
        file = parse_file(text)
    except AichatError:
        return False
    has_notes = file.notes and (not file.notes.startswith("# ") or "\n" in file.notes)
    return not has_notes and len(stored_path(given.turns, file.turns)) == len(file.turns)


def _name(about: Summary) -> str:
    """``2026-11-29 a title k3f9.md``: no path, hidden file or control character."""
    title = unicodedata.normalize("NFC", about.title)[: 4 * _MAX_TITLE]
    title = re.sub(r"[^\w.,()' -]+", " ", title).replace("_", " ")
    title = " ".join(title.split())[:_MAX_TITLE].strip(" .")
    kept = title.encode("utf-8", "ignore")[: 3 * _MAX_TITLE].decode("utf-8", "ignore")
    return " ".join(filter(None, (format_time(about.created)[:10], kept, f"{about.id}.md")))
