"""What can be attached: a text file, the text files of a folder, a page of the web."""

import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from pathlib import Path

from aichat.core.message.compose import Attachment
from aichat.core.text.numbers import count_of
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, usage_error
from aichat.process import stdin

Tell = Callable[[str], None]

#: Bytes of one file, and files and bytes of one folder; no model reads more.
MAX_FILE, MAX_FILES, MAX_FOLDER = 10_000_000, 200, 2_000_000

#: Bytes of a file that tell whether it is text.
_SAMPLE_BYTES = 8192


def read_attachments(name: str, tell: Tell, *, allow_local: bool = False) -> list[Attachment]:
    """What ``name`` stands for; ``tell`` hears how much of a folder it is.

    A page may be of this machine or its network where the user said so: ``allow_local``.

    Errors: ``usage``, naming the file; ``network`` for a page that does not come.
    """
    if is_url(name):
        from aichat.net import web_page

        return [Attachment(name, web_page.fetch_text(name, allow_local=allow_local))]
    path = expand_path(name)
    return (
        _read_folder(path, name, tell)
        if _check_path(path.is_dir)
        else [Attachment(name, read_text(path, tell))]
    )


def is_url(name: str) -> bool:
    """Whether it is a page of the web that is meant."""
    return name.lower().startswith(("http://", "https://"))


def is_attachable(name: str) -> bool:
    """Whether ``name`` is something that could be attached."""
    return is_url(name) or _check_path(expand_path(name).exists)


def is_text_path(name: str) -> bool:
    """Whether a path is a folder, or a file that begins like text: one look, for a key's sake."""
    path = expand_path(name)
    try:
        if not path.is_file():
            return path.is_dir()
        with path.open("rb") as file:
            data = file.read(_SAMPLE_BYTES)
        getincrementaldecoder("utf-8")().decode(data)  # a character may be cut at the end
    except (OSError, ValueError):
        return False
    return b"\0" not in data


def _check_path(check: Callable[[], bool]) -> bool:
    """What a path that may not be entered cannot be asked is not so."""
    try:
        return check()
    except (OSError, ValueError):
        return False


def read_named_file(name: str) -> str:
    """The text of the file called ``name``. Errors: ``usage``."""
    return read_text(expand_path(name))


def read_text(path: Path, tell: Tell | None = None) -> str:
    """The text of a file; ``tell`` hears of a pipe that lets us wait.

    Errors: ``usage``, naming it.
    """
    try:
        data = _read_bytes(path, tell if tell and path.is_fifo() else None)
    except IsADirectoryError:
        raise usage_error(f"{path} is a folder", "attach its files instead") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise usage_error(f"cannot read {path}: {why}") from error
    if len(data) > MAX_FILE:
        raise usage_error(f"{path} has more than {stdin.format_size(MAX_FILE)}")
    return stdin.decode_text(data, str(path))


def _read_bytes(path: Path, tell: Tell | None) -> bytes:
    """One byte more than a file may have; ``tell`` is told once if none comes for a while."""
    if tell is None:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    from threading import Event

    from aichat.process.threads import start_thread

    has_come, say = Event(), tell

    def watch() -> None:
        if not has_come.wait(stdin.NOTICE_SECONDS):
            say(f"waiting for {path}; Ctrl-C ends it")

    start_thread(watch)
    try:
        with path.open("rb") as file:  # which waits for a writer
            file.peek(1)
            has_come.set()
            return file.read(MAX_FILE + 1)
    finally:
        has_come.set()


def _read_folder(path: Path, name: str, tell: Tell) -> list[Attachment]:
    """The text files in a folder and below; what is hidden or no text stays away."""
    found: list[Attachment] = []
    total = others = 0
    for file in _visible_files(path):
        try:
            text = read_text(file)
        except AichatError:
            others += 1
            continue
        total += file.stat().st_size
        found.append(Attachment(os.path.join(name, file.relative_to(path)), text))  # noqa: PTH118
        if len(found) > MAX_FILES or total > MAX_FOLDER:
            most = f"{MAX_FILES} text files or {stdin.format_size(MAX_FOLDER)}"
            raise usage_error(f"{name} has more than {most}", "attach part of it")
    if not found:
        raise usage_error(f"{name} has no text files")
    left = f", {others} non-text files skipped" if others else ""
    tell(f"{name}: {count_of(len(found), 'file')}, {stdin.format_size(total)}{left}")
    return found


def _visible_files(folder: Path) -> Iterator[Path]:
    """Its files in order, but nothing hidden; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        yield from (
            path
            for name in sorted(files)
            if not name.startswith(".") and _check_path((path := Path(place) / name).is_file)
        )
