"""The results of a batch: polled, and fetched into the run of its questions."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from aichat import wires
from aichat.app.billing.answer_cost import with_cost
from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext, fetch_object, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.exchange.final_answer import check_extract
from aichat.app.exchange.recovery.correction import judge
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.each.output import answer_line
from aichat.core.cli.options import OutputOptions
from aichat.core.conversation.turn import Turn, finish_turn
from aichat.core.exchange.answer import Answer, SchemaOutcome
from aichat.core.exchange.filters.event_filter import EventLimiter, EventMask, ForcedToolText
from aichat.core.exchange.filters.restoring import EventRestorer
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.outcome import with_fault
from aichat.core.exchange.request import Request
from aichat.core.http.sse import Frame
from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.json_schema.validate import Schema
from aichat.core.message.message import Message
from aichat.core.message.private.placeholders import Placeholders
from aichat.core.provider.job import Job
from aichat.core.text.json import read_object
from aichat.core.text.numbers import count_of
from aichat.disk.jobs.run_rows import KeptRow, RunRows
from aichat.errors import AichatError, Fault
from aichat.wires.resources.batches import (
    BatchReport,
    BatchResult,
    dialect_of,
    look_call,
    parse_page,
    parse_report,
    results_call,
)

#: Answers written to the ledger at once.
_LEDGER_ROWS = 500

#: The most results per request, since some come twice, and per page.
_MOST_PER_REQUEST, _PAGE_LINES = 2, 1000

#: The most bytes of one result, which may contain images.
_LONGEST_LINE = 256 << 20

_LOST = Fault("server", "the batch has no answer to this: it expired or was cancelled before")


def look(context: ResourceContext, batch_id: str) -> BatchReport:
    """Request the state of a batch. Errors: as of any request."""
    told = fetch_object(context, look_call(context.endpoint, batch_id))
    report = parse_report(told, context.endpoint)
    if report is None:
        raise protocol_error(context, "the answer is about no batch")
    return report


def fetch_results(
    context: ResourceContext, report: BatchReport, total: int | None
) -> Iterator[BatchResult]:
    """The results of the ``total`` requests, in no particular order.

    Errors: as of any request; ``protocol`` if there are far too many.
    """
    most = None if total is None else _MOST_PER_REQUEST * total + _PAGE_LINES
    dialect = dialect_of(context.endpoint)
    read = _paged if dialect.pages else _lines
    everything = chain(report.answers, *(read(context, place) for place in report.results))
    for number, told in enumerate(everything, 1):
        if most is not None and number > most:
            raise protocol_error(context, f"there are more than {most:,} results of {total:,}")
        yield dialect.result(told)


def is_gone(context: ResourceContext, batch_id: str) -> bool:
    """Whether the provider has no such batch, or no longer its results."""
    try:
        next(fetch_results(context, look(context, batch_id), None), None)
    except AichatError as error:
        return error.fault.kind == "not_found"
    return False


def _paged(context: ResourceContext, place: str) -> Iterator[Mapping[str, Any]]:
    cursor, seen = "", set[str]()
    while cursor not in seen:
        seen.add(cursor)
        call = results_call(context.endpoint, place, cursor)
        if call is None:
            return
        page = parse_page(fetch_object(context, call))
        yield from page.results
        if not (page.cursor and page.results):
            return
        cursor = page.cursor


def _lines(context: ResourceContext, place: str) -> Iterator[Mapping[str, Any]]:
    """The lines of a file, one by one, since it may be larger than memory.

    After a lost connection it is read again, without the lines already returned.
    """
    call = results_call(context.endpoint, place)
    if call is None:
        raise protocol_error(context, "its results are at another host")
    caller = Caller(context.endpoint, context.world.clock, context.options)
    loop, given = RetryLoop(caller, context.world.clock), 0
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            for line in islice(_split_lines(context, response.chunks()), given, None):
                given += 1
                if line.strip():
                    yield read_object(line)
        if loop.wait:
            context.say(loop.wait.why)


def _split_lines(context: ResourceContext, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of a stream. Errors: ``protocol`` for a line that is too long."""
    rest, size = list[bytes](), 0
    for piece in pieces:
        *lines, last = piece.split(b"\n")
        for line in lines:
            yield b"".join((*rest, line))
            rest, size = [], 0
        rest.append(last)
        size += len(last)
        if size > _LONGEST_LINE:
            raise protocol_error(context, f"a result is longer than {_LONGEST_LINE >> 20} MB")
    yield b"".join(rest)


