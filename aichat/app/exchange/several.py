"""The same question to several models at once: ``ask -m A -m B``."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from aichat import wires
from aichat.app.calls.terms import terms
from aichat.app.exchange import show
from aichat.app.exchange.adapt import fitted
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.parallel import Batch, Group
from aichat.app.exchange.turn import Asker, Way, concluded, is_saved, request_for, way_of, within
from aichat.app.history.recorder import Recorder
from aichat.app.question.prepare import Prepared, for_another, setup_for, strict
from aichat.app.setup.endpoint import endpoint
from aichat.app.setup.keys import stand_in
from aichat.app.setup.targets import Targets
from aichat.core.conversation.turn import can_continue
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Failure, Image, Notice
from aichat.core.exchange.outcome import remarks, usage_line
from aichat.core.http.curl import as_curl
from aichat.core.message.message import Message
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process.world import World
from aichat.term.answer.in_order import Board, JsonBoard, PlainBoard
from aichat.term.terminal import terminal_size
from aichat.term.widgets.spinner import TICK_SECONDS

#: Seconds that are waited, at most, for threads whose connections have been cut.
_LAST_WORDS = 1.0

#: What makes no sense for several answers.
_ALONE = {"events": "--events", "output": "--output", "extract": "-x", "extract_lang": "-x"}


class Asking(NamedTuple):
    """What several are asked with; ``note`` takes lines for people, unless they want none."""

    world: World
    values: Mapping[str, Any]
    note: Callable[[str], object]

    def tell(self, line: str) -> None:
        """A line of ours."""
        self.note(f"aichat: {line}")


def run(asking: Asking, models: Sequence[str], first: Callable[[Recorder], Prepared]) -> int:
    """Ask them all, show what they say, and give the exit code: of the first that failed."""
    world, values, _ = asking
    for name, flag in _ALONE.items():
        if values[name]:
            raise usage_error(f"{flag} is for one model, and -m names {len(models)}")
    if values["markdown"] and values["plain"]:
        raise usage_error("--markdown and --plain exclude each other")
    if world.stdout is None:
        raise AichatError(Fault("output", "stdout is closed: nothing was sent"))
    recorder = Recorder(world.environ, world.clock, asking.tell, quiet=values["no_save"])
    prepared = each(asking, first(recorder), [{"model": model} for model in models])
    if values["dry_run"]:
        return _dry_run(asking, prepared)
    contest = Contest(asking, prepared, Targets(world, asking.tell))
    answers = contest.run(recorder)
    told(asking, answers, figures=not contest.figures)
    return _ended([answer.fault for answer in answers if answer.fault])


def each(asking: Asking, prepared: Prepared, chosen: Sequence[Mapping[str, Any]]) -> list[Prepared]:
    """What was prepared for one, for each of those that options are ``chosen`` for.

    Errors: ``usage`` and ``config``, before any of them is asked.
    """
    if prepared.asked.cut:
        raise usage_error(
            "an answer that was cut is finished by one model", "name one, or add words"
        )
    made = []
    for one in chosen:
        values = {**asking.values, **one}
        setup = setup_for(asking.world, values, prepared.recalled)
        made.append(for_another(prepared, setup, values))
    local = {str(one.setup.model.value) for one in made if one.setup.provider.engine}
    if len(local) > 1:
        raise usage_error(f"one local model runs at a time, not {' and '.join(sorted(local))}")
    return made


def told(asking: Asking, answers: Sequence[Answer], *, figures: bool) -> None:
    """What is said below: faults whole, remarks and, unless they were shown, ``figures``."""
    values = asking.values
    for answer in answers:
        for remark in remarks(answer):
            asking.tell(f"{answer.provider} {answer.model}: {remark}")
        if answer.total_s is not None and (values["usage"] or figures):
            asking.note(usage_line(answer))
        if answer.fault:
            asking.world.report_fault(answer.fault)


def _ended(faults: Sequence[Fault]) -> int:
    if signum := next((fault.signum for fault in faults if fault.signum), None):
        raise Interrupted(signum)
    return faults[0].exit_code if faults else 0


def _dry_run(asking: Asking, prepared: Sequence[Prepared]) -> int:
    """Print what each would be sent."""
    world, values, _ = asking
    for number, one in enumerate(prepared):
        target = endpoint(one.setup, stand_in(one.setup))
        _, request, target = request_for(one, target, world.clock.now())
        request, notices = fitted(request, target, strict=strict(one.setup, values))
        for notice in notices:
            asking.tell(notice.message)
        text = as_curl(wires.load(target.wire).encode(request, target)) + "\n"
        world.write_text("\n" * bool(number) + world.printable(text))
    return 0


class _Sent(NamedTuple):
    """A question that is on its way."""

    way: Way
    exchange: Exchange
    recorder: Recorder

    def answer(self) -> Answer:
        """What was said, as it is shown."""
        answer = concluded(self.exchange, self.way)
        return answer._replace(conversation=self.recorder.conversation)

    def interrupted(self, signum: int) -> Answer:
        """It ends where it is, unless it was whole by then."""
        if not self.exchange.answer().is_complete:
            self.exchange.interrupt(signum)
        return self.answer()


class _Lane:
    """One of them: what it is asked and, as it comes, what it says."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        setup = prepared.setup
        self.provider, self.model = setup.provider.id, str(setup.model.value)
        self.name = f"{self.provider}/{self.model}"
        self.sent: _Sent | None = None
        self.answer: Answer | None = None  # once it has ended

    @property
    def local(self) -> bool:
        """Whether the model runs here, and has to be loaded first."""
        return self.prepared.setup.provider.engine is not None

    def fail(self, fault: Fault) -> None:
        """It was not asked."""
        fault = fault._replace(provider=fault.provider or self.provider, model=self.model)
        said = Message("assistant", (), self.provider, self.model)
        self.answer = Answer(self.provider, self.model, said, fault=fault)

    def keep(self, image: Image) -> list[Event]:
        """A picture of its answer, kept with it."""
        return self.sent.recorder.keep(image) if self.sent else [image]

    def interrupt(self, signum: int) -> None:
        """It ends where it is."""
        if self.sent:
            self.answer = self.sent.interrupted(signum)
        else:
            self.fail(Fault("interrupted", "interrupted", signum=signum))


