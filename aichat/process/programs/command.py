"""Running a command to its end for its output."""

from collections.abc import Mapping, Sequence

from aichat.errors import usage_error
from aichat.process.programs.environment import desktop_environment, scrub_environment
from aichat.process.world import World

#: The most bytes of output, and seconds to wait.
MAX_BYTES, MAX_SECONDS = 1_000_000, 60.0

#: Seconds to wait for a program that only looks something up.
_LOOKUP_SECONDS = 3.0


def command_output(
    world: World,
    command: str,
    named: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    *,
    interpreter: str | None = None,
    seconds: float = MAX_SECONDS,
) -> str:
    """The output of a shell command: both streams, and its exit status if not 0. Errors: ``usage``.

    ``named`` are additional variables, ``arguments`` the shell's, from ``$0`` on. The
    ``interpreter`` is the user's own shell unless named.
    """
    import subprocess  # here and below, since most runs start no program

    shell = interpreter or world.environ.get("SHELL") or "/bin/sh"
    try:
        done = subprocess.run(
            [shell, "-c", command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**scrub_environment(world.environ), **(named or {})},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise usage_error(f"`{command}` did not finish within {seconds:.0f} s") from None
    except OSError as error:
        raise usage_error(f"cannot run {shell}: {error.strerror}") from error
    if len(done.stdout) > MAX_BYTES:
        raise usage_error(f"`{command}` printed more than {MAX_BYTES / 10**6:g} MB")
    status = f"[exit status {done.returncode}]\n" if done.returncode else ""
    return done.stdout.decode("utf-8", "replace") + status


def program_text(world: World, argv: Sequence[str]) -> str | None:
    """The output of a program that needs no terminal; None if it fails, or takes too long."""
    import subprocess

    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=desktop_environment(world.environ),
            timeout=_LOOKUP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.decode("utf-8", "replace")
