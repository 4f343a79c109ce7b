"""``aichat sh``: turns words into a shell command, which is only run after confirmation."""

from aichat.app.question.input import read_question
from aichat.app.shell.ask import ShellAssistant
from aichat.app.shell.offer import ShellContext, show_suggestion
from aichat.app.shell.options import NO_STDIN, SHELL_OPTIONS, ShellOptions, shell_place
from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.options import InputOptions
from aichat.core.cli.shell.instructions import write_instructions
from aichat.errors import usage_error
from aichat.process.signals import resend_signals
from aichat.process.world import World
from aichat.values import NamedTuple


class ShArguments(NamedTuple):
    """A command line of ``sh``."""

    words: tuple[str, ...]
    input: InputOptions
    options: ShellOptions


def run(world: World, given: ShArguments) -> int:
    """Ask for a command and show it; returns its exit code if it is run."""
    with resend_signals():
        assistant = ShellAssistant(world, given.options.asking)
        question = read_question(world, given.words, given.input, assistant.tell, needed=False)
        if not question.text.strip():
            raise usage_error("no words to make a command of", "usage: aichat sh WORDS...")
        place = shell_place(world, given.options.shell)
        suggestion = assistant.suggest(write_instructions(place), question)
        if suggestion is None:
            return 0
        return show_suggestion(ShellContext(world, assistant, given.options), suggestion)


COMMAND = Command(
    name="sh",
    summary="Turn words into one shell command; run it only when told to.",
    examples=(
        "aichat sh find the ten largest files below this folder",
        "aichat sh --print count the lines of all Python files",
    ),
    options=(*SHELL_OPTIONS, NO_STDIN),
    arguments=(Argument("words", "What the command is to do.", many=True, required=False),),
    run=run,
    reads=ShArguments,
)
