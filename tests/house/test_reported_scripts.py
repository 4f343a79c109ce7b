"""Situations of public reports that come with a script: it is run where it lies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running.marks import long_case
from tests.support.running.program import ROOT, SHARED, Program

REPORTS = SHARED / "testdata" / "reports"

#: The report, how it is run, and what must be seen of it.
SCRIPTS = {
    "17-reasoning-not-wanted-back": (("sh", "run.sh"), "retried without it\nHello\n"),
    "20-kimi-wants-reasoning": (("sh", "run.sh"), '"reasoning_content": " "'),
    "22-broken-arguments": (("sh", "run.sh"), '"arguments": "{}"'),
    "28-csi-u-keys": ((sys.executable, "drive.py"), "['hello'] should be ['hello']"),
    "30-no-cursor-report": ((sys.executable, "drive.py"), "False should be False"),
}


@pytest.mark.parametrize(
    "name", [long_case(n) if "drive.py" in SCRIPTS[n][0] else n for n in SCRIPTS]
)
def test_a_reported_situation_ends_as_it_should(name: str, aichat: Program) -> None:
    folder = REPORTS / name
    if not folder.exists():
        pytest.skip(f"{folder} is absent: the reports are not here")
    words, sign = SCRIPTS[name]
    named = aichat.home / "bin" / "aichat"
    named.parent.mkdir()
    named.write_text(f'#!/bin/sh\nexec {sys.executable} -m aichat "$@"\n')
    named.chmod(0o755)
    places = (str(named.parent), str(Path(sys.executable).parent), os.environ["PATH"])
    environ = {**aichat.environ, "PATH": os.pathsep.join(places), "PYTHONPATH": str(ROOT)}
    out = run_in(folder, words, environ)
    assert sign in out, out


def run_in(folder: Path, words: tuple[str, ...], environ: dict[str, str]) -> str:
    """What a script prints, its two streams as one."""
    done = subprocess.run(
        words, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")
