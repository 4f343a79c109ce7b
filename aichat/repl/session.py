"""The state of a chat: the conversation, the settings in force, and how they are changed."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from signal import SIGINT
from typing import TYPE_CHECKING, Any

from aichat.app.exchange.cache_watch import CacheWatch
from aichat.app.guard import run_guarded
from aichat.app.history.open import change_store
from aichat.app.history.recorder import Recorder
from aichat.app.question.input import Question
from aichat.app.question.prepare import PreparedQuestion, prepare, read_instructions
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.question.thread import Thread
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.core.cli.candidate import Choice
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.turn import Summary
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.exchange.outcome import has_figures, remarks, turn_usage_line, with_next_step
from aichat.core.message.compose import Attachment
from aichat.core.text.line_look import paint_line
from aichat.core.text.sanitize import sanitize
from aichat.disk.history.schema import STORE_ERRORS
from aichat.disk.history.store import Store
from aichat.errors import AichatError, Fault, Interrupted, config_error
from aichat.process.place import find_place
from aichat.process.world import World
from aichat.repl.conversation_tree import ConversationTree, TreeTrail

if TYPE_CHECKING:
    from aichat.app.billing.budget import Estimate
    from aichat.app.exchange.context import TurnContext
    from aichat.app.exchange.live.session import LiveSession
    from aichat.app.question.prompts.role import Role
    from aichat.app.tools.desk import DeskKeeper
    from aichat.app.tools.rounds import ToolDesk
    from aichat.term.answer.plain import Sink

#: Asks a question with possible answers; returns the index of the chosen one, or None.
Pick = Callable[[str, list[str]], int | None]

#: Shows a title and choices, starting at the current one; returns the chosen index, or None.
Choose = Callable[[str, Sequence[Choice], int], int | None]

#: What leaves the prompt, if it is still shown.
Standing = Callable[[], Callable[[], object] | None]


class Session:
    """A chat. ``options`` are those of a question, which slash commands change."""

    def __init__(self, world: World, options: AskOptions) -> None:
        self.world, self.options = world, options
        quiet, place = options.conversation.no_save, find_place(world)
        self.recorder = Recorder(world.environ, world.clock, self.tell, quiet=quiet, place=place)
        self.targets = Targets(world, self.tell)
        self.tree = ConversationTree(self.recorder.new_id())
        self.attachments: list[Attachment] = []
        self.listed_ids: list[str] = []  # conversations by the numbers they were listed with
        self.draft = ""  # the text in the next prompt
        self.typed_line = ""  # the last line as typed, with pastes marked
        self.replaced_question: int | None = None  # which the next message replaces
        self.last_answer: Answer | None = None  # of this run
        self.role: Role | None = None  # the prompt that the next message goes through
        self.takes_prompt = True  # whether the next message goes through the profile's prompt
        self.set_by_prompt: dict[str, tuple[Any, Any]] = {}  # options before and after it
        self.exit_code = 0  # of the last action
        self.is_done = False
        self.pick: Pick = lambda _title, _lines: None
        self.edit: Callable[[str], str] = str  # lets the user edit a text
        self.choose: Choose = lambda _title, _choices, _current: None
        self._tools: DeskKeeper | None = None
        self.live: LiveSession | None = None  # the realtime session, if there is one
        self.lead: Callable[[str], object] = world.write_text  # precedes a question's output
        self.standing: Standing = lambda: None
        self.restore_echo: Callable[[], Callable[[], object]] = lambda: lambda: None
        self.cache_watch = CacheWatch(self.tell, self.confirm, self._estimate)
        self._setup: Setup | None = None

    # output

    def show(self, text: str, hang: int | None = None) -> None:
        """Print text; continuation lines are indented by ``hang``."""
        self.world.print_lines(text, hang)

    def show_entries(self, entries: Iterable[tuple[str, str]]) -> None:
        """Print texts beside their labels."""
        self.world.print_entries((sanitize(label), sanitize(text)) for label, text in entries)

    def dim(self, line: str) -> None:
        """Print a dim line."""
        rows = self.world.wrap(sanitize(line))
        self.world.write_text(f"{paint_line(rows, self.world.theme, 'dim')}\n")

    def tell(self, line: str) -> None:
        """Print one line of our own."""
        self.dim(f"aichat: {line}")

    def report_fault(self, fault: Fault) -> None:
        """Report an error, without the program's name, or the model's if it is the same as before.

        Its exit code becomes ``exit_code``.
        """
        self.exit_code = fault.exit_code
        if self.last_answer and _who(fault) == _who(self.last_answer):
            fault = fault._replace(provider=None, model=None)
        self.world.report_fault(fault, program="")

    def choose_from(self, title: str, choices: Sequence[Choice], held: Sequence[str]) -> str:
        """The text of the user's choice, or an empty one; ``held`` are the current values."""
        current = next((n for n, choice in enumerate(choices) if choice.text in held), 0)
        place = self.choose(title, choices, current) if choices else None
        return "" if place is None else choices[place].text

    # settings in force

    @property
    def setup(self) -> Setup:
        """The setup that a question would use now."""
        if self._setup is None:
            self._setup = self.try_options(self.options)
        return self._setup

    @property
    def usable_setup(self) -> Setup | None:
        """The setup, or None if the conversation's provider or profile no longer exists."""
        try:
            return self.setup
        except AichatError:
            return None

    def forget_setup(self) -> None:
        """Drop the cached setup, since something has changed."""
        self._setup = None

    def try_options(self, options: AskOptions) -> Setup:
        """The setup with other options. Errors: if they do not go together."""
        return self._setup_for(self.tree.thread(), options)

    def _setup_for(self, thread: Thread, options: AskOptions) -> Setup:
        return setup_from_options(self.world, options, thread.recalled_options)

    def change_options(self, options: AskOptions) -> Setup:
        """Change the options, if they are valid; else nothing changes.

        Errors: those of options that do not go together.
        """
        self._setup = self.try_options(options)
        self.options = options
        return self._setup

    def open(self, tree: ConversationTree) -> None:
        """Switch to another conversation."""
        self.tree, self._setup, self.last_answer = tree, None, None
        self.takes_prompt = tree.head is None

    @property
    def store(self) -> Store:
        """The store. Errors: ``config`` if it cannot be read."""
        found = self.recorder.store()
        if found is None:
            raise config_error("cannot read the conversation store")
        return found

    def load(self, about: Summary) -> None:
        """Open a stored conversation."""
        # here, since a new chat has nothing to add up
        from aichat.disk.history.ledger import Ledger

        totals = Ledger(self.store).totals(conversation=about.id)
        self.open(ConversationTree.from_conversation(self.store.conversation(about), totals))

    def learn_turns(self) -> None:
        """Add the turns that other processes have stored in the open conversation."""
        if self.tree.is_stored and (about := self.store.find_by_id(self.tree.id)):
            self.tree.learn(self.store.conversation(about).turns)

    def save_head(self) -> None:
        """Store the current position, for later runs."""
        if self.tree.is_stored or self.tree.head is None:
            try:
                self.store.set_head(self.tree.id, self.tree.head)
            except STORE_ERRORS as error:
                self.tell(f"warning: cannot change the conversation store: {error}")

    def fork(self, title: str) -> None:
        """Switch to a copy of the current path."""
        before, stored = self.tree, self.tree.is_stored
        self.tree = before.copy_path(self.recorder.new_id(), title)
        if stored:
            about, turns = self.tree.conversation()
            now = self.world.clock.now()
            places = self.recorder.place.names
            change_store(lambda: self.store.fork(about._replace(updated=now), turns, places))

    # asking

    def ask(self, text: str, files: Iterable[Attachment] = ()) -> None:
        """Ask a question, with its attachments."""
        given = (*self.attachments, *files)
        thread = self.tree.thread(self.replaced_question)
        self._run_exchange(thread, Question(text, given), self.options)
        self.attachments = []

    def ask_again(self, thread: Thread, options: AskOptions) -> None:
        """Ask the last question of ``thread`` again, or finish its cut-off answer.

        ``options`` apply only this once; the system prompt is that of the thread.
        """
        self._run_exchange(thread, Question(), options.with_changes(system=thread.system))

    def _run_exchange(self, thread: Thread, question: Question, options: AskOptions) -> None:
        self.lead("\n")  # a blank line after the question
        options = self.live.limits.within(options) if self.live else options
        is_usual = options is self.options and self.replaced_question is None
        setup = self.setup if is_usual else self._setup_for(thread, options)
        desk = self._open_desk(setup, options)
        prepared = self.prepare(thread, question, setup, options, desk)
        self.tree.title = prepared.pending.draft.title
        if self.replaced_question is not None:
            self.tree.rewind_before(self.replaced_question)
            self.replaced_question = None
        recorder = self.recorder.next_recorder()
        if desk:
            answer = self._run_rounds(desk, recorder, prepared, setup, options)
        else:
            try:
                review = self.cache_watch.review
                answer = self._carry_out(recorder, prepared, setup, options, review)
            finally:
                self._add_to_tree(recorder, prepared)
        self._show_outcome(answer)
        self.cache_watch.judge(answer)

    @property
    def tools(self) -> "DeskKeeper":
        """The tools of this chat, and what was allowed in it; loaded on demand."""
        if self._tools is None:
            from aichat.app.tools.desk import DeskKeeper

            self._tools = DeskKeeper(self.world, self.tell, self.edit)
        return self._tools

    def end_tools(self) -> None:
        """End everything that tools have started."""
        if self._tools:
            self._tools.close()

    def _open_desk(self, setup: Setup, options: AskOptions) -> "ToolDesk | None":
        if not (setup.conduct.tools or setup.conduct.mcp):
            return None
        from aichat.app.exchange.show import make_sink

        world, ui = self.world, setup.config_file.config.ui
        sink = partial(make_sink, world, options, ui, world.write_text, world.say)
        return self.tools.desk(setup, options, sink, self.pick)

    def _run_rounds(
        self,
        desk: "ToolDesk",
        recorder: Recorder,
        prepared: PreparedQuestion,
        setup: Setup,
        options: AskOptions,
    ) -> Answer:
        context = self._turn_context(recorder, options, desk.open_sink(prepared.schema))
        context = context._replace(review=self.cache_watch.review)
        try:
            trail = TreeTrail(self._add_to_tree, self.tree)
            return self.tools.run(context, desk, trail, prepared, setup)
        finally:
            self.draft = self.tools.take_typed()

    def estimate_aside(self, thread: Thread, question: Question) -> "Estimate":
        """An estimate of what ``ask_aside`` would use. Errors: what makes sending impossible."""
        options, setup, prepared = self._prepare_aside(thread, question)
        target, now = self.targets.endpoint_for(setup), self.world.clock.now()
        return self._estimate(make_attempt(prepared, setup, options, target, now))

    def _estimate(self, attempt: Attempt) -> "Estimate":
        from aichat.app.exchange.context import BudgetContext, estimate_cost

        context = BudgetContext(self.world, self.options, self.tell, self.recorder, self.confirm)
        return estimate_cost(context, attempt)

    def _prepare_aside(
        self, thread: Thread, question: Question
    ) -> tuple[AskOptions, Setup, PreparedQuestion]:
        options = self.options.with_changes(no_save=True)
        setup = self._setup_for(thread, options)
        return options, setup, self.prepare(thread, question, setup, options)

    def ask_aside(self, thread: Thread, question: Question) -> Answer:
        """Ask outside the conversation: only its usage is kept."""
        self.show("")  # a blank line after the question
        options, setup, prepared = self._prepare_aside(thread, question)
        counted = self.tree.id if self.tree.is_stored else None
        recorder = self.recorder.next_recorder(beside=counted)
        try:
            answer = self._carry_out(recorder, prepared, setup, options)
        finally:
            self.tree.count_answers(recorder.answers)
        self._show_outcome(answer, "")
        return answer

    def prepare(
        self,
        thread: Thread,
        question: Question,
        setup: Setup,
        options: AskOptions,
        desk: "ToolDesk | None" = None,
    ) -> PreparedQuestion:
        """Prepare a question as the next turns of its conversation, with its tools."""
        examples = self.role.prompt.examples if self.role else ()
        instructions = read_instructions(setup, options, thread, self.tell)
        instructions = instructions._replace(examples=examples)
        if desk:
            instructions = desk.equip(instructions)
        made = prepare(thread, instructions, question, self.world.clock.now(), self.tell)
        return made._replace(goes_on=True)

    def _carry_out(
        self,
        recorder: Recorder,
        prepared: PreparedQuestion,
        setup: Setup,
        options: AskOptions,
        review: Callable[[Attempt], tuple[Notice, ...]] | None = None,
    ) -> Answer:
        # here, since the first prompt need not wait for these
        from aichat.app.exchange.show import make_sink
        from aichat.app.exchange.turn import carry_out

        world, ui = self.world, setup.config_file.config.ui
        sink = make_sink(world, options, ui, world.write_text, world.say, prepared.schema)
        context = self._turn_context(recorder, options, sink)
        context = context._replace(review=review, settle=self.standing())
        return carry_out(context, prepared, setup)

    def _turn_context(self, recorder: Recorder, options: AskOptions, sink: "Sink") -> "TurnContext":
        from aichat.app.exchange.context import TurnContext

        context = TurnContext(self.world, options, sink, recorder, self.targets)
        return context._replace(confirm=self.confirm, live=self.live)

    def confirm(self, question: str) -> bool:
        """Ask the user yes or no, in the prompt."""
        return self.pick(question, ["send it", "leave it"]) == 0

    def _add_to_tree(self, recorder: Recorder, prepared: PreparedQuestion) -> None:
        """Put the question and what came of it into the tree, however it ended."""
        self.draft = ""
        draft = prepared.pending.draft
        began = recorder.question  # None if it was never sent
        added = recorder.question_turns if began else draft.turns
        self.tree.add_exchange((began or draft).parent, added, recorder.answer_turn)
        self.tree.count_answers(recorder.answers)
        self.recorder, self._setup = recorder, None

    def _show_outcome(self, answer: Answer, next_step: str = "/continue finishes it") -> None:
        fault = with_next_step(answer, next_step).fault
        if fault and fault.signum:
            self.exit_code = fault.exit_code
            if fault.signum != SIGINT:
                raise Interrupted(fault.signum)
            fault = None
        told, has_usage = remarks(answer), has_figures(answer) and not self.options.output.quiet
        if fault:
            self.report_fault(fault)
        if (fault or answer.first_token_s is not None) and (told or has_usage):
            self.show("")
        for remark in told:
            self.tell(remark)
        if has_usage:
            self.dim(turn_usage_line(answer, self.last_answer, self.world.columns()))
        self.last_answer = answer

    def run_guarded(self, action: Callable[[], None]) -> None:
        """Run an action; a fault, or a bug of our own, is reported, and the chat goes on."""
        self.exit_code = 0
        run_guarded(self.world, action, trace=self.options.transport.debug, tell=self.report_fault)


def _who(said: Fault | Answer) -> tuple[str | None, str | None]:
    """The provider and model of an answer or fault."""
    return said.provider, said.model
