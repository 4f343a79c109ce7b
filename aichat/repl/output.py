"""What a program says, to be attached: the user's own command, in the user's own shell."""

import subprocess

from aichat.errors import usage_error
from aichat.term.editor import scrubbed
from aichat.term.world import World

#: Bytes that are taken, and seconds that are waited.
MAX_BYTES, MAX_SECONDS = 1_000_000, 60.0


def output_of(world: World, command: str) -> str:
    """Both its streams, and its exit status where that is not 0. Errors: ``usage``."""
    shell = world.environ.get("SHELL") or "/bin/sh"
    try:
        done = subprocess.run(
            [shell, "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=scrubbed(world.environ),
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise usage_error(f"`{command}` was not done after {MAX_SECONDS:.0f} s") from None
    except OSError as error:
        raise usage_error(f"cannot run {shell}: {error.strerror}") from error
    if len(done.stdout) > MAX_BYTES:
        raise usage_error(f"`{command}` says more than {MAX_BYTES / 10**6:g} MB")
    status = f"[exit status {done.returncode}]\n" if done.returncode else ""
    return done.stdout.decode("utf-8", "replace") + status
