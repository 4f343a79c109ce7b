"""Marks around prompts and answers, by which terminals jump from one to the next (OSC 133)."""

from aichat.process.palette import is_dumb
from aichat.process.world import World

#: Where a prompt begins, where what is typed does, and where what comes of it does.
PROMPT, INPUT, OUTPUT = "\x1b]133;A\x1b\\", "\x1b]133;B\x1b\\", "\x1b]133;C\x1b\\"


def output_end(exit_code: int) -> str:
    """Where that ends, and how it ended."""
    return f"\x1b]133;D;{exit_code}\x1b\\"


def knows_marks(world: World) -> bool:
    """Whether the terminal heeds or swallows them: the Linux console shows what it knows not."""
    term = world.environ.get("TERM", "")
    return world.stdout_tty and not is_dumb(world.environ) and not term.startswith("linux")
