"""What people install: a wheel in an empty environment, one file, and httpx's continuation."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.documents.completions import FILES, FOLDER
from tests.support.running.program import ROOT, SENTINEL, Program
from tests.support.terminal.repl import open_repl

pytestmark = pytest.mark.long

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SOURCES = ("aichat", "tests", "completions", "pyproject.toml", "README.md", "CHANGELOG.md")

#: How the one file is made: these lines are the manual, run in the project's folder.
ZIPAPP = """
python3 -m pip install --quiet --no-compile --target build/app .
python3 -m zipapp build/app -c -m aichat.__main__:main -p '/usr/bin/env python3' -o aichat.pyz
"""

#: What an environment has of itself, and bytecode.
_NOT_OURS = re.compile(r"/(pip|setuptools|_distutils_hack|pkg_resources)|__pycache__")


def ran(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def pythons() -> Iterator[Path]:
    """Every Python of 3.11 or later that is to be found, one of each."""
    found: dict[tuple[int, ...], Path] = {}
    places = [sys.base_prefix, "/usr", *Path(sys.base_prefix).parent.glob("3.*")]
    for path in (file for place in places for file in Path(place, "bin").glob("python3.*")):
        version = re.fullmatch(r"python3\.(\d+)", path.name)
        if version and int(version[1]) >= 11:
            found.setdefault((3, int(version[1])), path)
    yield from (path for _, path in sorted(found.items()))


PYTHONS = tuple(pythons())


class Installed(Program):
    """The program as it was installed; nothing of this folder is on its path."""

    def __init__(self, home: Path, *command: str) -> None:
        super().__init__(home)
        self._command = command
        del self.environ["PYTHONPATH"]

    def command(self, *words: str) -> list[str]:
        return [*self._command, *words]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, so that nothing is built in this folder."""
    return copied(tmp_path_factory.mktemp("sources"))


def copied(folder: Path) -> Path:
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def built(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, which was made from the sdist, and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    python = environment(tmp_path_factory.mktemp("builder"), Path(sys.executable))
    ran(python, "-m", "pip", "install", "--quiet", *PROJECT["build-system"]["requires"])
    ran(python, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=copy)
    ran(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, *folder.glob("*.gz"))
    return folder


def environment(folder: Path, python: Path) -> Path:
    """The Python of a new environment."""
    ran(python, "-m", "venv", folder)
    return folder / "bin/python"


def lowest() -> list[str]:
    """Each dependency at the lowest version that is allowed."""
    return [re.sub(r">=([\d.]+).*", r"==\1", line) for line in PROJECT["project"]["dependencies"]]


def test_wheel_and_sdist_hold_what_they_should(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    shared = {name.partition(".data/data/")[2] for name in names} - {""}
    targets = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == set(targets.values()) and len(shared) == 4
    assert {
        "aichat/py.typed",
        "aichat/providers/catalogue/models.json",
        "aichat/providers/endpoints/groq.toml",
    } <= set(names)
    assert not [name for name in names if name.startswith("tests")]
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"completions/{name}" for name in FILES.values()} <= packed
    assert {"tests/house/test_packaging.py", "README.md", "CHANGELOG.md"} <= packed


def smoke(program: Program) -> None:
    """A walk through everything that a broken dependency would stop."""
    assert program.run("--version").text.startswith("aichat ")
    assert "aichat ask" in program.run("ask", "--help").text
    assert program.run("completion", "bash").text == (FOLDER / "aichat.bash").read_text()
    assert program.run("profiles", "set", "work", "provider=groq", "temperature=0.5").code == 0
    program.write_config(f"# mine\n{(program.config_dir / 'config.toml').read_text()}")
    assert program.run("profiles", "use", "work").code == 0
    assert (program.config_dir / "config.toml").read_text().count("# mine") == 1
    assert program.run("keys", "set", "groq", stdin=SENTINEL.encode()).code == 0
    markdown = "# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n"
    with Server(default=chat_stream([markdown])) as server:
        program.environ["AICHAT_GROQ_BASE_URL"] = f"{server.url}/v1"
        assert program.run("ask", "hi").text == markdown
        drawn = program.run("ask", "--markdown", "--color", "always", "hi")
        assert "Head" in drawn.text and "\x1b[" in drawn.text and "```" not in drawn.text
        with open_repl(program, "-P", "work") as chat:
            chat.wait_for_prompt()
            chat.send_line("hello").wait_until("Head")
            chat.wait_for_prompt()
            chat.press("ctrl-d")
            assert chat.wait_for_exit() == 0
        assert len(server.requests) == 3
        assert server.requests[0].json()["temperature"] == 0.5
    assert len(json.loads(program.run("history", "list", "--json").stdout)) == 3
    assert "Head" in program.run("history", "search", "head").text
    assert program.run("doctor", "--offline").code == 0


@pytest.mark.parametrize(
    ("python", "which"),
    [*((each, "newest") for each in PYTHONS), (PYTHONS[0], "lowest")],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_wheel_works_in_an_empty_environment(
    python: Path, which: str, built: Path, tmp_path: Path
) -> None:
    inner = environment(tmp_path / "venv", python)
    (wheel,) = built.glob("*.whl")
    pins = lowest() if which == "lowest" else []
    ran(inner, "-m", "pip", "install", "--quiet", wheel, *pins)
    home = tmp_path / "home"
    home.mkdir()
    smoke(Installed(home, str(inner.parent / "aichat")))
    assert (tmp_path / "venv/share/man/man1/aichat.1").exists()
    files = [f for f in (tmp_path / "venv").glob("lib/*/site-packages/**/*") if f.is_file()]
    ours = [f for f in files if not _NOT_OURS.search(str(f))]
    assert 1_000_000 < sum(f.stat().st_size for f in ours) <= 20_000_000  # bytes


def test_the_one_file_works_with_every_python(copy: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", Path(sys.executable))
    script = ZIPAPP.replace("python3 -m", f"'{python}' -m")
    ran("bash", "-euc", script, cwd=copy)
    for number, each in enumerate(PYTHONS):
        home = tmp_path / f"home{number}"
        home.mkdir()
        smoke(Installed(home, str(each), str(copy / "aichat.pyz")))


def test_the_suite_passes_with_httpx2_in_httpxs_place(tmp_path: Path) -> None:
    """The switch is one line, in the one file that imports it."""
    pytest.importorskip("httpx2")
    folder = copied(tmp_path)
    file = folder / "aichat/net/httpx_library.py"
    text = file.read_text()
    switched = text.replace("\nimport httpx as httpx  #", "\nimport httpx2 as httpx  #")
    assert switched != text
    file.write_text(switched)
    tests = ("tests/net/test_http.py", "tests/net/test_network.py")
    more = ("tests/net/test_tls_and_proxy.py", "tests/commands/doctor/test_doctor.py")
    ran(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, *more, cwd=folder)


@pytest.mark.long
def test_the_net_is_the_same_on_httpxs_own_transport() -> None:
    tests = ("tests/net", "tests/app/calls", "tests/app/exchange", "tests/commands/doctor")
    environ = {**os.environ, "AICHAT_TRANSPORT": "httpx"}
    words = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    done = subprocess.run(words, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
