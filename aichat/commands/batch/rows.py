"""The rows of a batch: printed in the order of its inputs, or appended to a file."""

import json
from collections.abc import Sequence

from aichat.app.calls.resource import ResourceContext
from aichat.app.jobs.batch.collect import ResultReader, fetch_results
from aichat.app.jobs.each.inputs import InputRow
from aichat.app.jobs.each.output import (
    JSON_ROWS,
    RowFormat,
    RowResult,
    answer_line,
    json_row,
    table_format,
)
from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.json_schema.validate import Schema
from aichat.core.provider.job import Job
from aichat.core.text.numbers import count_of
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.row_file import RowFile
from aichat.disk.jobs.run_rows import AskedRow, RunRows
from aichat.disk.paths import expand_path
from aichat.process.world import World
from aichat.wires.resources.batches import BatchReport


def print_rows(context: ResourceContext, job: Job, rows: RunRows, name: str | None) -> int:
    """Write the rows of a collected batch, in the requested format, to the file ``name``.

    Returns the exit code of the most frequent failure.
    """
    count, codes, form = 0, list[int](), _form(job)
    with _RowOutput(context.world, name) as output:
        for asked in rows.asked_in(job.id):
            kept = rows.find(asked.key)
            if kept:
                row = _input_row(asked)
                output.write(form.head(row) if not count else "")
                if lack := form.lack(row):
                    context.world.say(f"aichat: {lack}")
                count += 1
                output.write(form.row(RowResult(asked.key.hex(), row, kept.line)))
                if kept.has_failed:
                    codes.append(json.loads(kept.line)["error"]["exit"])
    return _report(context, count, codes)


def _form(job: Job) -> RowFormat:
    """The format of rows: the requested table, otherwise JSON."""
    table, given = job.wish.get("table"), job.wish.get("schema")
    if not table:
        return JSON_ROWS
    schema = AnswerSchema(Schema(given["schema"]), given["name"]) if given else None
    several, delimiter = bool(table["several"]), str(table["delimiter"])
    return table_format(table["inputs"], schema, several=several, delimiter=delimiter)


def _input_row(asked: AskedRow) -> InputRow:
    """An input as it was read: a record or a text."""
    shown = json.loads(asked.input)
    if isinstance(shown, dict):
        return InputRow(asked.row, fields=shown)
    return InputRow(asked.row, str(shown))


def print_foreign(context: ResourceContext, job: Job, report: BatchReport, name: str | None) -> int:
    """Write the results of another tool's batch, in the order of arrival."""
    if report.wire:  # it may differ from the provider's usual wire
        context = context._replace(endpoint=context.endpoint._replace(wire=report.wire))
    reader, count, codes = ResultReader(context, job), 0, list[int]()
    with _RowOutput(context.world, name) as output:
        for result in fetch_results(context, report, report.total):
            answer = reader.answer(result)
            count += 1
            output.write(json_row(result.id, count, None, answer_line(answer, reader.output)))
            codes += [answer.fault.exit_code] if answer.fault else []
    return _report(context, count, codes)


def _report(context: ResourceContext, count: int, codes: Sequence[int]) -> int:
    """Print the last line; returns the exit code of the most frequent failure."""
    failed = f", {len(codes):,} of them failed" if codes else ""
    context.say(f"{count_of(count, 'row')}{failed}")
    if codes:
        context.say("ask --each again, with --retry-failed, asks those again")
    return max(set(codes), key=codes.count) if codes else 0


class _RowOutput:
    """The output of rows: a file to append to, or stdout."""

    def __init__(self, world: World, name: str | None) -> None:
        self._world, self._file = world, RowFile(expand_path(name)) if name else None

    def __enter__(self) -> "_RowOutput":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._file:
            if kind is None:
                self._file.end()
            self._file.__exit__()

    def write(self, text: str) -> None:
        """Write a row."""
        if self._file:
            self._file.write(text)
        elif text:
            self._world.write_text(sanitize(text) if self._world.stdout_tty else text)
