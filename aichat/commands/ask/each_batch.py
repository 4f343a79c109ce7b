"""``ask --each --batch``: submits the questions as batches, which the provider answers later."""

import json
from collections.abc import Callable, Iterator, Sequence

from aichat.app.calls.caller import outgoing_call, placeholders_for
from aichat.app.calls.options import call_options
from aichat.app.calls.resource import ResourceContext
from aichat.app.jobs.batch.submit import BatchQuestion, Submitter
from aichat.app.jobs.each.inputs import InputSource
from aichat.app.jobs.each.lane import EachQuestion, Lane, row_key
from aichat.app.jobs.each.run import row_id
from aichat.app.jobs.kept import JobKeeper
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import value_of
from aichat.core.exchange.request import has_user_limit
from aichat.core.provider.job import Job
from aichat.core.text.numbers import count_of
from aichat.disk.jobs.run_rows import AskedRow, RunRows
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.wires.resources.batches import DIALECTS

#: The most characters of the question in a list of batches.
_MAX_WORDS = 200


def batch_options(options: AskOptions, setup: Setup) -> AskOptions:
    """The options for a batch. Errors: ``usage`` if the provider has no batches."""
    if not setup.provider.resources.batches:
        why = f"aichat has no batches with {setup.provider.name}"
        raise usage_error(why, "leave --batch out, and --each asks one by one")
    wire = DIALECTS[setup.provider.resources.batches].wire
    if wire and setup.target.wire.value != wire:
        options = options.with_changes(wire=wire)
    return options.with_changes(no_stream=True)


def check_no_batch(rows: RunRows) -> None:
    """Raise (``usage``) if part of the run is already in a batch, which would be paid twice."""
    if found := rows.open_batches():
        hint = f"fetch it with aichat batch collect {found[0]}, or end it with aichat batch cancel"
        raise usage_error(f"batch {found[0]} has these inputs under way", hint)


class BatchRun:
    """Submits the questions of a run as batches."""

    def __init__(
        self,
        world: World,
        source: InputSource,
        question: EachQuestion,
        rows: RunRows,
        tell: Callable[[str], object],
    ) -> None:
        self._world, self._source, self._question = world, source, question
        self._rows, self._tell = rows, tell
        self._keeper = JobKeeper(world, world.say)
        self._is_for_several = False

    def submit(self, lanes: Sequence[Lane], *, retry_failed: bool) -> bool:
        """Submit unanswered questions and print the batches' ids; whether any is in progress."""
        self._is_for_several = len(lanes) > 1
        for batch in self._rows.open_batches():
            self._tell(f"batch {batch} is under way: aichat batch collect {batch}")
        for number, lane in enumerate(lanes):
            missing = self._missing(lane, retry_failed=retry_failed)
            draft = self._draft(lane, f"asking-{self._question.thread.id}-{number}")
            submitter = Submitter(self._context(lane), draft, self._rows, self._keeper)
            for job in submitter.submit(missing):
                self._world.write_text(f"{job.id}\n")
                count = count_of(int(job.wish["total"]), "question")
                hours = DIALECTS[lane.target.provider.resources.batches].hours
                self._tell(f"{count} sent to {lane.name}, to be answered within {hours} h")
                self._tell(f"fetch the answers: aichat batch wait {job.id}, then batch collect")
        self._rows.count_anew()
        return bool(self._rows.open_batches())

    def _missing(self, lane: Lane, *, retry_failed: bool) -> Iterator[BatchQuestion]:
        """The questions without an answer that are not in a batch."""
        fingerprint = lane.fingerprint
        self._rows.count_anew()
        for row in self._source.open():
            try:
                question = self._question.about(row)
                attempt = lane.attempt(question)
            except AichatError as error:
                if row.path is None:
                    raise
                self._tell(f"row {row.number} is left out: {error.fault.message}")
                continue
            key = row_key(fingerprint, question)
            name = row_id(key, self._rows.count_of(key))
            kept = self._rows.find(name)
            if (kept and not (kept.has_failed and retry_failed)) or self._rows.is_under_way(name):
                continue
            shown = json.dumps(row.shown, ensure_ascii=False)
            placeholders = placeholders_for(lane.target)
            call = outgoing_call(attempt.call(), placeholders)
            replaced = placeholders.values if placeholders else {}
            yield BatchQuestion(AskedRow(name, row.number, shown, replaced), call)

    def _table(self, lane: Lane) -> dict[str, object] | None:
        """The format of a table, if rows are to be one."""
        sampling = lane.options.sampling
        if not (sampling.csv or sampling.tsv):
            return None
        delimiter = "," if sampling.csv else "\t"
        inputs = self._source.columns
        return {"delimiter": delimiter, "inputs": inputs, "several": self._is_for_several}

    def _context(self, lane: Lane) -> ResourceContext:
        terms = call_options(lane.setup, lane.options.transport, self._world.say)
        return ResourceContext(self._world, lane.setup, lane.target, terms, self._tell_line)

    def _tell_line(self, line: str) -> None:
        self._tell(line)

    def _draft(self, lane: Lane, name: str) -> Job:
        """The record of a batch, with all that is needed to read its answers."""
        attempt = lane.attempt(self._question.sample)
        schema, how = self._question.instructions.schema, attempt.request.json_output
        wish = {
            "run": str(self._rows.path),
            "wire": lane.target.wire,
            "limited": has_user_limit(attempt.request, lane.target),
            "extract": lane.options.output.extract,
            "extract_lang": lane.options.output.extract_lang,
            "schema": schema and {"name": schema.name, "schema": schema.schema.schema},
            "mode": how and how.mode,
            "tool": how.tool_name if how and how.tool else None,
            "table": self._table(lane),
        }
        return Job(
            *(lane.setup.provider.id, name, "batch", "batch"),
            *(lane.setup.model.value, self._question.words[:_MAX_WORDS], self._world.clock.now()),
            region=value_of(lane.setup.target.region),
            profile=lane.setup.profile,
            wish=wish,
        )
