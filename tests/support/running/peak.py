"""Measures the peak memory of a run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running.program import Program

#: Reads the process's own peak; that of ``getrusage`` starts with its parent's.
_SCRIPT = """
import os, sys
from aichat.__main__ import main
sys.argv = ["aichat", *sys.argv[1:]]
end = os._exit
def leave(code):
    status = open("/proc/self/status").read()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr, flush=True)
    end(code)
os._exit = leave
main()
"""


def peak_memory(aichat: Program, *words: str) -> float:
    """The peak memory in MB of a run that must succeed; skips if it cannot be measured."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a program's memory is read in /proc")
    command = [sys.executable, "-c", _SCRIPT, *words]
    done = subprocess.run(
        command, env=aichat.environ, cwd=aichat.home, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.splitlines()[-1]) / 1024
