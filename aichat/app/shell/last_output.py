"""What the last command printed, as far as the terminal still knows, or by running it again."""

from collections.abc import Callable, Sequence

from aichat.app.setup.keys import without_configured_keys
from aichat.core.cli.shell.danger import find_dangers
from aichat.core.text.sanitize import sanitize
from aichat.errors import AichatError
from aichat.process.programs import command_output
from aichat.process.terminal_program import plain_output, program_text
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line
from aichat.values import NamedTuple

#: Characters of an output that are sent: its last ones, where what went wrong mostly stands.
MAX_SENT = 4000


class ScreenReader(NamedTuple):
    """A terminal that tells what it shows.

    ``variable`` is set inside it, and its value ends ``argv`` where ``named``. ``marked``: it
    gives the last command's output alone, by the marks (OSC 133) of the shell.
    """

    variable: str
    argv: tuple[str, ...]
    marked: bool = False
    named: bool = False


#: Inner terminals first. Sources: kitty's remote control, tmux(1), wezterm's ``cli get-text``.
#: Neither of the last two tells the marks, though both keep them (tmux#4092): there the line of
#: the command is looked for.
SCREEN_READERS = (
    ScreenReader(
        "TMUX_PANE", ("tmux", "capture-pane", "-p", "-J", "-S", "-2000", "-t"), named=True
    ),
    ScreenReader(
        "KITTY_WINDOW_ID",
        ("kitty", "@", "get-text", "--extent", "last_non_empty_output"),
        marked=True,
    ),
    ScreenReader("WEZTERM_PANE", ("wezterm", "cli", "get-text", "--start-line", "-2000")),
)


def read_output(world: World, command: str) -> str | None:
    """The output of ``command`` from the terminal that shows it; None: it does not tell."""
    for reader in SCREEN_READERS:
        value = world.environ.get(reader.variable)
        if value:
            text = program_text(world, (*reader.argv, *((value,) if reader.named else ())))
            if text is not None:
                shown = plain_output(text.encode())
                found = shown if reader.marked else output_below(shown, command)
                return None if found is None else _shorten(found)
    return None


def output_below(screen: str, command: str) -> str | None:
    """What stands on a screen between the line that ends in ``command`` and the last, the prompt.

    None where there is no such line.
    """
    lines: Sequence[str] = [line.rstrip() for line in screen.rstrip().split("\n")]
    below = lines[:-1]
    starts = [n for n, line in enumerate(below) if line.endswith(command.rstrip())]
    return "\n".join(below[starts[-1] + 1 :]) if starts else None


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
