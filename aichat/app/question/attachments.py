"""Reading attachments: files, folders, patterns, web pages, the clipboard."""

import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from aichat.core.http.url import is_url
from aichat.core.message.compose import CLIPBOARD, Attachment
from aichat.core.text.numbers import count_of
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, usage_error
from aichat.process import stdin

Tell = Callable[[str], None]

#: The most bytes of a file, and files and bytes of a folder; no model reads more.
MAX_FILE, MAX_FILES, MAX_FOLDER = 10_000_000, 200, 2_000_000

#: Bytes of a file by which to tell whether it is text.
_SAMPLE_BYTES = 8192


def read_attachments(
    name: str, tell: Tell, *, allow_local: bool = False, for_code: bool = False
) -> list[Attachment]:
    """Read what ``name`` stands for; ``tell`` gets a line about the size of a folder.

    With ``allow_local`` a page may be on this machine or its network. With ``for_code`` files
    are for the provider's code tool, whatever is in them.

    Errors: ``usage``, naming the file; ``network`` for a page that does not arrive.
    """
    if is_url(name):
        from aichat.app.question.media_files import url_attachment
        from aichat.core.media.fragment import split_fragment

        address, fragment = split_fragment(name)
        return [url_attachment(address, fragment, allow_local=allow_local)]
    path, fragment = _named_path(name)
    is_folder = _check_path(path.is_dir)
    if for_code and not fragment and (is_folder or _check_path(path.is_file)):
        return _code_attachments(path, name, is_folder=is_folder)
    if is_folder:
        return _read_folder(path, name, tell)
    if not _check_path(path.exists) and (found := _matches(name)):
        return [one for path in found for one in read_attachments(path, tell, for_code=for_code)]
    return [_read_file(path, name, fragment, tell)]


def _code_attachments(path: Path, name: str, *, is_folder: bool) -> list[Attachment]:
    """A file, or the visible files of a folder. Errors: ``usage``, also for too many."""
    from aichat.app.question.media_files import code_attachment

    if not is_folder:
        return [code_attachment(path, name, path.name)]
    files = list(islice(_visible_files(path), MAX_FILES + 1))
    if not files:
        raise usage_error(f"{name} has no files that can be attached")
    if len(files) > MAX_FILES:
        raise usage_error(f"{name} has more than {MAX_FILES} files", "attach part of it")
    below = [(file, str(file.relative_to(path))) for file in files]
    return [
        code_attachment(file, os.path.join(name, inner), inner)  # noqa: PTH118
        for file, inner in below
    ]


def _named_path(name: str) -> tuple[Path, str]:
    """Split a name into a path and a fragment; a name may contain a ``#`` itself."""
    from aichat.core.media.fragment import split_fragment  # nobody without files needs it

    path = expand_path(name)
    before, fragment = split_fragment(name)
    if fragment and not _check_path(path.exists):
        return expand_path(before), fragment
    return path, ""


def _matches(pattern: str) -> list[str]:
    """The paths that match a pattern, if the shell has not expanded it."""
    if not any(sign in pattern for sign in "*?["):
        return []
    from glob import glob

    found = glob(str(expand_path(pattern)), recursive=True)  # noqa: PTH207  # which takes no absolute one
    if len(found) > MAX_FILES:
        raise usage_error(f"{pattern} stands for more than {MAX_FILES} files")
    return sorted(path for path in found if _check_path(Path(path).is_file))


def _read_file(path: Path, name: str, fragment: str, tell: Tell) -> Attachment:
    """Attach a file: as a medium by its first bytes, or else as text."""
    if _check_path(path.is_file):
        from aichat.app.question.media_files import file_attachment

        found = file_attachment(path, name, fragment)
        if found:
            return found
    if fragment:
        raise usage_error(f"{name}: a text has no such part", "attach it without #")
    data = _read_data(path, tell)
    if not _check_path(path.is_file):
        from aichat.app.question.media_files import bytes_attachment

        found = bytes_attachment(data, name)
        if found:
            return found
    return Attachment(name, stdin.decode_text(data, str(path)))


def is_resource(name: str) -> bool:
    """Whether ``name`` is a resource of an MCP server."""
    return name.startswith("mcp:")


def is_attachable(name: str) -> bool:
    """Whether ``name`` is something that could be attached."""
    return (
        is_url(name)
        or is_resource(name)
        or name == CLIPBOARD
        or _check_path(_named_path(name)[0].exists)
    )


