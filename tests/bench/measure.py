"""Timing whole processes: interleaved runs, medians, ratios to a baseline of the same run."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.support.answering import server
from tests.support.running.program import ROOT, Program

PYTHON = sys.executable
T = TypeVar("T")


class Run(NamedTuple):
    """One process: wall and CPU seconds, peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


def run(
    command: Sequence[str], environ: dict[str, str] | None = None, *, quiet: bool = False
) -> Run:
    """Run a command to its end, discarding stdout, and with ``quiet`` stderr too."""
    begin = time.perf_counter()
    nowhere = subprocess.DEVNULL
    errors = nowhere if quiet else None
    process = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=errors, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def interleaved(runs: int, **subjects: Callable[[], T]) -> dict[str, list[T]]:
    """Measure the subjects in turn, ``runs`` times after a warm-up."""
    taken: dict[str, list[T]] = {name: [] for name in subjects}
    for turn in range(runs + 1):
        for name, subject in subjects.items():
            value = subject()
            if turn:
                taken[name].append(value)
    return taken


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def report(what: str, value: float, unit: str, bar: str) -> None:
    """Print one line: the name, the value, and its limit."""
    sys.stdout.write(f"{what:<58} {value:8.2f} {unit:<4} bar {bar}\n")
    sys.stdout.flush()


@contextmanager
def program(base_url: str, profiles: int = 8) -> Iterator[Program]:
    """The program in a home with ``profiles``, with compiled bytecode."""
    subprocess.run([PYTHON, "-m", "compileall", "-q", str(ROOT / "aichat")], check=True)
    with tempfile.TemporaryDirectory() as home:
        made = Program(Path(home)).point_groq_at(base_url)
        made.environ["AICHAT_NO_STDIN"] = "1"
        tables = [
            f'[profiles.p{n}]\nprovider = "groq"\nmodel = "openai/gpt-oss-120b"\n'
            f"temperature = 0.{n}\nmax_tokens = {1000 + n}\n"
            for n in range(profiles)
        ]
        made.write_config('default_profile = "p3"\n' + "\n".join(tables))
        yield made


@contextmanager
def served(*options: str) -> Iterator[str]:
    """The test server in a separate process, so that its CPU does not count for the client."""
    process = subprocess.Popen(
        [PYTHON, server.__file__, *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
