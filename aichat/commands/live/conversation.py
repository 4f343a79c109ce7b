"""The turns of a session outside the chat: asked, shown, stored, transcribed."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from aichat.app.exchange import show
from aichat.app.exchange.context import TurnContext
from aichat.app.exchange.live.exchange import open_line
from aichat.app.exchange.live.session import LiveSession
from aichat.app.exchange.turn import carry_out
from aichat.app.history.recorder import Recorder
from aichat.app.question.attachments import read_attachments
from aichat.app.question.input import Question
from aichat.app.question.prepare import PreparedQuestion, prepare, read_instructions
from aichat.app.question.request import make_attempt
from aichat.app.question.thread import open_thread
from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.app.tools.rounds import StraightTrail, ToolTurn
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.turn import Turn, can_continue
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import has_figures, remarks, usage_line
from aichat.core.message.compose import Attachment
from aichat.core.message.message import Message
from aichat.core.message.spoken import without_sound
from aichat.core.provider.realtime import Speech
from aichat.errors import AichatError, Fault, Interrupted
from aichat.process.place import find_place
from aichat.process.world import World
from aichat.term.answer.plain import Sink

if TYPE_CHECKING:
    from aichat.app.tools.rounds import ToolDesk
    from aichat.core.message.json_schema.output import AnswerSchema

#: Text only.
SILENT = Speech()

#: Faults of one answer that may not recur with the next.
_PASSING = frozenset(
    ("content_filter", "refusal", "length", "pause", "truncated", "schema", "malformed_tool_call")
)


def _without_sound(prepared: PreparedQuestion) -> PreparedQuestion:
    """The question as it is stored if audio is not kept."""
    pending = prepared.pending
    turns = pending.draft.turns
    silent = (turn._replace(message=without_sound(turn.message)) for turn in turns)
    draft = pending.draft._replace(turns=tuple(silent))
    return prepared._replace(pending=pending._replace(draft=draft))


class _Trail(StraightTrail):
    """Tracks the path to the last turn from which the conversation can continue."""

    def __init__(self, path: tuple[Turn, ...]) -> None:
        self.path = path

    def add_answer(self, recorder: Recorder, question: PreparedQuestion) -> tuple[Turn, ...]:
        path = super().add_answer(recorder, question)
        last = path[-1].answer if path else None
        self.path = path if last and can_continue(last) else self.path
        return path


class LiveConversation:
    """A conversation that only shows its answers.

    ``exit_code`` is that of the first failed turn; ``is_over`` if no more can be asked.
    """

    def __init__(
        self,
        world: World,
        live: LiveSession,
        options: AskOptions,
        speech: Speech = SILENT,
        dress: Callable[[Sink], Sink] | None = None,
    ) -> None:
        self._world, self._live, self._options = world, live, options
        self.speech, self._dress = speech, dress
        self.exit_code, self.is_over = 0, False
        quiet, place = options.conversation.no_save, find_place(world)
        self._recorder = Recorder(world.environ, world.clock, self.tell, quiet=quiet, place=place)
        self._targets = Targets(world, self.tell)
        self._thread = open_thread(
            self._recorder,
            options.conversation,
            self.tell,
            lambda last: self.tell(last.describe(world.clock.now())),
        )
        self._desk: ToolDesk | None = None

    def close(self) -> None:
        """Stop what tools have started."""
        if self._desk:
            self._desk.kit.close()

    def put(self, question: Question) -> Answer:
        """Ask one turn; a fault is reported, and ends the conversation if the session is lost."""
        try:
            answer = self._ask(question)
        except AichatError as error:
            answer = self._unsent(error.fault)
        for line in remarks(answer):
            self.tell(line)
        if self._options.output.usage and has_figures(answer):
            self._world.say(usage_line(answer), "dim")
        if answer.fault is None:
            return answer
        if answer.fault.kind == "interrupted" and not answer.fault.signum:
            return answer  # interrupted by the user
        self._world.report_fault(answer.fault)
        if answer.fault.signum:
            raise Interrupted(answer.fault.signum)
        self.exit_code = self.exit_code or answer.fault.exit_code
        self.is_over = answer.fault.kind not in _PASSING
        return answer

    def prepare(self, question: Question) -> tuple[PreparedQuestion, Setup]:
        """The question prepared as the next turn. Errors: as of ``prepare``."""
        options, thread = self._options, self._thread
        setup = setup_from_options(self._world, options, thread.recalled_options)
        instructions = read_instructions(setup, options, thread, self.tell)
        if desk := self._open_desk(setup):
            instructions = desk.equip(instructions)
        prepared = prepare(thread, instructions, question, self._world.clock.now(), self.tell)
        if not self._live.keeps_sound:
            prepared = _without_sound(prepared)
        return prepared._replace(goes_on=True, speech=self.speech), setup

    def open_line(self, question: Question) -> bool:
        """Open a session for a spoken question; whether an earlier one was lost."""
        prepared, setup = self.prepare(question)
        target, transport = self._targets.endpoint_for(setup), self._options.transport
        attempt = make_attempt(prepared, setup, self._options, target, self._world.clock.now())
        terms = connection_options(setup, transport.timeout, stream=True)
        return open_line(self._live, attempt, terms)

    def _ask(self, question: Question) -> Answer:
        world, options, thread = self._world, self._live.limits.within(self._options), self._thread
        question = question._replace(files=(*question.files, *self._take_files()))
        prepared, setup = self.prepare(question)
        desk, recorder = self._desk, self._recorder.next_recorder()
        sink = self._open_sink(setup, prepared.schema)
        who = (recorder, self._targets, None, None, False, self._live)
        context, trail = TurnContext(world, options, sink, *who), _Trail(thread.path)
        try:
            if desk:
                return ToolTurn(context, desk, trail, prepared.schema).run(prepared, setup)
            try:
                return carry_out(context, prepared, setup)
            finally:
                trail.add_answer(recorder, prepared)
        finally:
            self._recorder, self._thread = recorder, thread._replace(path=trail.path)

    def _take_files(self) -> tuple[Attachment, ...]:
        """The attachments, for the first turn only. Errors: ``usage``."""
        given, options = self._options.input, self._options
        self._options = options.with_changes(file=())
        found = (read_attachments(f, self.tell, allow_local=given.allow_local) for f in given.file)
        return tuple(each for file in found for each in file)

    def _open_desk(self, setup: Setup) -> "ToolDesk | None":
        """The tools to run, opened with the first turn."""
        if self._desk is None and (setup.conduct.tools or setup.conduct.mcp):
            from aichat.app.tools.desk import open_desk

            sink = partial(self._open_sink, setup)
            self._desk = open_desk(self._world, setup, self._options, sink, self.tell)
        return self._desk

    def _open_sink(self, setup: Setup, asked: "AnswerSchema | None" = None) -> Sink:
        world, ui = self._world, setup.config_file.config.ui
        sink = show.make_sink(world, self._options, ui, world.write_text, world.say, asked)
        return self._dress(sink) if self._dress else sink

    def _unsent(self, fault: Fault) -> Answer:
        """The answer of a turn that was not sent, with an event for programs."""
        message = Message("assistant", ())
        answer = Answer(fault.provider or "", fault.model or "", message, fault=fault)
        if self._options.output.events and fault.kind != "output":
            world, output = self._world, self._options
            show.make_sink(world, output, {}, world.write_text, world.say).close(answer)
        return answer

    def tell(self, line: str) -> None:
        """Print a line, unless quiet."""
        if not self._options.output.quiet:
            self._world.say(f"aichat: {line}", "dim")
