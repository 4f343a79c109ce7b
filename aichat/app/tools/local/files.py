"""File tools: reading, listing, searching and writing, all below one root."""

import json
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from aichat.app.tools.local import search
from aichat.app.tools.local.builtin import Builtin, ToolPlace, parameters
from aichat.app.tools.local.programs import ProgramCommand, run_program
from aichat.app.tools.source import CallControl
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome, text_outcome
from aichat.errors import AichatError, usage_error
from aichat.process.programs.environment import tool_environment
from aichat.process.stdin import decode_text

#: The largest file read or written, in bytes, and the most entries listed of a folder.
_MOST_BYTES, _MOST_ENTRIES = 10_000_000, 5000

#: Time limit of a search in seconds: a pattern can be made to run forever.
_SEARCH_SECONDS = 20.0

#: Files that something else executes once written; no rule covers them.
_LASTING_NAMES = frozenset(
    (
        *(".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile"),
        *(".zlogin", ".inputrc", ".gitconfig", ".gitmodules", ".envrc", ".mcp.json", "config.fish"),
        *("authorized_keys", "crontab", "Makefile", "conftest.py", ".npmrc", ".pypirc"),
    )
)
_LASTING_FOLDERS = frozenset(
    (".git", ".hg", ".ssh", ".github", ".vscode", ".idea", ".husky", "autostart", "systemd")
)


def _path_of(arguments: Mapping[str, Any]) -> str:
    return str(arguments.get("path") or ".")


def _read_subject(place: ToolPlace, arguments: Mapping[str, Any]) -> Subject:
    """Where a path really leads; files that look like secrets are always asked about."""
    try:
        path = place.root.relative(_path_of(arguments))
    except AichatError as error:
        return Subject(refusal=error.fault.message)
    from aichat.app.question.secret_files import is_secret_path  # here, since it compiles patterns

    real = place.root.path / path
    caution = "it looks like a file with secrets" if is_secret_path(real) else ""
    return Subject((path,), caution)


def _write_subject(place: ToolPlace, arguments: Mapping[str, Any]) -> Subject:
    """The same, and whether something would execute the file; changes are shown line by line."""
    subject = _read_subject(place, arguments)
    if subject.refusal:
        return subject
    *folders, name = PurePosixPath(subject.words[0]).parts
    if name in _LASTING_NAMES or not _LASTING_FOLDERS.isdisjoint(folders):
        subject = subject._replace(caution="other programs run what this file says")
    return subject._replace(preview=tuple(_changes(place, arguments)), preview_of="text")


def _changes(place: ToolPlace, arguments: Mapping[str, Any]) -> Iterator[str]:
    """The lines that writing would remove and add; for a file that is not text, its size."""
    from difflib import unified_diff  # here, since few calls write

    path, text = _path_of(arguments), str(arguments.get("text", ""))
    try:
        before = decode_text(place.root.read(path, _MOST_BYTES), path)
    except AichatError as error:
        before = ""
        if "UTF-8" in error.fault.message:
            yield "(what is there is not text)"
    lines = before.splitlines(keepends=True), text.splitlines(keepends=True)
    for line in list(unified_diff(*lines, n=1))[2:]:
        yield line if line.endswith("\n") else f"{line}(no newline at the end)"


def _read_file(place: ToolPlace, arguments: Mapping[str, Any], _: CallControl) -> ToolOutcome:
    path = _path_of(arguments)
    text = decode_text(place.root.read(path, _MOST_BYTES), path)
    first, count = arguments.get("from"), arguments.get("lines")
    if first is None and count is None:
        return text_outcome(text)
    lines = text.splitlines(keepends=True)
    start = max(int(first or 1) - 1, 0)
    end = len(lines) if count is None else start + int(count)
    return text_outcome("".join(lines[start:end]))


def _list_dir(place: ToolPlace, arguments: Mapping[str, Any], _: CallControl) -> ToolOutcome:
    rows = []
    for name, about in place.root.entries(_path_of(arguments)):
        kind = "/" if stat.S_ISDIR(about.st_mode) else "@" if stat.S_ISLNK(about.st_mode) else ""
        rows.append(f"{name}{kind}" + ("" if kind else f"\t{about.st_size}"))
        if len(rows) == _MOST_ENTRIES:
            rows.append("[... more are not listed ...]")
            break
    return text_outcome("\n".join(rows) or "[empty]")


def _write_file(place: ToolPlace, arguments: Mapping[str, Any], _: CallControl) -> ToolOutcome:
    data = str(arguments["text"]).encode("utf-8", "replace")
    if len(data) > _MOST_BYTES:
        raise usage_error(f"the text has more than {_MOST_BYTES} bytes")
    place.root.write(_path_of(arguments), data)
    return text_outcome(f"wrote {len(data)} bytes to {_path_of(arguments)}")


def _search_files(
    place: ToolPlace, arguments: Mapping[str, Any], control: CallControl
) -> ToolOutcome:
    """Search in a separate process, since a pattern may take too long."""
    from aichat.app.question.secret_files import SECRET_NAME  # as above

    start = place.root.relative(_path_of(arguments))
    asked = {
        "pattern": str(arguments["pattern"]),
        "root": str(place.root.path),
        "path": start,
        "secret": SECRET_NAME.pattern,
        "forbidden": [*map(str, place.root.forbidden)],
        "seconds": _SEARCH_SECONDS + 1,  # if nobody is left to end it
    }
    argv = (sys.executable, "-I", "-S", search.__file__)
    command = ProgramCommand(argv, place.root.path, tool_environment(place.environ))
    return run_program(command, control, json.dumps(asked).encode())


_PATH = {"type": "string", "description": "a path; relative ones start at the root"}
_LINE = {"type": "integer", "minimum": 1}


def _tool(name: str, description: str, schema: Mapping[str, Any]) -> LocalTool:
    return LocalTool(name, description, schema, subject="path", subject_keys=("path",))


FILE_TOOLS = (
    Builtin(
        _tool(
            "read_file",
            "The text of a file, or so many of its lines from one on.",
            parameters({"path": _PATH}, **{"from": _LINE, "lines": _LINE}),
        ),
        _read_subject,
        _read_file,
    ),
    Builtin(
        _tool(
            "list_dir",
            "What lies in a folder: files with their bytes, folders with / and links with @.",
            parameters({}, path=_PATH),
        ),
        _read_subject,
        _list_dir,
    ),
    Builtin(
        _tool(
            "search_files",
            "The lines of text files that a regular expression (of Python) finds.",
            parameters({"pattern": "string"}, path=_PATH),
        )._replace(seconds=_SEARCH_SECONDS),
        _read_subject,
        _search_files,
    ),
    Builtin(
        _tool(
            "write_file",
            "Write a file, whole: what was in it is replaced.",
            parameters({"path": _PATH, "text": "string"}),
        ),
        _write_subject,
        _write_file,
    ),
)
