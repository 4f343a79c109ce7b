"""The same question to several models at once: ``ask -m A -m B``."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from aichat.app.calls.options import CallHooks, call_options
from aichat.app.calls.refusals import refusal_memory
from aichat.app.exchange import show
from aichat.app.exchange.context import BudgetContext, Watch, spend_case, spend_terms
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.several.entrant import Entrant, SentQuestion, WatchedAttempt
from aichat.app.exchange.several.parallel import Batch, ExchangeGroup
from aichat.app.exchange.turn import is_saved, media_keeper, mirror_folder, notify_of_end
from aichat.app.history.recorder import Recorder
from aichat.app.media.files.placer import media_placer
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.core.cli.options import AskOptions, OutputOptions
from aichat.core.conversation.turn import can_continue
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Failure, Notice
from aichat.core.exchange.outcome import has_figures, named_usage_line, remarks
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process.world import World
from aichat.term.answer.in_order import Board, JsonBoard, PlainBoard
from aichat.term.terminal import terminal_size
from aichat.term.widgets.spinner import TICK_SECONDS
from aichat.values import NamedTuple

if TYPE_CHECKING:  # few have a limit
    from aichat.app.exchange.several.money import Turns

#: Seconds to wait, at most, for threads whose connections have been cut.
_STOP_SECONDS = 1.0


class ComparisonContext(NamedTuple):
    """The context of a comparison; ``note`` takes lines for people, unless they want none.

    ``report`` takes errors.
    """

    world: World
    options: AskOptions
    note: Callable[[str], object]
    report: Callable[[Fault], object]

    def tell(self, line: str) -> None:
        """Print a line of our own."""
        self.note(f"aichat: {line}")


def check_output(output: OutputOptions, count: int) -> None:
    """Raise ``usage`` for output options that make no sense for so many answers."""
    single_only = {
        "--events": output.events,
        "--output": output.output,
        "-x": output.extract or output.extract_lang,
    }
    for flag, value in single_only.items():
        if value:
            raise usage_error(f"{flag} works with one model, but -m names {count}")
    show.check_output(output)


def setups_for(
    world: World, question: PreparedQuestion, choices: Sequence[AskOptions]
) -> list[Setup]:
    """The setup for each set of options.

    Errors: ``usage`` and ``config``, before any model is asked.
    """
    if question.pending.unfinished:
        raise usage_error(
            "only one model can finish a cut-off answer", "pass one -m, or add a question"
        )
    if question.schema:
        raise usage_error("an answer of a schema is asked of one model", "pass one -m")
    setups = [setup_from_options(world, one, question.recalled_options) for one in choices]
    local = {setup.model.value for setup in setups if setup.provider.engine}
    if len(local) > 1:
        raise usage_error(
            f"only one local model can run at a time, not {' and '.join(sorted(local))}"
        )
    return setups


def report_answers(context: ComparisonContext, answers: Sequence[Answer], *, figures: bool) -> None:
    """Report faults and remarks below the answers and, with ``figures``, the usage of each."""
    for answer in answers:
        for remark in remarks(answer):
            context.tell(f"{answer.provider} {answer.model}: {remark}")
        if has_figures(answer) and (context.options.output.usage or figures):
            context.note(named_usage_line(answer))
        if answer.fault:
            context.report(answer.fault)


class Comparison:
    """One question to several models, each with its own setup."""

    def __init__(
        self,
        context: ComparisonContext,
        question: PreparedQuestion,
        setups: Sequence[Setup],
        targets: Targets,
    ) -> None:
        self._context, self._question, self._targets = context, question, targets
        self._setup = setups[0]
        self._entrants = [Entrant(setup) for setup in setups]
        self._group = ExchangeGroup()
        self._turns: Turns | None = None  # of those whose cost is limited
        self._board: Board | None = None
        self.first_recorder: Recorder | None = None  # the one that stores the question
        self.shows_figures = True  # whether the usage of each has been shown

    @property
    def recorders(self) -> list[Recorder]:
        """The recorders of those that were asked, in order."""
        return [
            entrant.sent_question.recorder for entrant in self._entrants if entrant.sent_question
        ]

    def run(self, recorder: Recorder) -> list[Answer]:
        """Ask all at once, and show and store their answers; an interruption is recorded in them.

        Errors: ``output`` if nothing more can be shown; ``Interrupted`` if the reader is gone;
        what has arrived is stored first.
        """
        clock = self._context.world.clock
        began = clock.monotonic()
        try:
            self._ask_and_show(recorder)
            took = clock.monotonic() - began
            notify_of_end(self._context.world, self._context.options, self._setup, took)
        except Interrupted as interrupted:
            self._interrupt(interrupted)
            if interrupted.is_closed_pipe:
                raise
        except AichatError as error:
            self._group.stop(_STOP_SECONDS)
            for entrant in self._entrants:
                if entrant.sent_question and entrant.answer is None:
                    entrant.sent_question.exchange.fail(error.fault)
                    entrant.answer = entrant.sent_question.answer()
            raise
        finally:
            self._store()
        return [entrant.answer for entrant in self._entrants if entrant.answer]

    def _ask_and_show(self, recorder: Recorder) -> None:
        for local in (False, True):  # the others are under way while a local model is loaded
            entrants = [
                (n, entrant)
                for n, entrant in enumerate(self._entrants)
                if entrant.is_local is local
            ]
            attempts = [(n, self._make_attempt(entrant)) for n, entrant in entrants]
            for number, attempt in attempts:
                if attempt:
                    self._send_in_turn(number, attempt, recorder)
            self._go_on()
        if self._turns and self._turns.has_waiting:
            self._context.tell("one after the other, since together they may pass a limit of cost")
        board = self._board = self._make_board()
        self.shows_figures = board.shows_figures
        for number in range(len(self._entrants)):
            self._close(number)
        while self._group.running:
            batch = self._group.next_batch(TICK_SECONDS)
            while batch:
                self._show_batch(board, batch)
                batch = self._group.next_batch(0)
            board.tick()
        board.end()

    def _make_attempt(self, entrant: Entrant) -> Attempt | None:
        """The attempt for one model; an error is only that model's fault."""
        world, options, _, _ = self._context
        try:
            target, now = self._targets.endpoint_for(entrant.setup), world.clock.now()
            return make_attempt(self._question, entrant.setup, options, target, now)
        except AichatError as error:
            entrant.fail(error.fault)
            return None

    def _send_in_turn(self, number: int, attempt: Attempt, recorder: Recorder) -> None:
        """Send the question to one model, or see that it is once its cost fits in."""
        world, options, note, _ = self._context
        budget = BudgetContext(world, options, note, recorder)
        try:
            terms = spend_terms(budget, attempt)
        except AichatError as error:
            self._entrants[number].fail(error.fault)
            return
        if terms is None:
            self._send(number, (attempt, None), recorder)
            return
        if self._turns is None:
            from aichat.app.exchange.several.money import Turns  # few have a limit

            self._turns = Turns()

        def send(watch: Watch) -> None:
            self._send(number, (attempt, watch), recorder)

        self._turns.add(number, spend_case(budget, attempt), terms, send)

    def _go_on(self) -> None:
        """Send those whose turn it is."""
        for number, fault in self._turns.go_on() if self._turns else ():
            self._entrants[number].fail(fault)
            self._close(number)

    def _close(self, number: int) -> None:
        """Show that an answer has ended."""
        answer = self._entrants[number].answer
        if self._board and answer:
            self._board.close(number, answer)

    def _send(self, number: int, watched: WatchedAttempt, recorder: Recorder) -> None:
        """Send the question to one model."""
        options = self._context.options
        attempt, entrant = watched[0], self._entrants[number]
        exchange = self._make_exchange(number, watched)
        who = attempt.answerer(exchange.secrets)
        if self.first_recorder is None:
            self.first_recorder = own = recorder
            saves, mirror = is_saved(attempt.setup, options), mirror_folder(attempt.setup)
            own.begin(attempt.pending.draft, who, None, save=saves, mirror=mirror)
        else:
            own = self.first_recorder.begin_sibling(who)
        entrant.sent_question = SentQuestion(attempt, exchange, own)
        self._group.add_events(number, [*attempt.notices])
        self._group.start(number, exchange, own.event_writer)

    def _make_exchange(
        self, number: int, watched: WatchedAttempt, drops_turns: bool = False
    ) -> Exchange:
        """The exchange with one model, cut off with the others; ``drops_turns``: drop old turns."""
        world, options, _, _ = self._context
        (attempt, watch), entrant = watched, self._entrants[number]
        halt = self._group.halt
        memory = refusal_memory(world, attempt.target, attempt.request.model)
        say = partial(self._show_debug_line, number)
        asked = (attempt.setup, attempt.target, attempt.request)
        keep = media_keeper(entrant.keep_media, options, attempt)
        hooks = CallHooks(
            *(None, keep, watch, halt.on_connect(number), memory),
            self._targets.pool,
            media_placer(world, options, asked, say),
        )
        calls = call_options(attempt.setup, options.transport, say, hooks)
        calls = calls._replace(drop_old_turns=calls.drop_old_turns or drops_turns)
        return Exchange(attempt.request, attempt.target, halt.clock(world.clock), calls)

    def _show_debug_line(self, number: int, line: str) -> None:
        text = line.removeprefix("aichat: ")
        notice = Notice("debug", f"{self._entrants[number].name}: {text}")
        self._group.add_events(number, [notice])

    def _make_board(self) -> Board:
        """The board that shows the answers, loaded while the requests are under way."""
        world, options, note, _ = self._context
        output, names = options.output, [entrant.name for entrant in self._entrants]
        if output.json:
            return JsonBoard(world, len(names), note)
        if not show.is_drawn(world, output):
            shown = output.show_reasoning and not output.hide_reasoning
            reason = world.write_stderr if shown else None
            turns = not (output.quiet or world.environ.get("CI"))
            return PlainBoard(world, names, note, reason=reason, show_spinner=turns)
        from aichat.term.answer.side_by_side import ColumnBoard, SectionBoard, has_room

        style = show.answer_style(world, options, self._entrants[0].setup.config_file.config.ui)
        fits = style.drawn.live and has_room(terminal_size(world)[0], len(names))
        return (ColumnBoard if fits else SectionBoard)(world, style, names)

    def _show_batch(self, board: Board, batch: Batch) -> None:
        entrant = self._entrants[batch.number]
        seen = batch.events
        if entrant.summary:  # only its notices are shown
            seen = [event for event in seen if isinstance(event, Notice)]
        if seen:
            board.show(batch.number, seen)
        if batch.is_last and entrant.sent_question and not self._goes_on(board, batch.number):
            entrant.answer = entrant.sent_question.answer()
            self._close(batch.number)
            if self._turns:
                self._turns.end(batch.number, entrant.answer)
                self._go_on()

    def _goes_on(self, board: Board, number: int) -> bool:
        """Whether an entrant that has ended is asked again: its conversation did not fit."""
        entrant = self._entrants[number]
        fault = entrant.sent_question and entrant.sent_question.exchange.answer().fault
        if not (entrant.summary or (fault and fault.kind == "context_length")):
            return False
        from aichat.app.exchange.several.shortening import Shortener  # few are that long

        world, options, note, _ = self._context
        shortener = Shortener(
            *(world, options, self._question, self._targets, note),
            show=partial(board.show, number),
            make=partial(self._make_exchange, number),
            start=partial(self._group.start, number),
        )
        return shortener.goes_on(entrant)

    def _interrupt(self, interrupted: Interrupted) -> None:
        """End all that run, show what has arrived, and end the drawing."""
        board = None if interrupted.is_closed_pipe else self._board or self._make_board()
        if board:
            board.interrupt()
        last = self._group.stop(_STOP_SECONDS)
        for batch in last if board else ():
            if board and (events := [event for event in batch.events if _is_streamed(event)]):
                board.show(batch.number, events)
        for number, entrant in enumerate(self._entrants):
            if entrant.answer is None:
                entrant.interrupt(interrupted.signum)
            if board and entrant.answer:  # also if the signal came while it was closed
                board.close(number, entrant.answer)
        if board:
            board.end()

    def _store(self) -> None:
        """Store all; the conversation continues from the first complete answer, else any."""
        ended = [
            (entrant.answer, entrant.sent_question)
            for entrant in self._entrants
            if entrant.answer and entrant.sent_question
        ]
        said = [answer for answer, _ in ended if can_continue(answer)]
        head = next((answer for answer in said if answer.is_complete), said[0] if said else None)
        for answer, sent in ended:
            sent.recorder.end(answer, sibling=answer is not head)


def _is_streamed(event: Event) -> bool:
    """Whether an event came from the stream, not from our ending it."""
    return not isinstance(event, Notice | Failure)
