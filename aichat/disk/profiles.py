"""Reading and rewriting ``config.toml``: checked, with file, line and key in every complaint."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aichat.core.config import Complaint, Config, check
from aichat.disk.paths import CONFIG, private_folder, write_whole
from aichat.errors import AichatError, config_error


class Loaded(NamedTuple):
    """A configuration, its file and what to warn of."""

    config: Config
    path: Path
    warnings: tuple[str, ...] = ()


def load(folder: Path) -> Loaded:
    """The configuration in ``folder``; an absent file is an empty one.

    Errors: ``config`` (exit 3) with ``file:line:column`` or ``file:line: key``.
    """
    path = folder / CONFIG
    text = read_text(path)
    config, complaints = check(parse(text, path))
    lines = [f"{_place(text, path, c)}: {c.message}" for c in complaints if not c.warning]
    if lines:
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        raise config_error(lines[0] + more, f"mend it with: aichat profiles edit ({path})")
    warnings = [f"{_place(text, path, c)}: {c.message}" for c in complaints]
    return Loaded(config, path, tuple(warnings))


def read_text(path: Path) -> str:
    """The file's text, empty where it is absent. A byte order mark is fine, UTF-16 is named."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise config_error(f"cannot read {path}: {error.strerror}") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise config_error(f"{path} is UTF-16", "save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise config_error(f"{path}:{line}: not UTF-8 (byte {error.start})") from None


def parse(text: str, path: Path) -> Mapping[str, Any]:
    """The parsed document. Errors: ``config`` with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(
            r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error)
        )
        why, line, column = found.groups() if found else (str(error), None, None)
        if line is None:
            line, column = str(text.count("\n") + 1), "1"
        why = why[:1].lower() + why[1:]
        raise config_error(
            f"{path}:{line}:{column}: {why}", f"mend it with: aichat profiles edit ({path})"
        ) from None


def _place(text: str, path: Path, complaint: Complaint) -> str:
    return f"{path}:{line_of(text, complaint.path)}: {'.'.join(complaint.path)}"


_HEADER = re.compile(r"^\s*\[+\s*(?P<name>[^\[\]]+?)\s*\]+\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*(?P<key>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def line_of(text: str, path: Iterable[str]) -> int:
    """The line that sets ``path``, or the nearest thing that holds it; tomllib keeps none.

    Good enough for a message: a key inside an inline table has its table's line.
    """
    wanted = tuple(path)
    table: tuple[str, ...] = ()
    best, depth = 1, 0
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            here = table = _split(header["name"])
        elif key := _KEY.match(line):
            here = table + _split(key["key"])
        else:
            continue
        if len(here) > depth and wanted[: len(here)] == here:
            best, depth = number, len(here)
    return best


def _split(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r""""[^"]*"|'[^']*'|[^.\s]+""", dotted)
    return tuple(part.strip("\"'") for part in parts)


def edit(folder: Path, change: Callable[[Any], None]) -> Path:
    """Apply ``change`` to the document (a tomlkit one), keeping its comments and order.

    The result is checked before it is written: a change that would break the
    file raises ``config`` and leaves it alone.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = folder / CONFIG
    text = read_text(path)
    parse(text, path)
    try:
        document = tomlkit.parse(text)
        change(document)
        after = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise config_error(f"{path}: {error}") from error
    _refuse_new_faults(text, after, path)
    private_folder(folder)
    write_whole(path, after.encode())
    return path


def _refuse_new_faults(before: str, after: str, path: Path) -> None:
    """Faults that were there already are the user's to mend; new ones are not written."""
    known = {c for c in check(parse(before, path))[1] if not c.warning}
    for complaint in check(parse(after, path))[1]:
        if not complaint.warning and complaint not in known:
            key = ".".join(complaint.path)
            raise AichatError(config_error(f"{key}: {complaint.message}").fault)
