"""A session in a pipe: each line of stdin is a turn, and its answer goes to stdout."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from aichat.app.exchange import show
from aichat.app.exchange.context import TurnContext
from aichat.app.exchange.turn import carry_out
from aichat.app.exchange.ways.live_session import LiveSession
from aichat.app.history.recorder import Recorder
from aichat.app.question.attachments import read_attachments
from aichat.app.question.input import Question
from aichat.app.question.request import PreparedQuestion, prepare, read_instructions
from aichat.app.question.thread import open_thread
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
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.process import stdin
from aichat.process.place import find_place
from aichat.process.signals import resend_signals
from aichat.process.world import World
from aichat.term.answer.plain import Sink

if TYPE_CHECKING:
    from aichat.app.tools.rounds import ToolDesk
    from aichat.core.message.json_schema.output import AnswerSchema

#: What befell one answer, and may not befall the next.
_PASSING = frozenset(
    ("content_filter", "refusal", "length", "pause", "truncated", "schema", "malformed_tool_call")
)


def answer_lines(
    world: World, live: LiveSession, words: tuple[str, ...], options: AskOptions
) -> int:
    """Put every line, one after the other; the exit code of the first that failed, or 0.

    It ends early where the next one could fare no better.
    Errors: ``usage`` where there is nothing to put.
    """
    show.check_output(options.output)
    if "-" in options.input.file:
        raise usage_error("-f - cannot be used here: the lines of stdin are turns")
    reads = stdin.is_wanted(world, skip=False)
    if not (reads or words):
        raise usage_error("nothing to say: no words given and no stdin", "usage: aichat live WORDS")
    conversation = PipedConversation(world, live, options)
    try:
        with resend_signals():
            for line in _lines(world, words, reads=reads):
                conversation.put(line)
                if conversation.is_over:
                    break
    finally:
        conversation.close()
    return conversation.exit_code


def _lines(world: World, words: tuple[str, ...], *, reads: bool) -> Iterator[str]:
    """The words, then the lines of stdin as they come, but for empty ones. Errors: ``usage``."""
    if words:
        yield " ".join(words)
    source = world.stdin if reads else None
    while source and (data := source.readline(stdin.DEFAULT_LIMIT)):
        text = stdin.text_of(data)
        if text.strip():
            yield text


class _Trail(StraightTrail):
    """Remembers the path to what came last, if a conversation can go on from it."""

    def __init__(self, path: tuple[Turn, ...]) -> None:
        self.path = path

    def add_answer(self, recorder: Recorder, question: PreparedQuestion) -> tuple[Turn, ...]:
        path = super().add_answer(recorder, question)
        last = path[-1].answer if path else None
        self.path = path if last and can_continue(last) else self.path
        return path


class PipedConversation:
    """A conversation of which nothing is drawn.

    ``exit_code`` is that of the first turn that failed; ``is_over`` where no more can be put.
    """

    def __init__(self, world: World, live: LiveSession, options: AskOptions) -> None:
        self._world, self._live, self._options = world, live, options
        self.exit_code, self.is_over = 0, False
        quiet, place = options.conversation.no_save, find_place(world)
        self._recorder = Recorder(world.environ, world.clock, self._tell, quiet=quiet, place=place)
        self._targets = Targets(world, self._tell)
        self._thread = open_thread(
            self._recorder,
            options.conversation,
            self._tell,
            lambda last: self._tell(last.describe(world.clock.now())),
        )
        self._desk: ToolDesk | None = None

    def close(self) -> None:
        """End what tools have started."""
        if self._desk:
            self._desk.kit.close()

    def put(self, text: str) -> None:
        """One turn; a fault of it is told, and ends all of it where it ended the session."""
        try:
            answer = self._ask(text)
        except AichatError as error:
            answer = self._unsent(error.fault)
        for line in remarks(answer):
            self._tell(line)
        if self._options.output.usage and has_figures(answer):
            self._world.say(usage_line(answer), "dim")
        if answer.fault is None:
            return
        self._world.report_fault(answer.fault)
        if answer.fault.signum:
            raise Interrupted(answer.fault.signum)
        self.exit_code = self.exit_code or answer.fault.exit_code
        self.is_over = answer.fault.kind not in _PASSING

    def _ask(self, text: str) -> Answer:
        world, options, thread = self._world, self._options, self._thread
        setup = setup_from_options(world, options, thread.recalled_options)
        instructions = read_instructions(setup, options, thread, self._tell)
        if desk := self._open_desk(setup):
            instructions = desk.equip(instructions)
        now = world.clock.now()
        question = Question(text, self._take_files())
        prepared = prepare(thread, instructions, question, now, self._tell)
        prepared = prepared._replace(goes_on=True)
        recorder = self._recorder.next_recorder()
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
        """What goes with the first turn, and with no other. Errors: ``usage``."""
        given, options = self._options.input, self._options
        self._options = options.with_changes(file=())
        found = (read_attachments(f, self._tell, allow_local=given.allow_local) for f in given.file)
        return tuple(each for file in found for each in file)

    def _open_desk(self, setup: Setup) -> "ToolDesk | None":
        """The tools that run, opened with the first turn."""
        if self._desk is None and (setup.conduct.tools or setup.conduct.mcp):
            from aichat.app.tools.desk import open_desk

            sink = partial(self._open_sink, setup)
            self._desk = open_desk(self._world, setup, self._options, sink, self._tell)
        return self._desk

    def _open_sink(self, setup: Setup, asked: "AnswerSchema | None" = None) -> Sink:
        world, ui = self._world, setup.config_file.config.ui
        return show.make_sink(world, self._options, ui, world.write_text, world.say, asked)

    def _unsent(self, fault: Fault) -> Answer:
        """The answer of a turn that was not put; a program that reads events is told why."""
        message = Message("assistant", ())
        answer = Answer(fault.provider or "", fault.model or "", message, fault=fault)
        if self._options.output.events and fault.kind != "output":
            world, output = self._world, self._options
            show.make_sink(world, output, {}, world.write_text, world.say).close(answer)
        return answer

    def _tell(self, line: str) -> None:
        if not self._options.output.quiet:
            self._world.say(f"aichat: {line}", "dim")
