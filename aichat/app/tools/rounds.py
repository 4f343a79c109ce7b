"""The rounds of a turn: ask, decide about the calls, run them, ask again with the results.

Each round is an exchange with its own price and place in the store. However a turn ends,
each call in a stored answer is followed by a result, which providers require.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from aichat.app.billing.remaining import with_money_left
from aichat.app.exchange.context import TurnContext
from aichat.app.exchange.turn import carry_out
from aichat.app.history.recorder import Recorder
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.thread import Instructions, pending_from_path
from aichat.app.setup.setup import Setup
from aichat.app.tools.approval import Approver, Verdict
from aichat.app.tools.call_sign import CallSign
from aichat.app.tools.results import collect_results, end_event, end_line, result_limit
from aichat.app.tools.round_sink import RoundSink
from aichat.app.tools.running import CallEnd, CallRunner
from aichat.app.tools.toolkit import PlannedCall, Toolkit
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer, ToolRun
from aichat.core.exchange.event import Event, Notice
from aichat.core.message.tool_schema import Tool
from aichat.core.text.numbers import count_of
from aichat.core.tools.rounds import stop_at_limit, sum_rounds
from aichat.errors import AichatError, Fault, Interrupted
from aichat.term.answer.plain import Sink
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.core.message.json_schema.output import AnswerSchema

#: Rounds by default, and how many more a chat adds when the user agrees.
DEFAULT_ROUNDS, MORE_ROUNDS = 20, 10


class RoundLimit(NamedTuple):
    """The most rounds of calls; ``is_users``: the user set it."""

    rounds: int = DEFAULT_ROUNDS
    is_users: bool = False


#: Opens the sink of a round, for an answer that must match this schema.
OpenSink = Callable[["AnswerSchema | None"], Sink]


class ToolDesk(NamedTuple):
    """A conversation's tools, who decides about them, and how far it may go.

    ``open_sink`` opens the sink of a round; ``more`` asks whether to exceed the limit.
    """

    kit: Toolkit
    approver: Approver
    limit: RoundLimit
    open_sink: OpenSink
    more: Callable[[str], bool | None] = lambda _: False

    def equip(self, instructions: Instructions) -> Instructions:
        """The instructions of a question, with the tools that run for it."""
        offered = self.kit.definitions(instructions.tools)
        return instructions._replace(tools=offered, tools_run=True, guidance=self.kit.guidance)


class Trail(Protocol):
    """A turn's path through its conversation, to the latest turn."""

    def add_answer(self, recorder: Recorder, question: PreparedQuestion) -> tuple[Turn, ...]:
        """The path to an answer just given, or to its question if there is none."""

    def add_results(self, path: tuple[Turn, ...], turn: Turn) -> tuple[Turn, ...]:
        """The path to the results of an answer's calls."""


class StraightTrail:
    """The trail in a conversation without branches."""

    def add_answer(self, recorder: Recorder, question: PreparedQuestion) -> tuple[Turn, ...]:
        """The path to an answer just given, or to its question if there is none."""
        pending = question.pending
        before = pending.path[: len(pending.path) - len(pending.draft.turns)]
        answer = (recorder.answer_turn,) if recorder.answer_turn else ()
        return (*before, *recorder.question_turns, *answer)

    def add_results(self, path: tuple[Turn, ...], turn: Turn) -> tuple[Turn, ...]:
        """The path to the results of an answer's calls."""
        return (*path, turn)


