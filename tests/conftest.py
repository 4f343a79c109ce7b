"""What every test may ask for."""

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.running.program import Program

# A suite that was started in the background, or by nohup, inherits these as ignored, and so would
# every program that it starts; which rightly keeps what it inherits.
for signum in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(signum) is signal.SIG_IGN:
        signal.signal(signum, signal.SIG_DFL)


# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("any speed", settings.default, deadline=None)
settings.load_profile("any speed")


# What is collected stays to the end, in every worker: to search it for garbage while it is made,
# and again and again later, took a fifth of collecting and a twentieth of the tests.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on only what the tests make is searched."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)  # a run without xdist has no such hook
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a quarter of the suite's time is waiting for processes."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else 3


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    """The program, with an empty home and no key."""
    return Program(tmp_path)
