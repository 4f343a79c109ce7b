"""One short line that is typed at the terminal, now: what was typed before is no answer."""

import os
import re
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aichat.process.world import World
from aichat.values import NamedTuple

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

#: Seconds after the question in which keys are still meant for what was there before, and those
#: after which nobody is there.
GRACE_SECONDS, PATIENCE_SECONDS = 0.3, 300.0

#: Characters of an answer that are taken.
_LONGEST = 500

#: What keys send that are no characters.
_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|O.|.)?")


class TypedLine(NamedTuple):
    """What was typed, None for the end of it all; ``held``: what came too soon to be an answer."""

    text: str | None
    held: str = ""


def can_ask(world: World) -> bool:
    """Whether somebody is at the terminal and sees what is asked."""
    if termios is None or not (world.stdout_tty and world.stderr_tty):
        return False
    try:
        with _opened_terminal(world) as handle:
            return os.tcgetpgrp(handle) == os.getpgrp()
    except OSError:
        return False


def read_typed_line(world: World, prompt: str) -> TypedLine:
    """A line that is typed behind ``prompt`` from now on, echoed as it comes.

    Nothing comes of waiting too long. Errors: ``OSError`` where there is no terminal;
    ``Interrupted`` as ever.
    """
    with _opened_terminal(world) as handle, _without_lines(handle):
        world.write_stderr(prompt)
        return _read(world, handle, prompt)


@contextmanager
def _opened_terminal(world: World) -> Iterator[int]:
    if world.stdin_tty and world.stdin:
        yield world.stdin.fileno()
        return
    handle = os.open("/dev/tty", os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _without_lines(handle: int) -> Iterator[None]:
    """Keys come one by one and are not echoed by the terminal; signals come as ever."""
    before = termios.tcgetattr(handle)
    local = before[3] & ~(termios.ECHO | termios.ICANON) | termios.ISIG
    termios.tcsetattr(handle, termios.TCSANOW, [*before[:3], local, *before[4:]])
    try:
        yield
    finally:
        with suppress(termios.error):  # a terminal that is gone has no modes
            termios.tcsetattr(handle, termios.TCSANOW, before)


def _read(world: World, handle: int, prompt: str) -> TypedLine:
    began = world.clock.monotonic()
    held, line = bytearray(), ""
    while (waited := world.clock.monotonic() - began) < PATIENCE_SECONDS:
        if not select.select([handle], [], [], min(PATIENCE_SECONDS - waited, 1.0))[0]:
            continue
        data = os.read(handle, 1024)
        if not data:
            break
        if world.clock.monotonic() - began < GRACE_SECONDS:
            held += data
            continue
        for char in _SEQUENCES.sub("", data.decode("utf-8", "ignore")):
            if char in "\r\n\x04":
                world.write_stderr("\n")
                is_end = char == "\x04" and not line
                return TypedLine(None if is_end else line, held.decode("utf-8", "ignore"))
            before, line = line, _edit(line, char)
            is_longer = len(line) > len(before)
            world.write_stderr(char if is_longer else f"\n{prompt}{line}" * (line != before))
    world.write_stderr("\n")
    return TypedLine(None, held.decode("utf-8", "ignore"))


def _edit(line: str, char: str) -> str:
    """The line after one more key; the last character alone can be taken back."""
    if char in "\x7f\b":
        return line[:-1]
    return line + char if char.isprintable() and len(line) < _LONGEST else line
