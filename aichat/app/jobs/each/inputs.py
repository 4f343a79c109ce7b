"""The inputs of ``--each``, read one by one: lines, records or files."""

import csv
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from math import isinf
from pathlib import Path
from typing import Any, BinaryIO

from aichat.core.cli.each.options import EachOptions
from aichat.core.text.json import reject_constant
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple

#: The most digits of an integer in a record.
_MOST_DIGITS = 1000

#: The most bytes of a line, which is read into memory; models accept far less.
_LONGEST_LINE = 64 << 20


class InputRow(NamedTuple):
    """One input: ``fields`` are those of a record, ``path`` is that of a file.

    ``number`` counts from 1. ``shown`` represents it in the output.
    """

    number: int
    text: str = ""
    fields: Mapping[str, Any] = {}
    path: str | None = None

    @property
    def shown(self) -> Any:
        """The line, the record or the file's path."""
        return self.path or (dict(self.fields) if self.fields else self.text)


class InputSource(NamedTuple):
    """A source of inputs: ``name`` is for people, ``identity`` distinguishes it from others."""

    name: str
    identity: str
    kind: str
    open: Callable[[], Iterator[InputRow]]
    is_repeatable: bool  # whether it can be read once before anything is sent

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names for inputs; known in advance only for tables."""
        return {"lines": ("input",), "files": ("file",)}.get(self.kind, ())


def open_source(world: World, options: EachOptions, output: str | None = None) -> InputSource:
    """The source named by ``--each``; ``output``, the file for rows, is never one of its files.

    Errors: ``usage`` if it does not exist, or rows would be written to it.
    """
    name, wanted = options.each or "", options.each_format
    if name == "-":
        return _stdin_source(world, wanted or "lines")
    path, written = expand_path(name), expand_path(output) if output else None
    if path.is_dir():
        if wanted not in (None, "files"):
            raise usage_error(f"{name} is a folder: its files are the inputs")
        files = partial(_rows_of, partial(_files, path), written)
        return InputSource(name, str(path.resolve()), "files", files, True)
    if not path.exists() and any(sign in name for sign in "*?["):
        files = partial(_rows_of, partial(_matches, path, name), written)
        return InputSource(name, str(path.absolute()), "files", files, True)
    kind = wanted or _kind_of(path)
    if kind == "files":
        raise usage_error(f"{name}: files are named by a folder or a pattern")
    if not path.exists():
        raise usage_error(f"--each: there is no {name}")
    if written and written.is_file() and written.samefile(path):
        raise usage_error(f"--output {output} is the file of the inputs", "use another --output")
    rows = partial(_read_rows, partial(_open_file, path), kind, name)
    return InputSource(name, str(path.resolve()), kind, rows, path.is_file())


def _stdin_source(world: World, kind: str) -> InputSource:
    stream = world.stdin
    if kind == "files" or stream is None or world.stdin_tty:
        raise usage_error("--each - takes lines or records from stdin, which has to be piped in")
    rows = partial(_read_rows, partial(_borrow, stream), kind, "stdin")
    return InputSource("stdin", "-", kind, rows, False)


def _kind_of(path: Path) -> str:
    suffixes = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}
    return suffixes.get(path.suffix.lower(), "lines")


# -- files


def _rows_of(paths: Callable[[], Iterable[str]], written: Path | None) -> Iterator[InputRow]:
    """Files as inputs, except the one being written."""
    number = 0
    for path in paths():
        name = Path(path).name
        if written and name == written.name and Path(path).resolve() == written.resolve():
            continue
        number += 1
        yield InputRow(number, fields={"path": path, "name": name}, path=path)


def _files(folder: Path) -> Iterator[str]:
    """A folder's files in order, recursively, without hidden ones."""
    for place, names in _folders(folder):
        files = (str(Path(place) / name) for name in sorted(names) if not name.startswith("."))
        yield from filter(_is_file, files)


def _folders(folder: Path | str) -> Iterator[tuple[str, list[str]]]:
    """A folder and those below, with the names in them; links are not followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield place, names


def _is_file(path: str) -> bool:
    """Whether a path is a regular file or unreadable; pipes and devices are not inputs."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  of thousands of files
    except OSError:
        return True


