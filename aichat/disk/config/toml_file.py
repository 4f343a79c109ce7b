"""Reading and rewriting ``config.toml``: checked, with file, line and key in every complaint."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from aichat.core.config.check import MAX_TOLD, Complaint, check_config
from aichat.core.config.schema import Config
from aichat.disk.files.atomic import write_whole
from aichat.disk.files.lock import lock_changes
from aichat.disk.paths import CONFIG_FILE, config_dir
from aichat.errors import AichatError, config_error
from aichat.values import NamedTuple


class LoadedConfig(NamedTuple):
    """A configuration, its file and what to warn of."""

    config: Config
    path: Path
    warnings: tuple[str, ...] = ()


def load(folder: Path) -> LoadedConfig:
    """The configuration in ``folder``; an absent file is an empty one.

    Errors: ``config`` (exit 3) with ``file:line:column`` or ``file:line: key``.
    """
    path = folder / CONFIG_FILE
    return _check_text(read_text(path), path)


def ui_table(environ: Mapping[str, str], folder: str | None) -> Mapping[str, Any]:
    """The user's ``[ui]`` table; errors in the config are left to others to report."""
    try:
        return load(config_dir(environ, folder)).config.ui
    except AichatError:
        return {}


@lru_cache(2)
def _check_text(text: str, path: Path) -> LoadedConfig:
    """The configuration in a text; cached, since a chat checks it with each turn.

    Errors: as in ``load``.
    """
    config, complaints = check_config(parse(text, path))
    faults = [complaint for complaint in complaints if not complaint.warning]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        (what,) = _word_complaints(text, path, faults[:1])
        raise config_error(what + more, f"fix it with: aichat profiles edit ({path})")
    told = complaints[:MAX_TOLD]
    warnings = _word_complaints(text, path, told) if told else []
    if more_warnings := len(complaints) - len(warnings):
        warnings.append(f"{path}: {more_warnings} more keys that nobody knows")
    return LoadedConfig(config, path, tuple(warnings))


def read_text(path: Path) -> str:
    """The file's text, empty if there is no file. A byte order mark is ignored, UTF-16 reported.

    Errors: ``config``.
    """
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


_KEY_VARIABLE = r"""key_env["']?\s*=\s*["']+([^"'\n]+)"""


def key_variables(folder: Path) -> frozenset[str]:
    """The variables that ``key_env`` names in a config, even if it is broken."""
    try:
        return frozenset(re.findall(_KEY_VARIABLE, read_text(folder / CONFIG_FILE)))
    except AichatError:
        return frozenset()


