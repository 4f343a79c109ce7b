"""What the last command printed, as far as the terminal still knows, or by running it again."""

from collections.abc import Callable, Mapping, Sequence

from aichat.app.setup.keys import without_configured_keys
from aichat.app.shell.tmux_marks import ReadProgram, read_marked_output
from aichat.core.cli.shell.danger import find_dangers
from aichat.core.text.sanitize import sanitize
from aichat.core.text.wrap import wrap, wrap_entries
from aichat.errors import AichatError
from aichat.process.programs.command import command_output, program_text
from aichat.process.programs.terminal import plain_output
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line
from aichat.values import NamedTuple

#: Characters of an output that are sent: its last ones, where what went wrong mostly stands.
MAX_SENT = 4000


class ShownOutput(NamedTuple):
    """What a terminal shows of a command; ``where`` says by what it was found, for people.

    Between marks of the shell stands all of it and nothing else; what stands below the line of
    the command may be of a prompt as well.
    """

    text: str
    where: str


_MARKED, _BELOW = "that it printed", "that stand below it on the screen"

#: What each terminal tells, for the help of a command.
_TELLS = (
    ("  tmux", "what stands between the shell's marks (OSC 133), else below the command"),
    ("  kitty", "what stands between the shell's marks"),
    ("  wezterm", "what stands below the command: wezterm cli tells no marks"),
)


def output_help(columns: int) -> str:
    """What is sent of an output, and where it comes from, in lines of so many columns."""
    head = wrap("What it printed is sent along, as far as the terminal tells:", columns)
    rest = (
        "Elsewhere, or where the terminal does not tell, the command is run again if you say "
        "yes. --no-output sends nothing of it."
    )
    return f"{head}\n{wrap_entries(_TELLS, columns)}{wrap(rest, columns)}"


#: How a terminal is asked: by its variable's value, for what this command printed.
_Reader = Callable[[ReadProgram, str, str], ShownOutput | None]

#: Rows above the screen that are looked through.
_ROWS_ABOVE = "-2000"


def _read_tmux(read: ReadProgram, pane: str, command: str) -> ShownOutput | None:
    """By the marks of the shell where there are any, else by the line of the command."""
    marked = read_marked_output(read, pane, command)
    if marked is not None:
        return ShownOutput(marked, _MARKED)
    screen = read(("tmux", "capture-pane", "-p", "-J", "-S", _ROWS_ABOVE, "-t", pane))
    return _shown_below(screen, command)


def _read_kitty(read: ReadProgram, _window: str, _command: str) -> ShownOutput | None:
    """By the marks of the shell. Source: kitty's remote control, ``get-text``."""
    text = read(("kitty", "@", "get-text", "--extent", "last_non_empty_output"))
    return None if text is None else ShownOutput(text, _MARKED)


def _read_wezterm(read: ReadProgram, pane: str, command: str) -> ShownOutput | None:
    """By the line of the command: marks are told to scripts within wezterm, not by ``cli``."""
    screen = read(("wezterm", "cli", "get-text", "--pane-id", pane, "--start-line", _ROWS_ABOVE))
    return _shown_below(screen, command)


def _shown_below(screen: str | None, command: str) -> ShownOutput | None:
    below = None if screen is None else output_below(screen, command)
    return None if below is None else ShownOutput(below, _BELOW)


#: The terminals that tell what they show, each by the variable that is set inside it; inner ones
#: come first.
SCREEN_READERS: Mapping[str, _Reader] = {
    "TMUX_PANE": _read_tmux,
    "KITTY_WINDOW_ID": _read_kitty,
    "WEZTERM_PANE": _read_wezterm,
}


def read_output(world: World, command: str) -> ShownOutput | None:
    """The output of ``command`` from the terminal that shows it; None: it does not tell."""

    def read(argv: Sequence[str]) -> str | None:
        text = program_text(world, argv)
        return None if text is None else plain_output(text.encode())

    for variable, ask in SCREEN_READERS.items():
        if value := world.environ.get(variable):
            found = ask(read, value, command)
            return found and found._replace(text=_shorten(found.text))
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
) -> ShownOutput | None:
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
        printed = command_output(without_configured_keys(world, config_dir), command)
        return ShownOutput(_shorten(printed), _MARKED)
    except AichatError as error:
        tell(error.fault.message)
        return None


def _shorten(text: str) -> str:
    return sanitize(text.strip())[-MAX_SENT:]
