"""Reading one short line typed at the terminal from now on: earlier keys are no answer."""

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

#: Seconds after the question in which keys still belong to what was there before, and seconds
#: after which nobody will answer.
GRACE_SECONDS, PATIENCE_SECONDS = 0.3, 300.0

#: The most characters of an answer.
_LONGEST = 500

#: Sequences of keys that are not characters.
_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|O.|.)?")


class TypedLine(NamedTuple):
    """The typed text, None for the end of input; ``held``: keys that came too soon."""

    text: str | None
    held: str = ""


def can_ask(world: World) -> bool:
    """Whether a user at the terminal can see the question."""
    if termios is None or not (world.stdout_tty and world.stderr_tty):
        return False
    try:
        with _opened_terminal(world) as handle:
            return os.tcgetpgrp(handle) == os.getpgrp()
    except OSError:
        return False


def read_typed_line(world: World, prompt: str) -> TypedLine:
    """Read a line typed after ``prompt`` from now on, echoing it.

    After too long a wait the result is empty. Errors: ``OSError`` if there is no terminal;
    ``Interrupted``.
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
    """A terminal mode in which keys arrive one by one without echo; signals work as usual."""
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
    """The line after one more key; only the last character can be deleted."""
    if char in "\x7f\b":
        return line[:-1]
    return line + char if char.isprintable() and len(line) < _LONGEST else line
