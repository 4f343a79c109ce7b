"""Tool calls in a run over many inputs: approved by rules only, since nobody is asked."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock

from aichat.app.question.request import Attempt
from aichat.app.tools.approval import Approver, Verdict
from aichat.app.tools.results import collect_results, result_limit
from aichat.app.tools.rounds import ToolDesk
from aichat.app.tools.running import CallEnd, CallRunner
from aichat.app.tools.toolkit import PlannedCall
from aichat.core.exchange.answer import Answer, ToolRun
from aichat.core.exchange.event import Event, Notice
from aichat.core.message.message import Message
from aichat.core.message.tool_schema import Tool
from aichat.core.tools.rounds import stop_at_limit, sum_rounds
from aichat.values import NamedTuple

#: Sends a request: yields notices of waits, and returns the answer.
Send = Callable[[Attempt], Generator[list[Answer | Notice], None, Answer]]


class RowTurn(NamedTuple):
    """The means of one question's rounds: ``send`` sends a request, ``away`` leaves the gate.

    ``check`` raises if the run is to end.
    """

    send: Send
    away: Callable[[], AbstractContextManager[None]]
    check: Callable[[], object]


class RowTools:
    """What all rows share: the tools, their rules, and the limit of rounds."""

    def __init__(self, desk: ToolDesk) -> None:
        self.desk = desk
        one_by_one = (source for source in desk.kit.sources if not source.is_parallel)
        self._locks = {id(source): Lock() for source in one_by_one}

    def follow(
        self, first: Attempt, answer: Answer, turn: RowTurn
    ) -> Generator[list[Answer | Notice], None, tuple[Attempt, Answer]]:
        """Run an answer's calls and ask again, until there are none.

        Returns the last attempt, and all rounds as one answer. Errors: those of ``check``.
        """
        rounds = _Rounds(self, turn, first.request.tools)
        attempt = first
        while rounds.goes_on(answer):
            attempt = rounds.next_attempt(attempt, answer)
            yield [*rounds.take_notices()]
            answer = yield from turn.send(attempt)
        return attempt, rounds.sum_up(answer)

    @contextmanager
    def hold(self, planned: Sequence[PlannedCall]) -> Iterator[None]:
        """Hold the lock for calls that may not run in parallel."""
        wanted = sorted({id(each.source) for each in planned} & self._locks.keys())
        with ExitStack() as stack:
            for each in wanted:
                stack.enter_context(self._locks[each])
            yield


class _Rounds:
    """The rounds of one row."""

    def __init__(self, tools: RowTools, turn: RowTurn, offered: Sequence[Tool]) -> None:
        self._offered = offered
        self._tools, self._desk, self._turn = tools, tools.desk, turn
        self._notices: list[Notice] = []
        rules = self._desk.approver.every_rule
        self._approver = Approver(rules, lambda _: None, self._tell)
        self._answers: list[Answer] = []
        self._runs: list[ToolRun] = []
        self._is_last = False

    def _tell(self, line: str) -> None:
        self._notices.append(Notice("approval", line))

    def take_notices(self) -> list[Notice]:
        """The pending notices, which are then cleared."""
        found, self._notices = self._notices, []
        return found

    def goes_on(self, answer: Answer) -> bool:
        """Whether to run an answer's calls and start another round."""
        return not self._is_last and self._desk.kit.answers(answer, self._offered)

    def next_attempt(self, attempt: Attempt, answer: Answer) -> Attempt:
        """Run the calls; returns the attempt with their results."""
        self._answers.append(answer)
        results = self._run_calls(answer, result_limit(attempt.setup))
        self._is_last = len(self._answers) >= self._desk.limit.rounds
        request = attempt.request
        request = request._replace(messages=(*request.messages, answer.message, results))
        if self._is_last:
            named = attempt.target.provider.quirks.tool_choice
            request = request._replace(tools_off=True, tools=request.tools if named else ())
        return attempt._replace(request=request)

    def _run_calls(self, answer: Answer, limit: int) -> Message:
        """Run the calls; returns the message with a result for each."""
        planned = [self._desk.kit.plan(call) for call in answer.calls]
        verdicts = self._approver.verdicts(self._desk.kit, planned, _show_nothing)
        ends: dict[int, CallEnd] = {}
        with self._turn.away(), self._tools.hold(planned):
            self._run(verdicts, ends)
        runs, results = collect_results(planned, ends, len(self._answers), limit)
        self._runs += runs
        return results

    def _run(self, verdicts: Sequence[Verdict], ends: dict[int, CallEnd]) -> None:
        runner = CallRunner(verdicts, ends, _show_nothing, lambda *_: None, check=self._turn.check)
        runner.run()

    def sum_up(self, answer: Answer) -> Answer:
        """All rounds as one answer, marked incomplete if calls were not run."""
        if not self._answers:
            return answer
        whole = sum_rounds([*self._answers, answer], self._runs)
        if not self._is_last or self._desk.limit.is_users:
            return whole
        return stop_at_limit(whole, len(self._answers), "--max-rounds allows more")


def _show_nothing(_: list[Event]) -> None:
    """Show nothing, since there are too many calls."""
