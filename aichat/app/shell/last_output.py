"""What the last command printed, as far as the terminal still knows, or by running it again."""

from collections.abc import Callable, Mapping, Sequence

from aichat.app.setup.keys import without_configured_keys
from aichat.app.shell.tmux_marks import ReadProgram, read_marked_output
from aichat.core.cli.shell.danger import find_dangers
from aichat.core.text.sanitize import sanitize
from aichat.errors import AichatError
from aichat.process.programs import command_output
from aichat.process.terminal_program import plain_output, program_text
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line

#: Characters of an output that are sent: its last ones, where what went wrong mostly stands.
MAX_SENT = 4000


#: How a terminal is asked: by its variable's value, for what this command printed.
_Reader = Callable[[ReadProgram, str, str], str | None]

#: Rows above the screen that are looked through.
_ROWS_ABOVE = "-2000"


def _read_tmux(read: ReadProgram, pane: str, command: str) -> str | None:
    """By the marks of the shell where there are any, else by the line of the command."""
    marked = read_marked_output(read, pane, command)
    if marked is not None:
        return marked
    screen = read(("tmux", "capture-pane", "-p", "-J", "-S", _ROWS_ABOVE, "-t", pane))
    return None if screen is None else output_below(screen, command)


def _read_kitty(read: ReadProgram, _window: str, _command: str) -> str | None:
    """By the marks of the shell. Source: kitty's remote control, ``get-text``."""
    return read(("kitty", "@", "get-text", "--extent", "last_non_empty_output"))


def _read_wezterm(read: ReadProgram, pane: str, command: str) -> str | None:
    """By the line of the command: ``wezterm cli get-text`` knows no marks."""
    screen = read(("wezterm", "cli", "get-text", "--pane-id", pane, "--start-line", _ROWS_ABOVE))
    return None if screen is None else output_below(screen, command)


#: The terminals that tell what they show, each by the variable that is set inside it; inner ones
#: come first.
SCREEN_READERS: Mapping[str, _Reader] = {
    "TMUX_PANE": _read_tmux,
    "KITTY_WINDOW_ID": _read_kitty,
    "WEZTERM_PANE": _read_wezterm,
}


def read_output(world: World, command: str) -> str | None:
    """The output of ``command`` from the terminal that shows it; None: it does not tell."""

    def read(argv: Sequence[str]) -> str | None:
        text = program_text(world, argv)
        return None if text is None else plain_output(text.encode())

    for variable, ask in SCREEN_READERS.items():
        if value := world.environ.get(variable):
            found = ask(read, value, command)
            return None if found is None else _shorten(found)
    return None


def output_below(screen: str, command: str) -> str | None:
    """What stands on a screen below the line that ends in ``command``, but for a prompt at its end.

    None where there is no such line.
    """
    command = command.rstrip()
    *above, last = (line.rstrip() for line in screen.rstrip().split("\n"))
    starts = [n for n, line in enumerate(above) if line.endswith(command)]
    if not starts:
        return None
    prompt = above[starts[-1]].removesuffix(command).rstrip()
    return "\n".join([*above[starts[-1] + 1 :], *([] if _is_prompt(last, prompt) else [last])])


def _is_prompt(line: str, prompt: str) -> bool:
    """Whether a line is that of a prompt which was ``prompt`` before: it may say other things now.

    Bash takes its own away before a key runs a command: what is last then is output.
    """
    return line.startswith(prompt) or "aichat fix" in line or line.endswith(prompt[-1:])


def run_again(
    world: World, command: str, config_dir: str | None, tell: Callable[[str], object]
) -> str | None:
    """The output of another run, if the user says yes to it; else None."""
    dangers = find_dangers(command)
    warning = f" It deletes or overwrites: {', '.join(dangers)}." if dangers else ""
    if not can_ask(world):
        return None
    tell(f"run it again to see what it prints?{warning}")
    answer = read_typed_line(world, f"{sanitize(command)}  [y/N] ").text or ""
    if answer.strip().lower() not in ("y", "yes"):
        return None
    try:
        return _shorten(command_output(without_configured_keys(world, config_dir), command))
    except AichatError as error:
        tell(error.fault.message)
        return None


def _shorten(text: str) -> str:
    return sanitize(text.strip())[-MAX_SENT:]