class ToolTurn:
    """One question with all its rounds; ``asked`` is the schema that the answer must match."""

    def __init__(
        self,
        context: TurnContext,
        desk: ToolDesk,
        trail: Trail,
        asked: "AnswerSchema | None" = None,
    ) -> None:
        self._context, self._desk, self._trail = context, desk, trail
        self._recorder = context.recorder
        self._answers: list[Answer] = []  # those whose calls were run
        self._runs: list[ToolRun] = []
        self._most, self._is_last = desk.limit.rounds, False
        self._offered: tuple[Tool, ...] = ()
        self._sink = RoundSink(
            context.world,
            context.options.output,
            partial(desk.open_sink, asked),
            self._goes_on,
            self._sum_up,
        )

    def run(self, question: PreparedQuestion, setup: Setup) -> Answer:
        """Ask until an answer has no more calls to run; return all of it as one answer.

        Errors: as of ``carry_out``, until something has been answered.
        """
        self._desk.approver.begin_turn()
        self._offered = question.tools
        try:
            while True:
                answer, path = self._ask(question, setup)
                if not self._goes_on(answer):
                    return self._sum_up(answer)
                self._answers.append(answer)
                path = self._answer_calls(answer, path, setup)
                question = self._next_question(question, path)
        except Interrupted as interrupted:
            if not self._answers or interrupted.is_closed_pipe:
                raise
            return self._end(Fault("interrupted", "interrupted", signum=interrupted.signum))
        except AichatError as error:
            if not self._answers:
                raise
            return self._end(error.fault)

    # asking

    def _ask(self, question: PreparedQuestion, setup: Setup) -> tuple[Answer, tuple[Turn, ...]]:
        """One round: its answer, and the path to it."""
        if self._answers:
            self._recorder = self._recorder.next_recorder()
        path: tuple[Turn, ...] = ()
        try:
            turn = self._context._replace(
                options=self._options_left(), sink=self._sink, recorder=self._recorder
            )
            answer = carry_out(turn, question, setup)
        finally:
            path = self._trail.add_answer(self._recorder, question)
        return answer, path

    def _options_left(self) -> AskOptions:
        """The options, with what is left of ``--max-cost``. Errors: ``budget`` if nothing is."""
        so_far = f"{count_of(len(self._answers), 'round')} of tool calls"
        return with_money_left(self._context.options, self._answers, so_far)

    def _next_question(
        self, question: PreparedQuestion, path: tuple[Turn, ...]
    ) -> PreparedQuestion:
        """The question with what has come since; at the limit no more calls are offered."""
        if len(self._answers) >= self._most:
            said = f"{count_of(len(self._answers), 'round')} of tool calls"
            if self._desk.more(f"{said} so far. Go on for {MORE_ROUNDS} more?"):
                self._most += MORE_ROUNDS
            else:
                self._is_last = True
                self._sink.show([Notice("rounds", f"{said}: the next answer is the last")])
        pending = pending_from_path(question.pending.draft, path)
        return question._replace(pending=pending, tools_off=self._is_last)

    def _goes_on(self, answer: Answer) -> bool:
        """Whether its calls are run, and another round follows."""
        return not self._is_last and self._desk.kit.answers(answer, self._offered)

    # running

    def _answer_calls(
        self, answer: Answer, path: tuple[Turn, ...], setup: Setup
    ) -> tuple[Turn, ...]:
        """Decide about the calls of an answer, run them, and store the results."""
        kit, show = self._desk.kit, self._sink.show
        planned = [kit.plan(call) for call in answer.calls]
        ends: dict[int, CallEnd] = {}
        try:
            verdicts = self._desk.approver.verdicts(kit, planned, show)
            self._run_calls(verdicts, ends, result_limit(setup))
        finally:
            path = self._keep_results(planned, ends, path, setup)
        return path

    def _run_calls(self, verdicts: Sequence[Verdict], ends: dict[int, CallEnd], limit: int) -> None:
        """Run what is allowed, with a sign of life; each end is reported as it comes."""
        names = [v.planned.tool.name for v in verdicts if v.outcome is None]
        is_quiet = self._context.options.output.quiet
        sign = CallSign(self._context.world, names, is_quiet=is_quiet)

        def show(events: list[Event]) -> None:
            sign.heed(events)
            self._sink.show(events)

        def tell_end(number: int, end: CallEnd) -> None:
            with sign.hide(for_good=len(ends) == len(verdicts)):
                self._tell_end(verdicts[number].planned, end, limit)

        with sign.show():
            CallRunner(verdicts, ends, show, tell_end, sign.hide).run()

    def _tell_end(self, planned: PlannedCall, end: CallEnd, limit: int) -> None:
        """Report an end, as an event and as a line for people."""
        size = len(end.outcome.text.encode("utf-8", "replace"))
        self._sink.show([end_event(planned, end, limit)])
        if not self._context.options.output.quiet:
            self._sink.say(end_line(planned, end, size, self._context.world.columns(stderr=True)))

    def _keep_results(
        self,
        planned: Sequence[PlannedCall],
        ends: Mapping[int, CallEnd],
        path: tuple[Turn, ...],
        setup: Setup,
    ) -> tuple[Turn, ...]:
        """Store a result for each call, whatever it is; return the path to them."""
        runs, results = collect_results(planned, ends, len(self._answers), result_limit(setup))
        self._runs += runs
        turn = Turn(results, self._context.world.clock.now())
        return self._trail.add_results(path, self._recorder.keep(turn))

    # ending

    def _sum_up(self, answer: Answer) -> Answer:
        """All rounds as one answer; one that had to do without its tools is incomplete."""
        whole = sum_rounds([*self._answers, answer], self._runs)
        if not self._is_last or self._desk.limit.is_users:
            return whole
        hint = "--max-rounds allows more; go on with -c, or /continue in the chat"
        return stop_at_limit(whole, len(self._answers), hint)

    def _end(self, fault: Fault) -> Answer:
        """The end between two rounds: what there is so far, and why."""
        whole = sum_rounds(self._answers, self._runs)
        whole = whole._replace(fault=fault, conversation=self._recorder.conversation)
        self._sink.finish(whole)
        return whole