class Contest:
    """Several models and one question."""

    def __init__(self, asking: Asking, prepared: Sequence[Prepared], targets: Targets) -> None:
        self._asking, self._targets = asking, targets
        self._lanes = [_Lane(one) for one in prepared]
        self._group = Group()
        self._board: Board | None = None
        self.first: Recorder | None = None  # the one that has the question
        self.figures = True  # whether what each took has been shown

    @property
    def recorders(self) -> list[Recorder]:
        """Of those that were asked, in their order."""
        return [lane.sent.recorder for lane in self._lanes if lane.sent]

    def run(self, recorder: Recorder) -> list[Answer]:
        """Ask them all at once, show and store what they say; an interruption is in the answers.

        Errors: ``output`` where nothing more can be shown; ``Interrupted`` where the reader
        is gone. What came is stored first.
        """
        try:
            self._shown(recorder)
        except Interrupted as interrupted:
            self._interrupt(interrupted)
            if interrupted.is_closed_pipe:
                raise
        except AichatError as error:
            self._group.stop(_LAST_WORDS)
            for lane in self._lanes:
                if lane.sent and lane.answer is None:
                    lane.sent.exchange.fail(error.fault)
                    lane.answer = lane.sent.answer()
            raise
        finally:
            self._store()
        return [lane.answer for lane in self._lanes if lane.answer]

    def _shown(self, recorder: Recorder) -> None:
        for local in (False, True):  # the others are on their way while a model is loaded here
            lanes = [(n, lane) for n, lane in enumerate(self._lanes) if lane.local is local]
            ways = [(n, self._way(lane, recorder)) for n, lane in lanes]
            for number, way in ways:
                if way:
                    self._begin(number, way, recorder)
        board = self._board = self._made()
        self.figures = board.shows_figures
        for number, lane in enumerate(self._lanes):
            if lane.answer:
                board.close(number, lane.answer)
        while self._group.running:
            told = self._group.next(TICK_SECONDS)
            while told:
                self._heed(board, told)
                told = self._group.next(0)
            board.tick()
        board.end()

    def _way(self, lane: _Lane, recorder: Recorder) -> Way | None:
        """How one is asked; what makes that impossible is its fault, and only its."""
        world, values, note = self._asking
        try:
            target = self._targets.of(lane.prepared.setup)
            way = way_of(lane.prepared, target, world.clock.now(), values)
            return within(Asker(world, values, note, recorder.store), way)
        except AichatError as error:
            lane.fail(error.fault)
            return None

    def _begin(self, number: int, way: Way, recorder: Recorder) -> None:
        """Send one its question."""
        world, values, _ = self._asking
        lane, setup = self._lanes[number], way.setup
        reach = terms(setup, values, partial(self._debug, number))
        halt = self._group.halt
        reach = reach._replace(link=halt.link(number, reach.link), keeps=lane.keep, watch=way.watch)
        exchange = Exchange(way.request, way.target, halt.clock(world.clock), reach)
        who = way.answerer(exchange.secrets)
        if self.first is None:
            self.first = own = recorder
            own.begin(way.asked.draft, who, None, saves=is_saved(setup, values))
        else:
            own = self.first.beside(who)
        lane.sent = _Sent(way, exchange, own)
        self._group.tell(number, [*way.notices])
        self._group.start(number, exchange, own.hear)

    def _debug(self, number: int, line: str) -> None:
        told = line.removeprefix("aichat: ")
        notice = Notice("debug", f"{self._lanes[number].name}: {told}")
        self._group.tell(number, [notice])

    def _made(self) -> Board:
        """What shows them: it is loaded while they are on their way."""
        world, values, note = self._asking
        names = [lane.name for lane in self._lanes]
        if values["json"]:
            return JsonBoard(world, len(names), note)
        if not show.draws(world, values):
            shown = values["show_reasoning"] and not values["hide_reasoning"]
            turns = not (values["quiet"] or world.environ.get("CI"))
            return PlainBoard(
                world, names, note, reason=world.write_stderr if shown else None, show_spinner=turns
            )
        from aichat.term.answer.side_by_side import ColumnBoard, SectionBoard, has_room

        ui = self._lanes[0].prepared.setup.loaded.config.ui
        taste = show.taste(world, values, ui)
        beside = taste.live and has_room(terminal_size(world)[0], len(names))
        return (ColumnBoard if beside else SectionBoard)(world, taste, names)

    def _heed(self, board: Board, told: Batch) -> None:
        if told.events:
            board.show(told.number, told.events)
        lane = self._lanes[told.number]
        if told.over and lane.sent:
            lane.answer = lane.sent.answer()
            board.close(told.number, lane.answer)

    def _interrupt(self, interrupted: Interrupted) -> None:
        """End all that run, show what had come of them by then, and end the picture."""
        board = None if interrupted.is_closed_pipe else self._board or self._made()
        if board:
            board.interrupt()
        last = self._group.stop(_LAST_WORDS)
        for told in last if board else ():
            if board and (said := [event for event in told.events if _is_said(event)]):
                board.show(told.number, said)
        for number, lane in enumerate(self._lanes):
            if lane.answer is None:
                lane.interrupt(interrupted.signum)
            if board and lane.answer:  # also where the signal came while it was closed
                board.close(number, lane.answer)
        if board:
            board.end()

    def _store(self) -> None:
        """All of them: the conversation goes on from the first that is whole, else that is any."""
        ended = [(lane.answer, lane.sent) for lane in self._lanes if lane.answer and lane.sent]
        said = [answer for answer, _ in ended if can_continue(answer)]
        head = next((answer for answer in said if answer.is_complete), said[0] if said else None)
        for answer, sent in ended:
            sent.recorder.end(answer, beside=answer is not head)


def _is_said(event: Event) -> bool:
    """Whether an event is the stream's own, and not of how we ended it."""
    return not isinstance(event, Notice | Failure)