def parse(text: str, path: Path) -> Mapping[str, Any]:
    """The parsed document. Errors: ``config`` with line and column."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets some others through
        found = re.fullmatch(
            r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error)
        )
        why, line, column = found.groups() if found else (str(error), None, None)
        if line is None:
            line, column = str(text.count("\n") + 1), "1"
        why = why[:1].lower() + why[1:]
        raise config_error(
            f"{path}:{line}:{column}: {why}", f"fix it with: aichat profiles edit ({path})"
        ) from None


def _word_complaints(text: str, path: Path, complaints: Iterable[Complaint]) -> list[str]:
    """The complaints, each with its line."""
    lines = _first_lines(text)
    return [
        f"{path}:{_nearest(lines, tuple(c.path))}: {'.'.join(c.path)}: {c.message}"
        for c in complaints
    ]


_HEADER = r"^\s*\[+\s*(?P<name>[^\[\]]+?)\s*\]+\s*(?:#.*)?$"
_KEY = (  # where there is nothing to complain of, none of them is compiled
    r"""^\s*(?P<key>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def _first_lines(text: str) -> dict[tuple[str, ...], int]:
    """The line on which each key is first set, or each table opened; tomllib has no lines."""
    found: dict[tuple[str, ...], int] = {}
    for number, _, here in _key_lines(text):
        found.setdefault(here, number)
    return found


def _nearest(lines: Mapping[tuple[str, ...], int], path: tuple[str, ...]) -> int:
    """The line of a key, or of the table that contains it."""
    holders = (path[:size] for size in range(len(path), 0, -1))
    return next((lines[holder] for holder in holders if holder in lines), 1)


def _key_lines(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Every line that sets a key or opens a table: its number, itself, and the whole key."""
    table: tuple[str, ...] = ()
    quote = ""
    for number, line in enumerate(text.split("\n"), 1):
        inside, quote = quote, _open_quote(line, quote)
        if inside:
            continue
        if header := re.match(_HEADER, line):
            table = _split(header["name"])
            yield number, line, table
        elif key := re.match(_KEY, line):
            yield number, line, table + _split(key["key"])


def _open_quote(line: str, quote: str) -> str:
    """The triple quotes that a line leaves open, after which text follows."""
    for mark in re.findall(r'"""|\'\'\'', line):
        quote = "" if quote == mark else quote or mark
    return quote


def _split(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r""""[^"]*"|'[^']*'|[^.\s]+""", dotted)
    return tuple(part.strip("\"'") for part in parts)


def edit(folder: Path, change: Callable[[Any], None]) -> Path:
    """Apply ``change`` to the document, keeping its comments and order.

    ``change`` must work on a plain dict too: the written file is checked against that.
    Errors: ``config`` if the change would break the file, which is then left alone.
    """
    with lock_changes(folder):
        return _edit(folder / CONFIG_FILE, change)


def _edit(path: Path, change: Callable[[Any], None]) -> Path:
    text = read_text(path)
    wanted = _plain_copy(parse(text, path))
    change(wanted)
    _refuse_new_faults(parse(text, path), wanted)
    for attempt in (_append_profile, _edit_around_comments, _edit_in_place, _rebuild_profiles):
        after = attempt(text, change, wanted)
        if after is not None and _parses_to(after, wanted):
            write_whole(path, after.encode())
            return path
    raise config_error(f"{path} cannot be edited safely", "aichat profiles edit")


def _plain_copy(document: Any) -> Any:
    """A copy without shared parts."""
    if isinstance(document, Mapping):
        return {key: _plain_copy(value) for key, value in document.items()}
    return [_plain_copy(value) for value in document] if isinstance(document, list) else document


def _parses_to(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _append_profile(text: str, _change: Callable[[Any], None], wanted: Any) -> str | None:
    """Append a new profile, and leave everything else as it is."""
    import tomlkit

    old = tomllib.loads(text).get("profiles", {})
    new = {name: p for name, p in wanted.get("profiles", {}).items() if name not in old}
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return text + gap + tomlkit.dumps({"profiles": new}) if new else None


def _edit_around_comments(text: str, change: Callable[[Any], None], wanted: Any) -> str | None:
    """Like ``_edit_in_place``, for comments above a header.

    tomlkit attaches such a comment to the section before it; so during the change it is
    given a header of its own.
    """
    numbers = count()
    marked = re.sub(
        r"(?m)^((?:[ \t]*#.*\n)+)(?=[ \t]*\[)",
        lambda found: f"[_aichat_{next(numbers)}]\n{found[1]}" if found.start() else found[1],
        text,
    )
    after = _edit_in_place(marked, change, wanted)
    return None if after is None else re.sub(r"(?m)^\[_aichat_\d+\]\n", "", after)


def _edit_in_place(text: str, change: Callable[[Any], None], _wanted: Any) -> str | None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        change(document)
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, ValueError, KeyError, AttributeError):
        return None  # not every form of table can be changed in place


def _rebuild_profiles(text: str, _change: Callable[[Any], None], wanted: Any) -> str | None:
    """Write the profiles anew and keep the rest, for dotted and inline tables.

    Only if no comment is lost except those of a removed profile.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        document.pop("profiles", None)
        head = tomlkit.dumps(document)
    except TOMLKitError:
        return None
    gap = "" if not head or head.endswith("\n") else "\n"
    after = head + gap + tomlkit.dumps({"profiles": wanted.get("profiles", {})})
    goes = [
        line
        for _, line, key in _key_lines(text)
        if key[0] == "profiles" and key[1:2] and key[1] not in wanted.get("profiles", {})
    ]
    lost = text.count("#") - after.count("#")
    return after if lost <= sum(line.count("#") for line in goes) else None


def _refuse_new_faults(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raise for faults that a change introduces; existing ones are the user's to fix."""
    known = {c for c in check_config(before)[1] if not c.warning}
    for complaint in check_config(after)[1]:
        if not complaint.warning and complaint not in known:
            raise config_error(f"{'.'.join(complaint.path)}: {complaint.message}")
