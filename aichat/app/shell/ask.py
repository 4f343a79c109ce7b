"""One question of the shell assistant: put to the model that ``ask`` would ask, and not stored."""

from aichat.app.calls.dry_run import print_call
from aichat.app.exchange import show
from aichat.app.exchange.context import TurnContext
from aichat.app.exchange.turn import carry_out
from aichat.app.history.recorder import Recorder
from aichat.app.question.input import Question
from aichat.app.question.prepare import prepare
from aichat.app.question.request import make_attempt
from aichat.app.question.thread import Instructions, Thread
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import RecalledOptions
from aichat.app.setup.targets import Targets
from aichat.core.cli.options import AskOptions
from aichat.core.cli.shell.suggestion import ShellSuggestion, parse_suggestion
from aichat.core.exchange.answer import Answer
from aichat.errors import AichatError, Interrupted
from aichat.process.world import World
from aichat.term.answer.plain import PlainSink, Sink


class NoteSink(PlainSink):
    """Shows what is said beside an answer, and nothing of the answer itself."""

    def close(self, answer: Answer) -> None:
        """Nothing is shown: what is made of it comes later."""


class ShellAssistant:
    """Asks with the same options every time; nothing of it is a conversation to go on with."""

    def __init__(self, world: World, options: AskOptions) -> None:
        self._world = world
        self._options = options.with_changes(no_save=True, no_stream=False)
        self._targets = Targets(world, self.tell)

    def tell(self, line: str) -> None:
        """A line of ours on stderr, unless the user wants none."""
        if not self._options.output.quiet:
            self._world.say(f"aichat: {line}", "dim")

    def suggest(self, instructions: str, question: Question) -> ShellSuggestion | None:
        """The command that the model answers with; None where the request is only printed.

        Errors: those of asking; ``no_code`` (exit 12) where the answer is no single command.
        """
        sink = NoteSink(self._world, self._world.write_text, self._note)
        answer = self._ask(instructions, question, sink)
        return None if answer is None else parse_suggestion(answer)

    def explain(self, instructions: str, command: str) -> None:
        """Show what the model says of a command. Errors: those of asking."""
        world, options = self._world, self._options
        setup = setup_from_options(world, options, RecalledOptions())
        ui = setup.config_file.config.ui
        sink = show.make_sink(world, options, ui, world.write_text, self._note)
        self._ask(instructions, Question(command), sink)

    def _note(self, line: str) -> None:
        if not self._options.output.quiet:
            self._world.say(line, "dim")

    def _ask(self, instructions: str, question: Question, sink: Sink) -> str | None:
        world = self._world
        options = self._options.with_changes(system=instructions)
        setup = setup_from_options(world, options, RecalledOptions())
        recorder = Recorder(world.environ, world.clock, self.tell, quiet=True)
        thread, now = Thread(recorder.new_id()), world.clock.now()
        prepared = prepare(thread, Instructions(instructions), question, now, self.tell)
        if options.transport.dry_run:
            target = make_endpoint(setup, placeholder_key(setup))
            call = make_attempt(prepared, setup, options, target, now).call()
            print_call(world, call, target=target)
            return None
        answer = carry_out(
            TurnContext(world, options, sink, recorder, self._targets), prepared, setup
        )
        if answer.fault is None:
            return answer.text
        if answer.fault.signum:
            raise Interrupted(answer.fault.signum)
        raise AichatError(answer.fault)
