"""Trying mutants: each in a fork of a warmed interpreter, in a copy of the tree."""

import ast
import contextlib
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import hypothesis
import pytest

from tests.mutants.spots import Spot, mutate
from tests.support.running.program import ROOT, SHARED

LIMIT = 120  # seconds that the tests of one mutant may take: more is a hang, which is noticed
OPTIONS = ("-x", "-q", "-pno:cacheprovider", "-pno:xdist", "-oaddopts=", "-m", "not long")


class Run(NamedTuple):
    """A test as it ran: for how long, and through which functions, by their files."""

    seconds: float
    functions: frozenset[tuple[str, str]]


class Observer:
    """Notes how each test runs."""

    def __init__(self) -> None:
        self.runs: dict[str, tuple[float, list[tuple[str, str]]]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        codes: set[CodeType] = set()
        began = time.monotonic()
        for set_trace in (sys.settrace, threading.settrace):
            set_trace(lambda frame, _event, _arg: codes.add(frame.f_code))
        yield
        for set_trace in (sys.settrace, threading.settrace):
            set_trace(None)
        pairs = ((c.co_filename.rpartition("/tree/aichat/"), c.co_qualname) for c in codes.copy())
        ran = [(where[2], name.partition(".<locals>")[0]) for where, name in pairs if where[1]]
        self.runs[item.nodeid] = (time.monotonic() - began, ran)


class Chooser:
    """Keeps the tests that can see a mutant, the likeliest and quickest first."""

    def __init__(self, order: Mapping[str, float]) -> None:
        self.order = order

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(chosen, key=lambda item: self.order[item.nodeid])


def copy_tree(tree: Path) -> Path:
    """A tree like this one, with the shared folder beside it."""
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "screens"))
    (tree.parent / "shared").symlink_to(SHARED.resolve())
    return tree


def observe(trees: list[Path], folders: list[str]) -> dict[str, Run]:
    """Run the tests of ``folders`` once, and leave imported what they import; ends if one fails."""
    pids = {}
    for number, tests in enumerate(folders):
        path = trees[number % len(trees)].parent / f"{number}.json"
        if not (pid := os.fork()):
            with _last_act():
                _enter(trees[number % len(trees)])
                observer = Observer()
                code = pytest.main([*OPTIONS, tests], plugins=[observer])
                path.write_text(json.dumps([observer.runs, [*sys.modules]]))
                os._exit(code)
        pids[path] = pid
    found: dict[str, Run] = {}
    for path, pid in pids.items():
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"the tests fail as they are:\n{(path.parent / 'output').read_text()}")
        runs, modules = json.loads(path.read_text())
        found |= {test: Run(time, frozenset(map(tuple, ran))) for test, (time, ran) in runs.items()}
        for name in modules:
            with contextlib.suppress(Exception):
                __import__(name if name.split(".")[0] not in ("aichat", "tests") else "sys")
    return found


def find_importers() -> dict[str, set[str]]:
    """The files of the package that import each, by their paths inside it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "aichat").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                for name in ("", *(f".{alias.name}" for alias in node.names)):
                    file = f"{node.module}{name}".removeprefix("aichat.").replace(".", "/")
                    found[f"{file}.py"].add(path.relative_to(ROOT / "aichat").as_posix())
    return found


def order_tests(
    spot: Spot, runs: Mapping[str, Run], importers: Mapping[str, Collection[str]]
) -> dict[str, float]:
    """The tests that can see a spot: the same room's before others, then by seconds.

    What is in no function (a table, a default of a field) is seen by whatever runs its module
    or one that imports it, and by the tests of its room and of those around and below it.
    """
    file = spot.path.relative_to(ROOT / "aichat").as_posix()
    room, files = f"tests/{Path(file).parent.as_posix()}/", {file, *importers[file]}
    found: dict[str, float] = {}
    for test, (seconds, functions) in runs.items():
        there = test.partition("::")[0].rpartition("/")[0] + "/"
        is_near = room.startswith(there) or there.startswith(room)
        is_seen = (file, spot.function) in functions
        if is_seen or (not spot.function and (is_near or files & {name for name, _ in functions})):
            found[test] = seconds + (0 if is_near else LIMIT)
    return found


def try_all(
    spots: Iterable[Spot], runs: Mapping[str, Run], trees: Iterable[Path]
) -> Iterator[tuple[Spot, bool]]:
    """Each spot, and whether a test noticed it; as they end."""
    importers, waiting, free = find_importers(), [*spots][::-1], [*trees]
    running: dict[int, tuple[Spot, Path, float]] = {}
    while waiting or running:
        while waiting and free:
            spot, tree = waiting.pop(), free.pop()
            pid = _start(spot, tree, order_tests(spot, runs, importers))
            running[pid] = (spot, tree, time.monotonic())
        time.sleep(0.02)
        for pid, (spot, tree, began) in [*running.items()]:
            if is_late := time.monotonic() - began > LIMIT:
                os.killpg(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, 0 if is_late else os.WNOHANG)
            if ended:
                del running[pid]
                shutil.copyfile(spot.path, tree / spot.path.relative_to(ROOT))
                free.append(tree)
                yield spot, status not in (0, pytest.ExitCode.NO_TESTS_COLLECTED << 8)


def _start(spot: Spot, tree: Path, tests: Mapping[str, float]) -> int:
    """Run ``tests`` against the mutant in a process of its own; its id."""
    if not (pid := os.fork()):
        with _last_act():
            _enter(tree)
            path = tree / spot.path.relative_to(ROOT)
            path.write_text(mutate(spot)[1])
            os.utime(path, (spot.node, spot.node))  # no compiled file is as old
            files = sorted({test.partition("::")[0] for test in tests})
            os._exit(pytest.main([*OPTIONS, *files], plugins=[Chooser(tests)]) if files else 0)
    return pid


@contextlib.contextmanager
def _last_act() -> Iterator[None]:
    """End this fork whatever happens: what its parent does at its own end is not for it to do."""
    try:
        yield
    finally:
        os._exit(1)


def _enter(tree: Path) -> None:
    """Let this process be one of ``tree``, with nothing of the package loaded yet."""
    os.setsid()
    os.chdir(tree)
    output = os.open(tree.parent / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for name in [name for name in sys.modules if name.split(".")[0] in ("aichat", "tests")]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(entry for entry in sys.path if entry not in ("", str(ROOT)))]
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=phases, database=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")
