"""Yes-or-no questions at the terminal."""

from collections.abc import Sequence

from aichat.core.text.sanitize import sanitize_line
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World

#: The most lines shown above the question.
_SHOWN = 20


def confirm(world: World, question: str) -> bool | None:
    """Whether the user says yes; None if there is no terminal."""
    if not (world.stdout_tty and world.stderr_tty):
        return None
    try:
        return ask_yes_no(world, f"aichat: {question}")
    except OSError:
        world.say("")
        return None


def ask_yes_no(world: World, question: str) -> bool:
    """Whether the user says yes, even if stdin is something else.

    Errors: ``OSError`` if there is no terminal to read from.
    """
    world.write_stderr(world.wrap_stderr(f"{question} [y/N]") + " ")
    return read_answer(world).decode("utf-8", "replace").strip().lower() in ("y", "yes")


def sees_questions(world: World) -> bool:
    """Whether a user can read a question and type an answer."""
    return bool(world.stdin_tty and world.stderr_tty and world.stdin)


def confirm_or_decline(world: World, question: str, otherwise: str) -> None:
    """Ask, and raise (``declined``, exit 2) if the user says no: ``otherwise`` is what then is."""
    if not ask_yes_no(world, question):
        raise AichatError(Fault("declined", otherwise))


def confirm_removal(world: World, question: str, lines: Sequence[str] = ()) -> None:
    """Ask, after showing the first lines of what would be removed.

    Errors: ``usage`` if nobody can be asked; ``declined`` if the user says no.
    """
    if not sees_questions(world):
        raise usage_error("refusing to delete without confirmation: add --yes")
    for line in lines[:_SHOWN]:
        world.say(sanitize_line(line))
    if len(lines) > _SHOWN:
        world.say(f"... and {len(lines) - _SHOWN} more")
    confirm_or_decline(world, question, "nothing deleted")


def read_answer(world: World) -> bytes:
    """Read a line from the terminal. Errors: ``OSError`` if there is none."""
    if world.stdin_tty and world.stdin:
        return world.stdin.readline()
    with open("/dev/tty", "rb", buffering=0) as terminal:  # noqa: PTH123  not a file
        return terminal.readline()
