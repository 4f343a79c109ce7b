"""The inputs of ``--each``, read one by one: lines, records or files."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aichat.core.cli.each.options import EachOptions
from aichat.core.text.json import reject_constant
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple

#: Digits of a whole number in a record.
_MOST_DIGITS = 1000

#: Bytes of a line, which is held in memory as a whole; a model takes far less.
_LONGEST_LINE = 64 << 20


class InputRow(NamedTuple):
    """One input: ``fields`` are those of a record, ``path`` is that of a file.

    ``number`` counts from 1. ``shown`` is what stands for it in the output.
    """

    number: int
    text: str = ""
    fields: Mapping[str, Any] = {}
    path: str | None = None

    @property
    def shown(self) -> Any:
        """The line, the record or the name of the file."""
        return self.path or (dict(self.fields) if self.fields else self.text)


class InputSource(NamedTuple):
    """Where inputs come from: ``name`` says it to people, ``identity`` tells it from others."""

    name: str
    identity: str
    kind: str
    open: Callable[[], Iterator[InputRow]]
    is_repeatable: bool  # whether it can be gone through before anything is sent

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that a table of them begins with; only a table's own are known before."""
        return {"lines": ("input",), "files": ("file",)}.get(self.kind, ())


def open_source(world: World, options: EachOptions) -> InputSource:
    """What ``--each`` names. Errors: ``usage`` where there is nothing of that name."""
    name, wanted = options.each or "", options.each_format
    if name == "-":
        return _stdin_source(world, wanted or "lines")
    path = expand_path(name)
    if path.is_dir():
        if wanted not in (None, "files"):
            raise usage_error(f"{name} is a folder: its files are the inputs")
        return InputSource(name, str(path.resolve()), "files", partial(_files, path), True)
    if not path.exists() and any(sign in name for sign in "*?["):
        return InputSource(name, str(path.absolute()), "files", partial(_matches, path, name), True)
    kind = wanted or _kind_of(path)
    if kind == "files":
        raise usage_error(f"{name}: files are named by a folder or a pattern")
    if not path.exists():
        raise usage_error(f"--each: there is no {name}")
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


def _files(folder: Path) -> Iterator[InputRow]:
    """Its files in order, and those below; what is hidden stays away."""
    return _numbered(
        str(Path(place) / name)
        for place, names in _folders(folder)
        for name in sorted(names)
        if not name.startswith(".")
    )


def _folders(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield place, names


def _matches(path: Path, name: str) -> Iterator[InputRow]:
    from glob import glob

    found = sorted(glob(str(path), recursive=True))  # noqa: PTH207  which takes no absolute one
    files = [one for one in found if Path(one).is_file()]
    if not files:
        raise usage_error(f"--each: no file is called {name}")
    return _numbered(files)


def _numbered(paths: Iterable[str]) -> Iterator[InputRow]:
    for number, path in enumerate(paths, 1):
        about = {"path": path, "name": Path(path).name}
        yield InputRow(number, fields=about, path=path)


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
    """The rows of a stream. Errors: ``usage``, naming the row that cannot be read."""
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
    """Its lines, their ends kept, split where a file has lines and nowhere else."""
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
        value = json.loads(line, parse_constant=reject_constant, parse_int=_parse_int)
        if isinstance(value, dict):
            yield InputRow(0, line.strip(), value)
        else:
            yield InputRow(0, value if isinstance(value, str) else line.strip())


def _parse_int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has more than {_MOST_DIGITS} digits")
    return int(digits)


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
