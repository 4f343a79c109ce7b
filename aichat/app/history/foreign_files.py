"""Files of other programs: which format one is, by how it begins, and what reads it."""

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

#: Endings of the older aichat's sessions.
_YAML = (".yaml", ".yml")

#: What reads one conversation. Errors: ``ValueError`` where it is none.
Reader = Callable[[], ForeignTalk]

#: Files of a folder that are looked at.
_MOST_FILES = 100_000

#: Bytes of a session that is one document, and of the beginning that is looked at.
_MAX_DOCUMENT, _HEAD = 256 << 20, 4096


#: For who brings prompts here.
PROMPTS_HINT = "prompts, roles and templates come along with: aichat prompts import PATH"


def is_foreign(path: Path) -> bool:
    """Whether a file looks like conversations of another program, or a folder may have some.

    Errors: ``usage`` for a pipe, which can be read but once.
    """
    if path.is_fifo():
        raise usage_error(f"{path} is a pipe: write it to a file first")
    if path.suffix in _YAML or path.is_dir():
        return True
    try:
        head = _head(path)
    except OSError:
        return False
    return head.startswith(("PK", "[", SQLITE_HEAD.decode())) or _is_session(head)


def files_in(folder: Path) -> Iterator[Path]:
    """The files of a folder that look like conversations; a link that leads out of it is none."""
    root = folder.resolve()
    for path in islice(sorted(folder.rglob("*")), _MOST_FILES):
        if path.is_file() and path.resolve().is_relative_to(root) and is_foreign(path):
            yield path


def open_sessions(path: Path, left_out: Counter[str]) -> Iterator[Reader] | None:
    """What reads each conversation of a file that is no archive of an export; None for one.

    Lines that are broken are counted. Errors: ``usage`` for a file that cannot be read.
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
    """Whether it is a coding agent's session, and no export of ours."""
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
    """The records of a session that is a document, or has one on each line."""
    if path.suffix == ".jsonl" or path.stat().st_size > _MAX_DOCUMENT:
        yield from _lines(path, left_out)
        return
    document = parse_object(path.read_bytes().decode("utf-8-sig", "replace"))
    if document:
        yield document
    else:
        yield from _lines(path, left_out)


def _lines(path: Path, left_out: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """The objects of a file with one on each line; a broken line is counted."""
    with path.open("rb") as file:
        for line in file:
            found = parse_object(line.decode("utf-8-sig", "replace"))
            if not found and line.strip():
                left_out["line that is broken"] += 1
            yield found
