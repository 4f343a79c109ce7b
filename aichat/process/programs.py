"""Every program that is started: with a scrubbed environment, and limits."""

import subprocess
from collections.abc import Mapping

from aichat.errors import usage_error
from aichat.process.world import World

#: Bytes that are taken, and seconds that are waited.
MAX_BYTES, MAX_SECONDS = 1_000_000, 60.0

#: How the names of variables end that hold a secret.
_SECRET_SUFFIXES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


def scrub_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that a program of the user's may have."""
    return {
        name: value
        for name, value in environ.items()
        if not name.upper().endswith(_SECRET_SUFFIXES)
    }


def command_output(world: World, command: str) -> str:
    """Both its streams, and its exit status where that is not 0. Errors: ``usage``."""
    shell = world.environ.get("SHELL") or "/bin/sh"
    try:
        done = subprocess.run(
            [shell, "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=scrub_environment(world.environ),
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise usage_error(f"`{command}` did not finish within {MAX_SECONDS:.0f} s") from None
    except OSError as error:
        raise usage_error(f"cannot run {shell}: {error.strerror}") from error
    if len(done.stdout) > MAX_BYTES:
        raise usage_error(f"`{command}` printed more than {MAX_BYTES / 10**6:g} MB")
    status = f"[exit status {done.returncode}]\n" if done.returncode else ""
    return done.stdout.decode("utf-8", "replace") + status
