"""Showing an answer that has a schema: the JSON alone, or its rows as they come."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, TextDelta
from aichat.core.message.json_schema.items import ItemReader
from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.message import Refusal, ToolCall
from aichat.core.text.cells import pad, truncate
from aichat.core.text.sanitize import sanitize_json, sanitize_line
from aichat.core.text.theme import Role, Theme
from aichat.process.world import World
from aichat.term.answer.plain import PlainSink, Write, json_line
from aichat.term.terminal import terminal_size

#: Columns of a cell with a number, and between two cells.
_NUMBER_WIDTH, _GAP = 12, 2

#: Makes a line, or lines, of a row.
Format = Callable[[Any], str]


class JsonAnswerSink(PlainSink):
    """The matching value: on one line in a pipe, indented on a terminal.

    Anything that does not match goes to stderr, so that it is never taken for the answer.
    """

    def __init__(self, world: World, write: Write, note: Write, *, terminal: bool) -> None:
        super().__init__(world, write, note)
        self._terminal = terminal

    def close(self, answer: Answer) -> None:
        """Write the value, or the text that has none."""
        for part in answer.message.parts:
            if isinstance(part, Refusal):
                self._note(part.text)
            elif isinstance(part, ToolCall):
                self._note(f"aichat: tool call {part.name}({part.arguments}) [{part.id}]")
        if answer.fault:
            for line in answer.text.splitlines():
                self._world.say(line)
        elif not any(isinstance(part, ToolCall) for part in answer.message.parts):
            self._show_value(answer.value)

    def _show_value(self, value: Any) -> None:
        self._write(laid_out(self._world, value) if self._terminal else compact(value))


class RowsSink(JsonAnswerSink):
    """Each row as soon as it is complete."""

    def __init__(
        self, world: World, write: Write, note: Write, asked: AnswerSchema, form: "RowForm"
    ) -> None:
        super().__init__(world, write, note, terminal=False)
        self._reader, self._form = ItemReader(asked), form
        self._count = 0

    def show(self, events: list[Event]) -> None:
        """The rows that a batch completes, in one write; then notices."""
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        self._write_rows(self._reader.feed(text))
        super().show(events)

    def _show_value(self, value: Any) -> None:
        """Show the rows that were not found in the stream."""
        self._write_rows(value[self._count :])
        if not self._count:
            self._write(self._form.head)

    def _write_rows(self, rows: Sequence[Any]) -> None:
        if rows:
            head = "" if self._count else self._form.head
            self._count += len(rows)
            self._write(head + "".join(map(self._form.row, rows)))


class RowForm:
    """How rows are written: the head above them, and each row."""

    def __init__(self, row: Format, head: str = "") -> None:
        self.row, self.head = row, head


def row_form(world: World, asked: AnswerSchema, *, form: str) -> RowForm:
    """Rows as ``jsonl``, ``csv``, ``tsv``, or as a ``table`` for people."""
    if form == "jsonl":
        return RowForm(compact)
    items = asked.schema.schema["items"]
    fields = items.get("properties", {}) if isinstance(items, Mapping) else {}
    names = [*fields] or ["value"]

    def cells(row: Any) -> list[str]:
        if not (fields and isinstance(row, dict)):
            return [_cell(row)]
        return [_cell(row.get(name)) for name in names]

    if form == "csv":
        return RowForm(lambda row: _csv_line(cells(row)), _csv_line(names))
    if form == "tsv":
        return RowForm(lambda row: _tsv_line(cells(row)), _tsv_line(names))
    widths = _widths(fields, len(names), terminal_size(world)[0])
    return RowForm(lambda row: _table_line(cells(row), widths), _table_line(names, widths))


def compact(value: Any) -> str:
    """A value on one line."""
    return json_line(value, compact=True)


def laid_out(world: World, value: Any) -> str:
    """A value for people: a line for each member, in colours where there are some, harmless."""
    text = sanitize_json(json.dumps(value, ensure_ascii=False, indent=2))
    return _PIECE.sub(lambda found: _paint(found, world.theme), text) + "\n"


def _paint(found: re.Match[str], theme: Theme) -> str:
    role: Role = "keyword" if found["name"] else "string" if found["text"] else "number"
    return theme.paint(found[0], role)


_STRING = r'"(?:[^"\\]|\\.)*"'
_PIECE = re.compile(rf"(?P<name>{_STRING}(?=:))|(?P<text>{_STRING})|[\w.+-]+")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else compact(value).rstrip("\n")


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _tsv_line(cells: Sequence[str]) -> str:
    """A tab or a newline in a cell would be two cells, or two rows."""
    return "\t".join(" ".join(cell.splitlines()).replace("\t", " ") for cell in cells) + "\n"


def _widths(fields: Mapping[str, Any], count: int, columns: int) -> list[int]:
    """Columns of each cell, known before the first row comes: numbers need the least."""
    room = columns - _GAP * (count - 1)
    numbers = [
        isinstance(one, Mapping) and one.get("type") in ("integer", "number", "boolean")
        for one in fields.values()
    ] or [False]
    narrow = min(_NUMBER_WIDTH, max(room // count, 1))
    texts = count - sum(numbers)
    wide = (room - narrow * sum(numbers)) // texts if texts else narrow
    return [narrow if is_number else max(wide, 1) for is_number in numbers]


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [
        pad(truncate(sanitize_line(cell), width), width)
        for cell, width in zip(cells, widths, strict=True)
    ]
    return (" " * _GAP).join(shown).rstrip() + "\n"
