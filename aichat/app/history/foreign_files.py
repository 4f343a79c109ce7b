"""Recognizing other programs' files by how they begin, and choosing a reader."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from aichat.core.conversation.foreign.gemini_cli import is_gemini_session, read_gemini_session
from aichat.core.conversation.foreign.kimi import is_kimi_session, read_kimi_session
from aichat.core.conversation.foreign.llm_log import read_responses, read_thread
from aichat.core.conversation.foreign.sessions import (
    is_session_line,
    read_agent_session,
    read_older_session,
)
from aichat.core.conversation.foreign.tree import ForeignTalk
from aichat.core.text.json import parse_object
from aichat.disk.foreign.llm_log import SQLITE_HEAD, LlmLog
from aichat.errors import usage_error

#: Extensions of the older aichat's sessions.
_YAML = (".yaml", ".yml")

#: Reads one conversation. Errors: ``ValueError`` if it is invalid.
Reader = Callable[[], ForeignTalk]

#: The most files of a folder to examine.
_MOST_FILES = 100_000

#: The largest session in one document, and how much is read to recognize it, in bytes.
_MAX_DOCUMENT, _HEAD = 256 << 20, 4096


#: For users who want to import prompts.
PROMPTS_HINT = "prompts, roles and templates come along with: aichat prompts import PATH"


def is_foreign(path: Path) -> bool:
    """Whether a file looks like another program's conversations, or a folder may have some.

    Errors: ``usage`` for a pipe, which can be read only once, and a device, which has no end.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise usage_error(f"{path} is a pipe or a device: write it to a file first")
    if path.suffix in _YAML or path.is_dir():
        return True
    try:
        head = _head(path)
    except OSError:
        return False
    return head.startswith(("PK", "[", SQLITE_HEAD.decode())) or _is_session(head)


def files_in(folder: Path) -> Iterator[Path]:
    """The files of a folder that look like conversations; links out of it are skipped."""
    root = folder.resolve()
    for path in islice(sorted(folder.rglob("*")), _MOST_FILES):
        if path.is_file() and path.resolve().is_relative_to(root) and is_foreign(path):
            yield path


def open_sessions(path: Path, left_out: Counter[str]) -> Iterator[Reader] | None:
    """A reader for each conversation of a file; None for an archive.

    Broken lines are counted. Errors: ``usage`` if the file cannot be read.
    """
    if path.suffix in _YAML:
        return _older_session(path)
    try:
        head, at = _head(path), path.stat().st_mtime
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error
    if head.startswith(SQLITE_HEAD.decode()):
        return _logged(path)
    if is_gemini_session(head):
        return iter([lambda: read_gemini_session(_records(path, left_out))])
    if is_kimi_session(head):
        name = path.absolute().parent.name
        return iter([lambda: read_kimi_session(name, _lines(path, left_out), at)])
    if _is_session(head):
        return iter([lambda: read_agent_session(_lines(path, left_out))])
    return None


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_HEAD).decode("utf-8-sig", "replace").lstrip()


def _is_session(head: str) -> bool:
    """Whether it is a coding agent's session, not an export of ours."""
    known = is_session_line(head) or is_kimi_session(head) or is_gemini_session(head)
    return known and not head.startswith('{"version"')


def _older_session(path: Path) -> Iterator[Reader]:
    from aichat.disk.config.yaml_text import read_yaml

    try:
        text, at = path.read_text("utf-8-sig"), path.stat().st_mtime
    except (OSError, UnicodeDecodeError) as error:
        raise usage_error(f"cannot read {path}: {error}") from error
    return iter([lambda: read_older_session(path.stem, read_yaml(text), at)])


def _logged(path: Path) -> Iterator[Reader]:
    with LlmLog(path) as log:
        for about, turns, messages in log.threads():
            yield partial(read_thread, about, turns, messages, log.attachment, log.fragment)
        for about, rows in log.conversations():
            yield partial(read_responses, about, rows, log.attachment)


def _records(path: Path, left_out: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """The records of a session, which is one document or JSON lines."""
    if path.suffix == ".jsonl" or path.stat().st_size > _MAX_DOCUMENT:
        yield from _lines(path, left_out)
        return
    document = parse_object(path.read_bytes().decode("utf-8-sig", "replace"))
    if document:
        yield document
    else:
        yield from _lines(path, left_out)


def _lines(path: Path, left_out: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """The objects in a file of JSON lines; broken lines are counted."""
    with path.open("rb") as file:
        for line in file:
            found = parse_object(line.decode("utf-8-sig", "replace"))
            if not found and line.strip():
                left_out["line that is broken"] += 1
            yield found
