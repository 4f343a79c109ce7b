"""Submitting batches: questions are written to files, recorded, and then sent."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from aichat.app.calls.resource import ResourceContext, fetch_object, protocol_error
from aichat.app.jobs.kept import JobKeeper
from aichat.app.media.files.context import FilesContext
from aichat.app.media.files.upload import put_once
from aichat.core.http.call import Call
from aichat.core.provider.job import Job
from aichat.disk.files.upload import file_source
from aichat.disk.jobs.run_rows import AskedRow, RunRows
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple
from aichat.wires.resources.batches import (
    BatchDialect,
    begin_call,
    create_call,
    dialect_of,
    parse_report,
    request_line,
    request_path,
)
from aichat.wires.resources.files import FileSpec


class BatchQuestion(NamedTuple):
    """One question: its record, and its request."""

    asked: AskedRow
    call: Call


class RequestFile(NamedTuple):
    """A file of requests for one batch, with a temporary name until the provider's id is known."""

    path: Path
    path_of_each: str
    name: str
    total: int


class Submitter:
    """Submits batches of one model's questions; ``draft`` is the record of each batch."""

    def __init__(
        self, context: ResourceContext, draft: Job, rows: RunRows, keeper: JobKeeper
    ) -> None:
        self._context, self._draft, self._rows, self._keeper = context, draft, rows, keeper
        self._dialect = dialect_of(context.endpoint)

    def submit(self, questions: Iterable[BatchQuestion]) -> Iterator[Job]:
        """Submit the questions, in as many batches as the provider's limits require.

        Errors: as of any request; batches submitted before are recorded.
        """
        self._rows.drop_unsent()  # of a run that was killed
        try:
            with tempfile.TemporaryDirectory(prefix="aichat-batch-") as folder:
                for file in self._files(questions, Path(folder)):
                    yield self._send(file)
                    file.path.unlink()
        finally:
            self._rows.drop_unsent()

    def _files(self, questions: Iterable[BatchQuestion], folder: Path) -> Iterator[RequestFile]:
        """Files of questions within the provider's limits."""
        lines, numbers = None, count()
        for asked, call in questions:
            line = request_line(self._context.endpoint, asked.key.hex(), call)
            if lines and not lines.has_room(line):
                yield lines.close()
                lines = None
            if lines is None:
                path = request_path(self._context.endpoint, call)
                name = f"{self._draft.id}-{next(numbers)}"
                lines = _Lines(folder / name, path, self._dialect)
            self._rows.add_asked(lines.name, lines.count, asked)
            lines.add(line)
        if lines:
            yield lines.close()

    def _send(self, file: RequestFile) -> Job:
        """Submit a file; it is recorded before that, and forgotten if it certainly failed.

        No batch can be lost, wherever the program ends: before creation there is none, and
        afterwards the store has it by our name or the provider's (``name_batches``).
        """
        begin = self._beginning(file)
        wish = {**self._draft.wish, "total": file.total, "asked_as": file.name}
        job = self._keeper.put(self._draft._replace(id=file.name, state="asking", wish=wish))
        if not self._keeper.get(job.id):
            raise AichatError(Fault("output", "a batch that cannot be remembered is not begun"))
        self._rows.begin_batch(file.name)
        try:
            told = begin()
        except AichatError as error:
            if not _may_have_begun(error.fault):
                self._rows.drop_batch(file.name)
                self._keeper.forget(job)
            raise
        report = parse_report(told, self._context.endpoint)
        if report is None:
            raise protocol_error(self._context, "the answer has no id of a batch")
        begun = self._keeper.replace(job, job._replace(id=report.id, state=report.state))
        self._rows.name_batch(file.name, report.id)
        return begun

    def _beginning(self, file: RequestFile) -> Callable[[], dict[str, Any]]:
        """A function that creates the batch, without retries; requests are uploaded or inline."""
        context, model = self._context, self._draft.model
        once = context._replace(options=context.options._replace(retries=0))
        if self._dialect.purpose is None:
            call = create_call(context.endpoint, model)._replace(
                body=file_source(str(file.path), is_clean=True)
            )
        else:
            call = begin_call(context.endpoint, model, self._upload(file), file.path_of_each)
        return partial(fetch_object, once, call, model)

    def _upload(self, file: RequestFile) -> str:
        """Upload the file; returns the provider's id."""
        context, size = self._context, file.path.stat().st_size
        files = FilesContext(
            *(context.world, context.endpoint, context.options, context.say),
            shown=not context.quiet,
        )
        spec = FileSpec(
            *(str(file.path), "requests.jsonl", "application/jsonl", size, "other"),
            purpose=self._dialect.purpose or None,
            is_clean=True,
        )
        return put_once(files, spec).id


def _may_have_begun(fault: Fault) -> bool:
    """Whether the batch may exist: there was no answer, or a server error."""
    if fault.status is not None:
        return fault.status >= 500 and fault.status not in (503, 529)
    return fault.kind in ("network", "timeout", "protocol", "interrupted")


class _Lines:
    """A growing file of requests at ``path``."""

    def __init__(self, path: Path, path_of_each: str, dialect: BatchDialect) -> None:
        self._path, self._path_of_each, self._dialect = path, path_of_each, dialect
        self._file, self.count = path.open("wb"), 0
        self._size = self._file.write(dialect.around[0])
        self._between = b"," if dialect.purpose is None else b"\n"

    @property
    def name(self) -> str:
        """The temporary name of the batch."""
        return self._path.name

    def has_room(self, line: bytes) -> bool:
        """Whether one more line is within the provider's limits."""
        room = self._dialect.max_bytes - len(self._dialect.around[1]) - len(self._between)
        return self.count < self._dialect.max_lines and self._size + len(line) < room

    def add(self, line: bytes) -> None:
        """Append a line."""
        if self.count:
            self._size += self._file.write(self._between)
        self._size += self._file.write(line)
        self.count += 1

    def close(self) -> RequestFile:
        """Close the file and describe it."""
        last = b"\n" if self._dialect.purpose is not None else b""
        self._file.write(last + self._dialect.around[1])
        self._file.close()
        return RequestFile(self._path, self._path_of_each, self.name, self.count)
