"""Running a program that has the terminal to itself, while keeping its output."""

import os
import re
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aichat.errors import usage_error
from aichat.process.programs.command import command_output
from aichat.process.programs.environment import scrub_environment
from aichat.process.world import World
from aichat.values import NamedTuple

try:
    import fcntl
    import pty
    import termios
    import tty
except ImportError:  # Windows
    pty = None  # type: ignore[assignment]

#: How many of the last bytes of output are kept.
KEPT_BYTES = 64_000

#: Seconds between checks whether the program has ended, and of the window's size.
_LOOK_SECONDS = 0.1

#: Control sequences, and control characters that no text has.
_DRIVING = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[P\]_^X].*?(?:\x07|\x1b\\|\Z)"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b-\x1f]",
    re.DOTALL,
)


class ProgramRun(NamedTuple):
    """The exit status of a program (-N: signal N), and the end of its output, as text."""

    status: int
    output: str


def run_on_terminal(world: World, command: str) -> ProgramRun:
    """Run a command in the user's shell on a pseudo-terminal, which is shown on ours.

    It gets every key press meanwhile, and none of our API keys. Errors: ``usage`` if there
    is no shell; ``Interrupted``, after telling the program that its terminal is gone.
    """
    if pty is None or world.stdin is None or world.stdout is None:
        text = command_output(world, command)
        world.write_text(text)
        return ProgramRun(0, text)
    keys, screen = world.stdin.fileno(), world.stdout.fileno()
    ours, its = pty.openpty()
    try:
        with _raw_mode(keys):
            _copy_size(screen, ours)
            process = _start(world, command, its)
            kept = _relay(process, keys, ours, world)
    finally:
        os.close(ours)
    return ProgramRun(process.wait(), plain_output(kept))


def _start(world: World, command: str, its: int) -> "subprocess.Popen[bytes]":
    shell = world.environ.get("SHELL") or "/bin/sh"
    try:
        return subprocess.Popen(
            [shell, "-c", command],
            stdin=its,
            stdout=its,
            stderr=its,
            env=scrub_environment(world.environ),
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
    except OSError as error:
        raise usage_error(f"cannot run {shell}: {error.strerror}") from error
    finally:
        os.close(its)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def _raw_mode(handle: int) -> Iterator[None]:
    """Pass every key to the program, even Ctrl-C and Ctrl-Z; afterwards restore the modes."""
    before = termios.tcgetattr(handle)
    tty.setraw(handle, termios.TCSANOW)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(handle, termios.TCSANOW, before)


def _copy_size(source: int, target: int) -> None:
    with suppress(OSError):
        size = fcntl.ioctl(source, termios.TIOCGWINSZ, b"\0" * 8)
        if size != fcntl.ioctl(target, termios.TIOCGWINSZ, b"\0" * 8):
            fcntl.ioctl(target, termios.TIOCSWINSZ, size)


def _relay(process: "subprocess.Popen[bytes]", keys: int, ours: int, world: World) -> bytes:
    """Relay keys to it and output to the screen until it ends; returns the end of the output."""
    kept = typed = b""
    os.set_blocking(ours, False)  # it may write without reading
    while True:
        has_ended = process.poll() is not None  # checked before looking for the last output
        wanted = [ours] if typed or has_ended else [ours, keys]  # keys are the prompt's now
        ready = select.select(
            wanted, [ours] if typed else [], [], 0 if has_ended else _LOOK_SECONDS
        )
        if ours in ready[0]:
            data = _read(ours)
            if not data:
                return kept
            world.write_bytes(data)
            kept = (kept + data)[-KEPT_BYTES:]
        elif has_ended:  # its descendants keep the terminal open
            return kept
        if keys in ready[0]:
            typed = _read(keys)
        if typed:
            with suppress(BlockingIOError):
                typed = typed[os.write(ours, typed) :]
        _copy_size(keys, ours)


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def plain_output(data: bytes) -> str:
    """The output as a terminal would finally show it, line by line, without control sequences."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    if len(data) >= KEPT_BYTES:
        text = text.partition("\n")[2] or text  # it begins within a line
    text = re.sub(".\x08", "", text)  # bold in manual pages
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _DRIVING.sub("", "\n".join(lines))


def run_in_shell(world: World, shell: str, command: str) -> int:
    """Run a command in a shell with our own streams; returns its exit status (128 + N: signal N).

    It gets none of our API keys. Errors: ``usage`` if there is no such shell.
    """
    try:
        status = subprocess.call([shell, "-c", command], env=scrub_environment(world.environ))
    except OSError as error:
        raise usage_error(f"cannot run {shell}: {error.strerror}") from error
    return status if status >= 0 else 128 - status