def is_offered_path(name: str) -> bool:
    """Whether a path is a folder, or a file that begins like text or like a medium.

    It is quick, since it is checked at a key press.
    """
    from aichat.core.media.media_type import media_type

    path = expand_path(name)
    try:
        if not path.is_file():
            return path.is_dir()
        with path.open("rb") as file:
            data = file.read(_SAMPLE_BYTES)
    except (OSError, ValueError):
        return False
    return media_type(data) is not None or _is_text(data)


def _is_text(data: bytes) -> bool:
    try:
        getincrementaldecoder("utf-8")().decode(data)  # the last character may be incomplete
    except ValueError:
        return False
    return b"\0" not in data


def _check_path(check: Callable[[], bool]) -> bool:
    """Run a check on a path; False if access is denied."""
    try:
        return check()
    except (OSError, ValueError):
        return False


def read_named_file(name: str) -> str:
    """The text of the file called ``name``. Errors: ``usage``."""
    return read_text(expand_path(name))


def read_text(path: Path, tell: Tell | None = None, most: int = MAX_FILE) -> str:
    """The text of a file of at most so many bytes; ``tell`` gets a line if a pipe is slow.

    Errors: ``usage``, naming it.
    """
    return stdin.decode_text(_read_data(path, tell, most), str(path))


def _read_data(path: Path, tell: Tell | None, most: int = MAX_FILE) -> bytes:
    """The bytes of a text file or a pipe. Errors: ``usage``, also for too many."""
    try:
        data = _read_bytes(path, tell if tell and path.is_fifo() else None, most + 1)
    except IsADirectoryError:
        raise usage_error(f"cannot read {path}: it is a folder") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise usage_error(f"cannot read {path}: {why}") from error
    if len(data) > most:
        raise usage_error(f"{path} has more than {stdin.format_size(most)}")
    return data


def _read_bytes(path: Path, tell: Tell | None, most: int) -> bytes:
    """At most so many bytes; ``tell`` gets a line if none comes for a while."""
    if tell is None:
        with path.open("rb") as file:
            return file.read(most)
    from threading import Event

    from aichat.process.threads import start_thread

    has_come, say = Event(), tell

    def watch() -> None:
        if not has_come.wait(stdin.NOTICE_SECONDS):
            say(f"waiting for {path}; Ctrl-C ends it")

    start_thread(watch)
    try:
        with path.open("rb") as file:  # waits for a writer
            file.peek(1)
            has_come.set()
            return file.read(most)
    finally:
        has_come.set()


def _read_folder(path: Path, name: str, tell: Tell) -> list[Attachment]:
    """The text files in a folder and below, or its media if it has no text.

    Hidden and unknown files are left out.
    """
    texts: list[Attachment] = []
    others: list[str] = []
    total = 0
    for file in _visible_files(path):
        shown = os.path.join(name, file.relative_to(path))  # noqa: PTH118
        try:
            texts.append(Attachment(shown, read_text(file)))
        except AichatError:
            others.append(shown)
            continue
        total += file.stat().st_size
        _check_folder(name, texts, total)
    media = [] if texts else _folder_media(name, others)
    if not (texts or media):
        raise usage_error(f"{name} has no text files, and nothing else that can be attached")
    left = len(others) - len(media)
    skipped = f", {left} non-text files skipped" if left else ""
    size = f", {stdin.format_size(total)}" if texts else ""
    tell(f"{name}: {count_of(len(texts or media), 'file')}{size}{skipped}")
    return texts or media


def _folder_media(name: str, files: Iterable[str]) -> list[Attachment]:
    from aichat.app.question.media_files import file_attachment

    found = [file_attachment(expand_path(file), file, "") for file in files]
    media = [one for one in found if one]
    _check_folder(name, media, 0)
    return media


def _check_folder(name: str, found: Sequence[Attachment], total: int) -> None:
    if len(found) > MAX_FILES or total > MAX_FOLDER:
        most = f"{MAX_FILES} text files or {stdin.format_size(MAX_FOLDER)}"
        raise usage_error(f"{name} has more than {most}", "attach part of it")


def _visible_files(folder: Path) -> Iterator[Path]:
    """The visible files of a folder, in order; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        yield from (
            path
            for name in sorted(files)
            if not name.startswith(".") and _check_path((path := Path(place) / name).is_file)
        )
