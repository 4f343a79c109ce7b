"""Marks around prompts and answers, so that terminals can jump between them (OSC 133)."""

from aichat.process.palette import is_dumb
from aichat.process.world import World

#: Where a prompt, the user's input and its output begin.
PROMPT, INPUT, OUTPUT = "\x1b]133;A\x1b\\", "\x1b]133;B\x1b\\", "\x1b]133;C\x1b\\"


def output_end(exit_code: int) -> str:
    """The end of the output, with how it ended."""
    return f"\x1b]133;D;{exit_code}\x1b\\"


def knows_marks(world: World) -> bool:
    """Whether the terminal uses or ignores marks; the Linux console would print them."""
    term = world.environ.get("TERM", "")
    return world.stdout_tty and not is_dumb(world.environ) and not term.startswith("linux")
