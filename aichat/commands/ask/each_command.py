"""One run of ``ask --each``, from its question to its last line of output."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from aichat.app.calls.fan_out import JobGroup
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.batch.naming import name_batches
from aichat.app.jobs.each.feed import RowFeed
from aichat.app.jobs.each.inputs import InputSource
from aichat.app.jobs.each.lane import EachQuestion, Lane, LaneShared
from aichat.app.jobs.each.money import RunBudget, open_budget
from aichat.app.jobs.each.output import finish_event, row_format, start_event
from aichat.app.jobs.each.run import EachRun, RunTerms
from aichat.app.jobs.each.tally import Forecast, Tally
from aichat.app.jobs.each.tools import RowTools
from aichat.app.jobs.kept import JobKeeper
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.commands.ask.each_batch import BatchRun, check_no_batch
from aichat.commands.ask.each_forecast import describe_forecast, foresee
from aichat.commands.ask.output import AskOutput
from aichat.core.billing.budget import SpendLimit, limits_above
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.pace.pace import MOST, Pace
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.row_file import RowFile
from aichat.disk.jobs.run_rows import RunRows, other_runs, run_path
from aichat.disk.paths import data_dir, expand_path
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.net.transport.pool import ConnectionPool
from aichat.process.place import find_place
from aichat.process.world import World
from aichat.term.answer.plain import json_line

#: Retries: with many requests in flight, some are refused by rate limits.
_RETRIES = 8


class EachCommand:
    """One run; ``asked`` are the options and the setup of each model."""

    def __init__(
        self,
        world: World,
        source: InputSource,
        question: EachQuestion,
        asked: tuple[Sequence[AskOptions], Sequence[Setup]],
        output: AskOutput,
    ) -> None:
        self._world, self._source, self._question = world, source, question
        self._choices, self._setups = asked
        self._output, self._options = output, self._choices[0]
        self._tell = output.tell
        quiet = self._options.conversation.no_save
        place = find_place(world)
        self._recorder = Recorder(world.environ, world.clock, output.tell, quiet=quiet, place=place)

    def run(self, tools: RowTools | None) -> int:
        """Ask about all inputs, and return the exit code."""
        with JobGroup[Answer | Notice]() as group, ExitStack() as opened:
            targets = Targets(self._world, self._tell)
            endpoints = [targets.endpoint_for(setup) for setup in self._setups]
            lanes = self._lanes(group, endpoints, tools)
            forecast = self._forecast(lanes)
            budget = self._open_budget(lanes, has_tools=tools is not None)
            rows = opened.enter_context(self._open_rows(lanes))
            if rows.open_batches():
                name_batches(rows, JobKeeper(self._world, self._world.say).all())
            if self._options.each.batch:
                if self._submit(lanes, rows, forecast, budget.limits):
                    return 0
            else:
                check_no_batch(rows)
            write = self._open_output(opened, is_new=rows.is_empty)
            if self._options.output.events:
                for lane in lanes:
                    write(start_event(*lane.identity))
            terms = self._terms(write, budget, several=len(lanes) > 1)
            tally = Tally(self._world.clock.monotonic(), forecast)
            run = EachRun(terms, lanes, rows, tally, group)
            try:
                feed = RowFeed(self._source.open(), is_stream=not self._source.is_repeatable)
                stopped = run.run(feed)
                self._close_output(tally, stopped)
            except Interrupted as interrupted:
                if not interrupted.is_closed_pipe:
                    self._tell(f"{self._summary(tally)}; the same command goes on")
                raise
            return self._report(tally, stopped)

    def _lanes(
        self,
        group: JobGroup[Answer | Notice],
        endpoints: Sequence[Endpoint],
        tools: RowTools | None,
    ) -> list[Lane]:
        """The lanes to ask; those of one model share its pace."""
        most = self._options.each.jobs
        pool = ConnectionPool(most or MOST)
        shared = LaneShared(
            *(self._world, self._question, pool, group.halt, self._recorder, tools),
        )
        lanes = []
        for options, setup, target in zip(self._choices, self._setups, endpoints, strict=True):
            retries = options.transport.retries
            changed = options.with_changes(
                max_cost=None, retries=_RETRIES if retries is None else retries
            )
            pace = Pace(most or (1 if setup.provider.engine else MOST))
            lanes.append(Lane(shared, changed, setup, target, pace))
        return lanes

    def _forecast(self, lanes: Sequence[Lane]) -> Forecast | None:
        """The forecast, shown before anything is sent; None if it cannot be known."""
        if not self._source.is_repeatable:
            return None
        forecast = foresee(self._world, self._source, self._question, lanes, self._recorder)
        for line in describe_forecast(forecast, lanes, batch=self._options.each.batch):
            self._tell(line)
        return forecast

    def _open_budget(self, lanes: Sequence[Lane], *, has_tools: bool) -> RunBudget:
        """The budget of the run, and how it is counted, told. Errors: as of ``open_budget``."""
        cases = [lane.spend_check(self._question.sample) for lane in lanes]
        has_rounds = has_tools or self._question.instructions.schema is not None
        budget = open_budget(cases, self._options.money.max_cost, has_rounds=has_rounds)
        if budget.limits and not self._options.each.batch:
            self._tell(budget.description)
        return budget

    def _open_rows(self, lanes: Sequence[Lane]) -> RunRows:
        """The store of answers, which has those of an earlier run of the same command."""
        store = self._setups[0].config_file.config.store
        if self._options.conversation.no_save or not store.get("save", True):
            return RunRows(None)
        asked = hashlib.sha256(repr(self._question.template).encode("utf-8", "surrogatepass"))
        for lane in lanes:
            asked.update(lane.fingerprint)
        identity = hashlib.sha256(self._source.identity.encode("utf-8", "surrogateescape"))
        path = run_path(data_dir(self._world.environ), identity.hexdigest(), asked.hexdigest())
        if self._source.is_repeatable and not path.exists() and any(other_runs(path)):
            self._tell(f"a new run: something else was asked about {self._source.name} before")
        return RunRows(path)

    def _submit(
        self,
        lanes: Sequence[Lane],
        rows: RunRows,
        forecast: Forecast | None,
        limits: Sequence[SpendLimit],
    ) -> bool:
        """Submit unanswered questions as batches; False if there are none."""
        if rows.path is None:
            raise usage_error("--batch needs the store: it has to be remembered")
        if forecast is None:
            raise usage_error("--batch cannot read a stream", "write the inputs to a file first")
        for limit in limits_above(forecast.batch_cost or forecast.cost, limits):
            why = f"the questions alone would cost more than {limit.description}"
            raise AichatError(Fault("budget", why, "nothing was sent"))
        run = BatchRun(self._world, self._source, self._question, rows, self._tell)
        return run.submit(lanes, retry_failed=self._options.each.retry_failed)

    def _open_output(self, opened: ExitStack, *, is_new: bool) -> Callable[[str], object]:
        self._file: RowFile | None = None
        if name := self._options.output.output:
            self._file = opened.enter_context(RowFile(expand_path(name), is_new=is_new))
            return self._file.write
        world = self._world
        if world.stdout_tty:
            return lambda text: world.write_text(sanitize(text))
        return world.write_text

    def _close_output(self, tally: Tally, stopped: Fault | None) -> None:
        if self._file and tally.count and not stopped:
            self._file.end()

    def _terms(
        self, write: Callable[[str], object], budget: RunBudget, *, several: bool
    ) -> RunTerms:
        options = self._options
        form = row_format(
            self._source, options, self._question.instructions.schema, several=several
        )
        return RunTerms(
            *(self._world, self._question, write, self._tell, form, self._recorder, budget),
            unordered=options.each.unordered,
            retry_failed=options.each.retry_failed,
            quiet=options.output.quiet,
            note=self._note,
        )

    def _note(self, notice: Notice) -> None:
        self._tell(notice.message)
        if self._options.output.events:
            told = {"type": "notice", "kind": notice.kind, "message": notice.message}
            self._world.write_text(json_line(told))

    def _summary(self, tally: Tally) -> str:
        return tally.summary(self._world.clock.monotonic())

    def _report(self, tally: Tally, stopped: Fault | None) -> int:
        """Print the last lines, and return the exit code."""
        if not (tally.count or stopped):
            raise usage_error(f"nothing to ask: {self._source.name} has no inputs")
        if self._options.output.events:
            now = self._world.clock.monotonic()
            self._world.write_text(finish_event(tally, stopped or tally.fault, now))
        self._tell(self._summary(tally))
        for line in tally.failures():
            self._world.say(line)
        if stopped:
            self._world.report_fault(stopped)
            return stopped.exit_code
        if tally.failed and not self._options.conversation.no_save:
            self._tell("--retry-failed asks those that failed again")
        return tally.exit_code
