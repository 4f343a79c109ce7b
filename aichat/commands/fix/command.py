"""``aichat fix``: corrects the last command."""

from collections.abc import Sequence
from pathlib import Path

from aichat.app.question.input import Question
from aichat.app.shell.ask import ShellAssistant
from aichat.app.shell.last_output import output_help, read_output, run_again
from aichat.app.shell.offer import ShellContext, show_suggestion
from aichat.app.shell.options import SHELL_OPTIONS, ShellOptions, shell_place
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.cli.shell.instructions import FailedCommand, mend_instructions, mend_question
from aichat.core.text.numbers import count_of
from aichat.errors import usage_error
from aichat.process.signals import resend_signals
from aichat.process.world import World
from aichat.values import NamedTuple


class FixArguments(NamedTuple):
    """A command line of ``fix``."""

    words: tuple[str, ...]
    options: ShellOptions
    status: int | None
    no_output: bool


def run(world: World, given: FixArguments) -> int:
    """Ask for the corrected command and show it; returns its exit code if it is run."""
    options = given.options
    with resend_signals():
        command = " ".join(given.words).strip()
        if not command:
            hint = "name it, as in: aichat fix -- COMMAND; Alt-E on an empty line does: "
            raise usage_error(
                "only the shell knows its last command", f"{hint}aichat completion bash --keys"
            )
        assistant = ShellAssistant(world, options.asking)
        failed = _failed_command(world, command, given, assistant)
        place = shell_place(world, options.shell)
        suggestion = assistant.suggest(mend_instructions(place), Question(mend_question(failed)))
        if suggestion is None:
            return 0
        return show_suggestion(ShellContext(world, assistant, options), suggestion)


def _failed_command(
    world: World, command: str, given: FixArguments, assistant: ShellAssistant
) -> FailedCommand:
    """The details of the failed command; the user is told which of them are sent."""
    shown = None
    if not given.no_output:
        shown = read_output(world, command)
        if shown is None and not (given.options.print or given.options.transport.dry_run):
            shown = run_again(world, command, given.options.config_dir, assistant.tell)
        if shown and shown.text:
            lines = count_of(len(shown.text.splitlines()), "line")
            assistant.tell(f"sends the command, its folder and {lines} {shown.where}")
    return FailedCommand(command, str(Path.cwd()), given.status, shown and shown.text)


def _output_help(world: World, _argv: Sequence[str]) -> str:
    return f"\n\n\b\n{output_help(world.columns() - 2)}"  # Typer indents by two


COMMAND = Command(
    name="fix",
    summary="Mend the last shell command.",
    examples=(
        "aichat fix -- git comit -m done",
        "aichat fix --status 127 --print -- 'gti status'",
    ),
    options=(
        *SHELL_OPTIONS,
        Option(("--status",), "The exit status that it had.", int, metavar="N"),
        Option(("--no-output",), "Do not look at what it printed, nor send it.", bool),
    ),
    arguments=(Argument("words", "The command that failed.", many=True, required=False),),
    run=run,
    reads=FixArguments,
    extra_help=_output_help,
)
