"""Running a command in the test's own process, with a world of the test's own: cheap."""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import BinaryIO, NamedTuple

from aichat.cli import dispatch
from aichat.core.clock import Clock
from aichat.errors import AichatError
from aichat.term.world import World


class Ran(NamedTuple):
    """What a run left, and the seconds it would have slept."""

    stdout: bytes
    stderr: str
    code: int
    slept: list[float]


class Here:
    """The program with ``folder`` as its config; ``environ`` is all that it sees.

    Its clock goes a second further each time it is looked at, and sleeps no time.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.environ = {"AICHAT_CONFIG_DIR": str(folder), "TERM": "xterm", **environ}

    def run(self, *words: str, terminal: bool = False, stdin: BinaryIO | None = None) -> Ran:
        """``words`` run to their end; with ``terminal`` stdout and stderr are one."""
        out, err, slept = BytesIO(), BytesIO(), list[float]()
        clock = Clock(lambda: 0.0, _ticking(), slept.append, lambda: 0.5)
        world = World(self.environ, stdin, out, err, False, terminal, clock, stderr_tty=terminal)
        try:
            code = dispatch(world, words)
        except AichatError as error:
            world.report(error.fault)
            code = error.fault.exit_code
        return Ran(out.getvalue(), err.getvalue().decode(), code, slept)


def _ticking() -> Callable[[], float]:
    seconds: Iterator[int] = count()
    return lambda: float(next(seconds))
