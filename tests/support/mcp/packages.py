"""Third-party programs for long tests, installed once in a permanent folder.

``MCP_PACKAGES`` names the folder, else it is one of the user's cache. npm and pip fetch what it
lacks; where one of them is not there, or cannot, the test is skipped and says why.
"""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import which

import pytest

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
FOLDER = Path(os.environ.get("MCP_PACKAGES") or _CACHE / "aichat-tests" / "mcp")

#: The Node that the official suite needs, and the npm package with it if not on the PATH.
_NODE_MAJOR, _NODE = 22, "node@22.23.3"

_SERVERS = ("server-everything", "server-filesystem", "server-memory")
_NPM = (
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/server@2.4.0",
    *(f"@modelcontextprotocol/{name}@2026.8.31" for name in _SERVERS),
)
_PYPI = (
    "mcp==2.3.0",
    "mcp-server-fetch==2026.10.24",
    "mcp-server-git==2026.10.19",
    "mcp-server-time==2026.10.19",
)


@cache
def npm_programs() -> Path:
    """The folder of programs installed by npm."""
    if which("npm") is None:
        pytest.skip("npm is not on the PATH")
    _install(_NPM, FOLDER / "npm-packages", ["npm", "install", "--prefix", FOLDER, *_QUIET])
    return FOLDER / "node_modules" / ".bin"


_QUIET = ("--no-audit", "--no-fund", "--loglevel=error")


@cache
def node_folder() -> Path:
    """The folder of a recent enough Node: from the PATH, or else installed by npm."""
    own = which("node")
    if own:
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False)
        found = re.match(r"v(\d+)", said.stdout)
        if found and int(found[1]) >= _NODE_MAJOR:
            return Path(own).parent
    if which("npm") is None:
        pytest.skip(f"there is no Node {_NODE_MAJOR} on the PATH, and no npm to fetch it")
    _install((_NODE,), FOLDER / "node-package", ["npm", "install", "--prefix", FOLDER, *_QUIET])
    node = FOLDER / "node_modules" / "node" / "bin"
    if not (node / "node").exists():
        pytest.skip(f"npm brings no Node {_NODE_MAJOR} for this machine")
    return node


@cache
def pypi_programs() -> Path:
    """The folder of programs installed by pip, including ``python``."""
    place = FOLDER / "venv"
    python = place / "bin" / "python"
    make = [sys.executable, "-m", "venv", place]
    _install(_PYPI, FOLDER / "pypi-packages", make, [python, "-m", "pip", "install", "-q"])
    return python.parent


def _install(packages: Sequence[str], mark: Path, *steps: Sequence[str | Path]) -> None:
    """Install them unless the file ``mark`` says that they are; the last step is told of them."""
    wanted = "\n".join(packages)
    with _alone():
        if mark.exists() and mark.read_text() == wanted:
            return
        for step in (*steps[:-1], (*steps[-1], *packages)):
            done = subprocess.run(step, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                why = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                pytest.skip(f"cannot install {packages[0]} and others: {' '.join(why)}")
        mark.write_text(wanted)


@contextmanager
def _alone() -> Iterator[None]:
    """Let only one process install at a time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
