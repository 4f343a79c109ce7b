"""Trying mutants: each in a fork of a warmed interpreter, in a copy of the tree."""

import ast
import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn

import hypothesis
import pytest

from tests.mutants.spots import Spot, mutate
from tests.support.program import ROOT, SHARED

#: The tests that have to notice.
TESTS = ("tests/core", "tests/wires")
LIMIT = 120  # seconds that the tests of one mutant may take: more is a hang, which is noticed
OPTIONS = ("-x", "-q", "-pno:cacheprovider", "-pno:xdist", "-oaddopts=", "-m", "not long")


class Reach(NamedTuple):
    """What each test runs: the functions of the package by file, and how long it takes."""

    functions: dict[str, set[tuple[str, str]]]
    seconds: dict[str, float]
    modules: set[str]  # foreign ones that the tests import


class Trial(NamedTuple):
    """A mutant that is being tried in one of the copies."""

    spot: Spot
    tree: Path
    began: float


class Recorder:
    """Notes the functions that each test runs."""

    def __init__(self, tree: Path) -> None:
        self.prefix = f"{tree}/aichat/"
        self.reach = Reach({}, {}, set())
        self.codes: set[Any] = set()

    def _see(self, frame: FrameType, _event: str, _arg: Any) -> None:
        self.codes.add(frame.f_code)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.codes.clear()
        began = time.monotonic()
        sys.settrace(self._see)
        yield
        sys.settrace(None)
        ours = (code for code in self.codes if code.co_filename.startswith(self.prefix))
        self.reach.functions[item.nodeid] = {
            (code.co_filename.removeprefix(self.prefix), code.co_qualname.split(".<locals>")[0])
            for code in ours
        }
        self.reach.seconds[item.nodeid] = time.monotonic() - began


class Chooser:
    """Keeps the tests that can see a mutant, the likeliest and quickest first."""

    def __init__(self, order: Mapping[str, float]) -> None:
        self.order = order

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(chosen, key=lambda item: self.order[item.nodeid])


def order_tests(
    spot: Spot, reach: Reach, importers: Mapping[str, Collection[str]]
) -> dict[str, float]:
    """The tests that can see a spot: the same room's before others, then by seconds.

    What is in no function (a table, a default of a field) is seen by whatever runs its module
    or one that imports it, and by the tests of its room and of those around it.
    """
    file = spot.path.relative_to(ROOT / "aichat").as_posix()
    room, files = f"tests/{Path(file).parent.as_posix()}/", {file, *importers[file]}
    found: dict[str, float] = {}
    for test, functions in reach.functions.items():
        is_near = room.startswith(test.split("::")[0].rpartition("/")[0] + "/")
        is_seen = (file, spot.function) in functions
        if is_seen or (not spot.function and (is_near or files & {name for name, _ in functions})):
            found[test] = reach.seconds[test] + (0 if is_near else LIMIT)
    return found


def find_importers(root: Path) -> dict[str, set[str]]:
    """The files of the package that import each, by their paths inside it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (root / "aichat").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aichat"):
                names = [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
                for name in names:
                    file = name.removeprefix("aichat.").replace(".", "/") + ".py"
                    found[file].add(path.relative_to(root / "aichat").as_posix())
    return found


@contextlib.contextmanager
def copies(folder: Path, count: int) -> Iterator[list[Path]]:
    """Trees like this one, with the shared folder beside each."""
    trees = [folder / str(number) / "tree" for number in range(count)]
    for tree in trees:
        unwanted = shutil.ignore_patterns(".*", "__pycache__", "screens", "pictures")
        shutil.copytree(ROOT, tree, ignore=unwanted)
        (tree.parent / "shared").symlink_to(SHARED.resolve())
    yield trees


def record(trees: list[Path]) -> Reach:
    """Run every test once, and see what each one runs; ends the process if one fails."""
    pids = {}
    for number, tests in enumerate(TESTS):
        tree = trees[number % len(trees)]
        path = tree.parent / f"reach-{number}.json"
        pids[path] = os.fork()
        if not pids[path]:
            _enter(tree)
            _record(tree, tests, path)
    whole = Reach({}, {}, set())
    for path, pid in pids.items():
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"the tests fail as they are:\n{(path.parent / 'output').read_text()}")
        functions, seconds, modules = json.loads(path.read_text())
        whole.functions.update({test: {(a, b) for a, b in ran} for test, ran in functions.items()})
        whole.seconds.update(seconds)
        whole.modules.update(modules)
    return whole


def _record(tree: Path, tests: str, path: Path) -> NoReturn:
    """Leave what the tests of a folder run at ``path``."""
    recorder = Recorder(tree)
    code = pytest.main([*OPTIONS, tests], plugins=[recorder])
    own = ("aichat", "tests", "__main__")
    modules = [name for name in sys.modules if name.split(".")[0] not in own]
    functions = {test: sorted(found) for test, found in recorder.reach.functions.items()}
    path.write_text(json.dumps([functions, recorder.reach.seconds, modules]))
    os._exit(code)


def warm(reach: Reach) -> None:
    """Import what the tests import, so that no mutant has to."""
    for name in reach.modules:
        with contextlib.suppress(Exception):
            __import__(name)


def try_all(
    spots: Iterable[Spot], reach: Reach, trees: list[Path]
) -> Iterator[tuple[Spot, bool, float]]:
    """Each spot, whether a test noticed it, and the seconds that took; as they end."""
    importers, waiting, free = find_importers(ROOT), list(reversed([*spots])), [*trees]
    running: dict[int, Trial] = {}
    while waiting or running:
        while waiting and free:
            spot, tree = waiting.pop(), free.pop()
            tests = order_tests(spot, reach, importers)
            running[_start(spot, tree, tests)] = Trial(spot, tree, time.monotonic())
        time.sleep(0.02)
        for pid, (spot, tree, began) in [*running.items()]:
            seconds = time.monotonic() - began
            if seconds > LIMIT:
                os.killpg(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, 0 if seconds > LIMIT else os.WNOHANG)
            if ended:
                del running[pid]
                shutil.copyfile(spot.path, tree / spot.path.relative_to(ROOT))
                free.append(tree)
                code = os.waitstatus_to_exitcode(status)
                yield spot, code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED), seconds


def _start(spot: Spot, tree: Path, tests: Mapping[str, float]) -> int:
    """Run ``tests`` against the mutant in a process of its own; its id."""
    pid = os.fork()
    if not pid:
        _enter(tree)
        path = tree / spot.path.relative_to(ROOT)
        path.write_text(mutate(spot)[1])
        os.utime(path, (spot.node, spot.node))  # no compiled file is as old
        files = sorted({test.split("::")[0] for test in tests})
        os._exit(pytest.main([*OPTIONS, *files], plugins=[Chooser(tests)]) if files else 0)
    return pid


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
    quick = {"phases": phases, "database": None, "derandomize": True}
    hypothesis.settings.register_profile("mutants", **quick)
    hypothesis.settings.load_profile("mutants")
