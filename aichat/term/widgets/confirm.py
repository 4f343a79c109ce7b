"""A question that is answered with yes or no, typed at the terminal."""

from aichat.process.world import World


def confirm(world: World, question: str) -> bool | None:
    """Whether the user says yes; None where nobody is at the terminal."""
    if not (world.stdout_tty and world.stderr_tty):
        return None
    try:
        return ask_yes_no(world, f"aichat: {question}")
    except OSError:
        world.say("")
        return None


def ask_yes_no(world: World, question: str) -> bool:
    """Whether the user says yes, also where stdin is something else.

    Errors: ``OSError`` where there is no terminal to read from.
    """
    world.write_stderr(world.wrap_stderr(f"{question} [y/N]") + " ")
    return read_answer(world).decode("utf-8", "replace").strip().lower() in ("y", "yes")


def read_answer(world: World) -> bytes:
    """A line that is typed at the terminal. Errors: ``OSError`` where there is none."""
    if world.stdin_tty and world.stdin:
        return world.stdin.readline()
    with open("/dev/tty", "rb", buffering=0) as terminal:  # noqa: PTH123  not a file
        return terminal.readline()
