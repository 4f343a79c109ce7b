"""A command that was suggested: printed for a shell, or offered to somebody at a terminal."""

from collections.abc import Callable

from aichat.app.setup.keys import without_configured_keys
from aichat.app.shell.ask import ShellAssistant
from aichat.app.shell.options import ShellOptions, shell_place, shell_program
from aichat.core.cli.shell.danger import find_dangers
from aichat.core.cli.shell.instructions import explain_instructions
from aichat.core.cli.shell.suggestion import ShellSuggestion, clean_line
from aichat.errors import AichatError
from aichat.process import clipboard, editor
from aichat.process.programs.terminal import run_in_shell
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line
from aichat.values import NamedTuple

_CHOICES = "r run · e edit · x explain · c copy · N nothing"


class ShellContext(NamedTuple):
    """Who offers it, and with which options."""

    world: World
    assistant: ShellAssistant
    options: ShellOptions


def show_suggestion(context: ShellContext, suggestion: ShellSuggestion) -> int:
    """Print the command and what is to be said of it; at a terminal ask what to do with it.

    Gives the exit code: that of the command, where it is run.
    """
    world = context.world
    is_offered = not context.options.print and can_ask(world)
    if suggestion.why:
        context.assistant.tell(suggestion.why)
    world.write_text(f"{world.paint(suggestion.command, 'strong')}\n")
    _mark_dangers(world, suggestion.command)
    return _offer(context, suggestion.command) if is_offered else 0


def _mark_dangers(world: World, command: str) -> None:
    """Told even to those who want to be told little: it may be the last that is read."""
    if dangers := find_dangers(command):
        world.say(f"aichat: deletes or overwrites: {', '.join(dangers)}", "warning")


def _offer(context: ShellContext, command: str) -> int:
    """Ask until something is done with the command, or nothing."""
    while True:
        key = _ask_key(context.world)
        if key not in _ACTIONS:
            return 0
        try:
            done = _ACTIONS[key](context, command)
        except AichatError as error:  # the command is still there
            context.world.report_fault(error.fault)
            continue
        if isinstance(done, int):
            return done
        if done != command:
            command = done
            context.world.write_text(f"{context.world.paint(command, 'strong')}\n")
            _mark_dangers(context.world, command)


def _ask_key(world: World) -> str:
    """What is typed now, not what was before; Enter alone, or the end of input: nothing."""
    return (read_typed_line(world, f"{_CHOICES} ").text or "").strip().lower()


def _run(context: ShellContext, command: str) -> int:
    world = without_configured_keys(context.world, context.options.config_dir)
    return run_in_shell(world, shell_program(world, context.options.shell), command)


def _edit(context: ShellContext, command: str) -> str:
    world = without_configured_keys(context.world, context.options.config_dir)
    edited = editor.edit_text(world, command)
    return clean_line(edited) if edited and edited.strip() else command


def _explain(context: ShellContext, command: str) -> str:
    place = shell_place(context.world, context.options.shell)
    context.assistant.explain(explain_instructions(place), command)
    return command


def _copy(context: ShellContext, command: str) -> int:
    means = clipboard.copy_text(context.world, command)
    context.assistant.tell(f"copied ({means})")
    return 0


#: What may be done with a command: an exit code ends it, a command goes on being offered.
_ACTIONS: dict[str, Callable[[ShellContext, str], int | str]] = {
    "r": _run,
    "e": _edit,
    "x": _explain,
    "c": _copy,
}
