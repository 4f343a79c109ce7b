"""Running the real program like a user: a subprocess with a separate home."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple

ROOT = Path(__file__).resolve().parents[3]
SCREENS = ROOT / "tests" / "screens"
SHARED = ROOT.parent / "shared"
RECORDED = SHARED / "recorded"

#: A key that must not appear anywhere but in its header.
SENTINEL = "gsk_SENTINEL0f9e8d7c6b5a4321WXYZ"

#: The fields of ``World`` for a run with stdout and stderr on a terminal.
TERMINAL: Mapping[str, Any] = {"stdout_tty": True, "stderr_tty": True}


class Result(NamedTuple):
    """The result of a run: raw stdout, stderr as text, and the exit code (-N for signal N)."""

    stdout: bytes
    stderr: str
    code: int

    @property
    def text(self) -> str:
        return self.stdout.decode()


class Program:
    """``aichat`` with a fresh home; ``write_config`` writes its config.toml."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config_dir = home / "config"
        self.waits: list[float] = []  # seconds that in-process runs would have slept
        self.cache_dir = home / "cache"
        self.data_dir = home / "data"
        self.environ: dict[str, str] = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AICHAT_CONFIG_DIR": str(self.config_dir),
            "AICHAT_DATA_DIR": str(self.data_dir),
            "XDG_CACHE_HOME": str(self.cache_dir),
            "TMPDIR": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            **{n: os.environ[n] for n in ("AICHAT_TRANSPORT",) if n in os.environ},
        }

    def write_config(self, text: str) -> Path:
        """Write config.toml."""
        self.config_dir.mkdir(exist_ok=True)
        path = self.config_dir / "config.toml"
        path.write_text(text)
        return path

    def point_groq_at(self, url: str) -> "Program":
        """Send Groq's requests to ``url`` with the sentinel as key."""
        self.environ |= {"GROQ_API_KEY": SENTINEL, "AICHAT_GROQ_BASE_URL": f"{url}/v1"}
        return self

    def command(self, *words: str) -> list[str]:
        """The command line that runs the program."""
        return [sys.executable, "-m", "aichat", *words]

    def start(self, *words: str, **options: object) -> "subprocess.Popen[bytes]":
        """Start the program; stdin is closed unless ``stdin`` is given."""
        return self.spawn(*self.command(*words), **options)

    def spawn(self, *argv: str, **options: object) -> "subprocess.Popen[bytes]":
        """Start any program in this home."""
        settings: dict[str, object] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": self.environ,
            "cwd": self.home,
        }
        return subprocess.Popen(argv, **(settings | options))  # type: ignore[call-overload, no-any-return]

    def invoke(
        self,
        *words: str,
        stdin: bytes | BinaryIO | None = None,
        environ: Mapping[str, str] | None = None,
        **outside: Any,
    ) -> Result:
        """One run in this process, for the cases of a table; waits are only recorded.

        ``outside`` are other fields of its world: ``**TERMINAL``, a clock, an encoding.
        """
        from aichat.__main__ import _run
        from aichat.core.text.clock import Clock
        from aichat.net.transport.gate import NetRules, set_rules
        from aichat.process.world import World

        out, err = BytesIO(), BytesIO()
        clock = Clock(time.time, time.monotonic, self.waits.append, lambda: 0.5)
        with TemporaryFile() as given, _swap_process(self, environ or {}, out, err):
            if isinstance(stdin, bytes):
                given.write(stdin)
                given.seek(0)
            taken = given if isinstance(stdin, bytes) else stdin
            world = World(os.environ, taken, out, err, False, False, clock)._replace(**outside)
            try:
                code = _run(world, list(words))
            finally:
                set_rules(NetRules)  # the rules of its config must not affect later runs
        return Result(out.getvalue(), err.getvalue().decode("utf-8", "replace"), code)

    def run(
        self,
        *words: str,
        stdin: bytes | None = None,
        environ: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Result:
        """Run to the end. ``stdin=None`` is an empty stdin (/dev/null)."""
        done = subprocess.run(
            self.command(*words),
            **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),  # type: ignore[arg-type]
            capture_output=True,
            env={**self.environ, **(environ or {})},
            cwd=self.home,
            timeout=timeout,
            check=False,
        )
        return Result(done.stdout, done.stderr.decode("utf-8", "replace"), done.returncode)

    def run_shell(self, script: str, timeout: float = 30) -> Result:
        """Run a bash script in which ``$AICHAT`` is the program."""
        environ = {**self.environ, "AICHAT": f"{sys.executable} -m aichat"}
        done = subprocess.run(
            ["bash", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environ,
            cwd=self.home,
            timeout=timeout,
            check=False,
        )
        return Result(done.stdout, done.stderr.decode("utf-8", "replace"), done.returncode)


@contextlib.contextmanager
def _swap_process(
    aichat: Program, environ: Mapping[str, str], out: BytesIO, err: BytesIO
) -> Iterator[None]:
    """Replace this process's folder, environment and text streams."""
    before = dict(os.environ)
    told, warned = (TextIOWrapper(raw, "utf-8", write_through=True) for raw in (out, err))
    try:
        os.environ.clear()
        os.environ.update({**aichat.environ, **environ})
        with (
            contextlib.chdir(aichat.home),
            contextlib.redirect_stdout(told),
            contextlib.redirect_stderr(warned),
        ):
            yield
    finally:
        told.detach(), warned.detach()
        os.environ.clear()
        os.environ.update(before)


def recorded_answers(pattern: str) -> Sequence[Path]:
    """The matching recorded answers; none if ``../shared`` is absent."""
    return sorted(RECORDED.glob(pattern))


def curl_body(result: Result) -> dict[str, Any]:
    """The body of a ``--dry-run``."""
    body: dict[str, Any] = json.loads(result.text.partition("<<'JSON'\n")[2].removesuffix("JSON\n"))
    return body


def curl_url(result: Result) -> str:
    """The URL of a ``--dry-run``."""
    return result.text.partition("-X POST ")[2].split()[0].strip("'\"")