class Collector:
    """Fetches a batch into the rows of its run, counting the cost of each once.

    If interrupted, the next collection starts over: stored rows stay as they are, and the
    ledger has its entries by batch and row.
    """

    def __init__(self, context: ResourceContext, job: Job, rows: RunRows) -> None:
        self._context, self._job, self._rows = context, job, rows
        self._reader = ResultReader(context, job)
        self._recorder = Recorder(context.world.environ, context.world.clock, context.say)
        self._ended: list[tuple[Turn, Answer]] = []
        self._marks: list[str] = []
        self._foreign, self._is_counted = 0, True

    def collect(self, report: BatchReport) -> None:
        """Store the result of every question. Errors: as of any request, and of the disk."""
        total = self._rows.count_asked(self._job.id)
        for result in fetch_results(self._context, report, total):
            key = key_of(result.id)
            if key and self._rows.is_asked_in(self._job.id, key):
                replaced = self._rows.replaced_in(self._job.id, key)
                self._take(key, self._reader.answer(result, replaced))
            else:
                self._foreign += 1
        if self._foreign:
            more = count_of(self._foreign, "result")
            self._context.say(f"{more} of questions that were not in it: left out")
        for asked in self._rows.asked_in(self._job.id):
            kept = self._rows.find(asked.key)
            if kept is None or _is_lost(kept):
                self._take(asked.key, self._reader.failed(_LOST))
        self._write_ledger()
        if self._is_counted:
            self._rows.close_batch(self._job.id)
        else:
            self._context.say("the ledger cannot be written: collect it again to have it counted")

    def _has(self, key: bytes) -> bool:
        """Whether the answer is already stored, by an earlier collection or a duplicate."""
        known = self._rows.find(key)
        return known is not None and not known.has_failed

    def _take(self, key: bytes, answer: Answer) -> None:
        if not self._has(key):
            line = answer_line(answer, self._reader.output)
            self._rows.keep(key, KeptRow(line, answer.fault is not None))
        elif answer.fault:
            return  # a duplicate of an answered one
        said = Message("assistant", (), answer.provider, answer.model)
        started = Turn(
            said,
            self._context.world.clock.now(),
            profile=self._job.profile,
            wire=self._context.endpoint.wire,
        )
        self._ended.append((finish_turn(started, answer), answer))
        self._marks.append(f"{self._job.provider}/{self._job.id}/{key.hex()}")
        if len(self._ended) >= _LEDGER_ROWS:
            self._write_ledger()

    def _write_ledger(self) -> None:
        ended, self._ended = self._ended, []
        marks, self._marks = self._marks, []
        self._is_counted &= self._recorder.count(ended, marks=marks)


class ResultReader:
    """Turns results into answers, by the settings of the job's questions."""

    def __init__(self, context: ResourceContext, job: Job) -> None:
        self._context, self._job = context, job
        wish = job.wish
        self.output = OutputOptions(bool(wish.get("extract")), wish.get("extract_lang"))
        given = wish.get("schema")
        self._schema = AnswerSchema(Schema(given["schema"]), given["name"]) if given else None
        self._mask = EventMask((context.endpoint.key and (context.endpoint.key.value,)) or ())

    def answer(self, result: BatchResult, replaced: Mapping[str, str] = {}) -> Answer:
        """The answer in a result, with its cost, checked like any other.

        ``replaced`` maps placeholders in its question to the private data.
        """
        if result.body is None:
            return self.failed(self._fault(result))
        endpoint, wish = self._context.endpoint, self._job.wish
        model = self._job.model or str(result.body.get("model") or "")
        request = Request(model, (), stream=False)
        decoder = wires.load(endpoint.wire).make_decoder(request, endpoint)
        body = json.dumps(result.body, ensure_ascii=False)
        events = [*decoder.feed([Frame(body)]), *decoder.close()]
        if tool := wish.get("tool"):
            events = ForcedToolText(tool).feed(events)
        builder = AnswerBuilder(endpoint.provider.id, model)
        events = self._mask.mask(events)
        if replaced:
            placeholders = Placeholders.recalled(replaced)
            restorer = EventRestorer(placeholders, in_json=self._schema is not None)
            events = [*restorer.feed(events), *restorer.flush()]
        builder.add(EventLimiter().limit(events))
        found = builder.answer()
        found = found._replace(detail=found.detail._replace(tier="batch"))
        now = self._context.world.clock.now()
        found = with_cost(found, request, endpoint, None, now)
        found = with_fault(found, user_limited=bool(wish.get("limited")))
        if self._schema:
            outcome = SchemaOutcome(str(wish.get("mode")))
            found = judge(found._replace(schema=outcome), self._schema).answer
        return check_extract(found, self.output)

    def failed(self, fault: Fault) -> Answer:
        """The failed answer for a missing result."""
        provider, model = self._context.endpoint.provider.id, self._job.model
        said = Message("assistant", (), provider, model)
        fault = fault._replace(provider=provider, model=model)
        return Answer(provider, model, said, fault=fault)

    def _fault(self, result: BatchResult) -> Fault:
        error = result.error or {}
        if not result.status:  # it was never tried
            return _LOST._replace(message=str(error.get("message") or _LOST.message))
        wire = wires.load(self._context.endpoint.wire)
        body = json.dumps({"error": error, "type": "error"}).encode()
        fault = wire.read_fault(result.status, {}, body)
        caller = Caller(
            self._context.endpoint,
            self._context.world.clock,
            self._context.options,
            self._job.model,
        )
        return caller.complete_fault(fault)


def _is_lost(kept: KeptRow) -> bool:
    """Whether an interrupted collection found no answer for a row."""
    return kept.has_failed and json.loads(kept.line)["error"]["message"] == _LOST.message


def key_of(name: str) -> bytes | None:
    """The key in a result's name, if it is one of ours."""
    try:
        return bytes.fromhex(name)
    except ValueError:
        return None


def still_going(job: Job, report: BatchReport) -> AichatError:
    """The error for a batch that cannot be collected yet (exit 9)."""
    count = (
        f": {report.ended:,} of {report.total:,} answered" if report.total and report.ended else ""
    )
    hint = f"wait for it: aichat batch wait {job.id}"
    return AichatError(Fault("pause", f"batch {job.id} is {report.state}{count}", hint))