def _matches(path: Path, name: str) -> Sequence[str]:
    """The files that match a pattern. Errors: ``usage`` if there are none."""
    files = sorted(one for one in {*_expand(str(path))} if Path(one).is_file())
    if not files:
        raise usage_error(f"--each: no file is called {name}")
    return files


#: The pattern for folders at any depth.
_ANY_DEPTH = re.compile(r"(?:^|(?<=/))\*\*(?:/+|$)")


def _expand(pattern: str) -> Iterator[str]:
    """The matches of a pattern, as ``glob``, but without following circular links below ``**``."""
    from glob import escape, glob

    head, *tail = _ANY_DEPTH.split(pattern, maxsplit=1)
    if not tail:
        yield from glob(pattern)  # noqa: PTH207  which takes no absolute one
        return
    for base in glob(head) if head else ["."]:  # noqa: PTH207
        for place, _ in _folders(base):
            yield from _expand(str(Path(escape(place)) / (tail[0] or "*")))


# -- lines and records


@contextmanager
def _open_file(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _borrow(stream: BinaryIO) -> Iterator[BinaryIO]:
    yield stream


def _read_rows(opened: Callable[[], Any], kind: str, name: str) -> Iterator[InputRow]:
    """The rows of a stream. Errors: ``usage``, naming an unreadable row."""
    number = 0
    with opened() as stream:
        lines = _decoded_lines(stream, name)
        rows = _READERS[kind](lines)
        while True:
            try:
                row = next(rows, None)
            except json.JSONDecodeError as error:
                why = f"{error.msg} (column {error.colno})"
                raise usage_error(f"{name}: row {number + 1}: {why}") from None
            except (ValueError, csv.Error) as error:
                raise usage_error(f"{name}: row {number + 1}: {error}") from None
            except RecursionError:
                raise usage_error(f"{name}: row {number + 1} is nested too deeply") from None
            except OSError as error:
                raise usage_error(f"cannot read {name}: {error.strerror}") from error
            if row is None:
                return
            number += 1
            yield row._replace(number=number)


def _decoded_lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """The lines of a stream with their ends, split only at line breaks of files."""
    read = partial(stream.readline, _LONGEST_LINE + 1)
    for number, line in enumerate(iter(read, b""), 1):
        if len(line) > _LONGEST_LINE:
            raise usage_error(f"{name}: line {number} is longer than {_LONGEST_LINE >> 20} MB")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            why = f"{name} is not UTF-8 text: line {number}, byte {error.start}"
            raise usage_error(why) from None


def _read_lines(lines: Iterator[str]) -> Iterator[InputRow]:
    for line in lines:
        text = line.removesuffix("\n").removesuffix("\r")
        if text.strip():
            yield InputRow(0, text)


def _read_json_lines(lines: Iterator[str]) -> Iterator[InputRow]:
    for line in lines:
        if not line.strip():
            continue
        value = _DECODER.decode(line.strip())
        if isinstance(value, dict):
            yield InputRow(0, line.strip(), value)
        else:
            yield InputRow(0, value if isinstance(value, str) else line.strip())


def _unique_fields(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("two fields have one name")
    return fields


def _parse_float(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError("a number is too large")
    return number


def _parse_int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has more than {_MOST_DIGITS} digits")
    return int(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_fields,
    parse_constant=reject_constant,
    parse_float=_parse_float,
    parse_int=_parse_int,
)


def _read_table(lines: Iterator[str], delimiter: str) -> Iterator[InputRow]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    cells = csv.reader(lines, delimiter=delimiter, strict=True)
    head = next(cells, [])
    if len(set(head)) < len(head):
        raise ValueError("two columns have one name")
    for row in cells:
        if not row:
            continue
        if len(row) != len(head):
            raise ValueError(f"it has {len(row)} cells, and the head {len(head)}")
        record = dict(zip(head, row, strict=True))
        yield InputRow(0, json.dumps(record, ensure_ascii=False), record)


_READERS: Mapping[str, Callable[[Iterator[str]], Iterator[InputRow]]] = {
    "lines": _read_lines,
    "jsonl": _read_json_lines,
    "csv": partial(_read_table, delimiter=","),
    "tsv": partial(_read_table, delimiter="\t"),
}
