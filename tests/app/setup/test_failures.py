"""Every call that can fail is made to fail, one after the other, in whole runs.

A hook at the start of the interpreter counts the calls that the program's own
work makes and lets one of them raise. Whatever fails: the exit code is one of
the contract's and not 1, stderr has at most two lines for it, and nothing is lost.
"""

import errno
import subprocess
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import ROOT, SENTINEL, Program, Result

HOOK = """
import builtins, io, os, select, socket, subprocess, sys

PLAN, NUMBER, LOG = os.environ.get("FAIL", ""), int(os.environ.get("FAIL_ERRNO", "5")), None
if os.environ.get("FAIL_LOG"):
    LOG = os.open(os.environ["FAIL_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
counts = {}
true_write = os.write

def ours():
    # the program's own work, which reading its modules is not
    frame = sys._getframe(2)
    while frame:
        name = frame.f_code.co_filename
        if "importlib" in name:
            return False
        if "/aichat/" in name:
            return True
        frame = frame.f_back
    return False

def passes(name):
    if not ours():
        return
    counts[name] = counts.get(name, 0) + 1
    if LOG is not None:
        true_write(LOG, f"{name}\\n".encode())
    if PLAN == f"{name} {counts[name]}":
        raise OSError(NUMBER, os.strerror(NUMBER))

def guard(place, attribute, name):
    true = getattr(place, attribute)
    def guarded(*args, **options):
        passes(name)
        return true(*args, **options)
    setattr(place, attribute, guarded)

class Raw(io.FileIO):
    def __init__(self, name, *args, **options):
        super().__init__(*args, **options)
        self.label = name
    def write(self, data):
        passes(self.label)
        return super().write(data)

true_open = io.open
def opened(file, mode="r", *args, **options):
    passes("open")
    if "b" in mode and "w" in mode:
        return io.BufferedWriter(Raw("file.write", file, mode))
    return true_open(file, mode, *args, **options)
io.open = builtins.open = opened

for name in ("open", "fsync", "replace", "chmod", "mkdir", "read", "stat", "unlink", "close"):
    guard(os, name, f"os.{name}")
class Socket(socket.socket):
    # a connection that failed is lost for good; small pieces arrive in several calls
    def lose(self, name):
        try:
            passes(name)
        except OSError:
            super().close()
            raise
    def connect(self, *args):
        passes("socket.connect")
        return super().connect(*args)
    def send(self, *args):
        self.lose("socket.send")
        return super().send(*args)
    def sendall(self, *args):
        self.lose("socket.send")
        return super().sendall(*args)
    def recv(self, size, *args):
        self.lose("socket.recv")
        return super().recv(min(size, 500), *args)
    def recv_into(self, buffer, *args):
        self.lose("socket.recv")
        return super().recv_into(memoryview(buffer)[:500], *args)
    def setsockopt(self, *args):
        passes("socket.setsockopt")
        return super().setsockopt(*args)
socket.socket = Socket
guard(socket, "getaddrinfo", "socket.getaddrinfo")
guard(select, "select", "select.select")
guard(subprocess, "run", "subprocess.run")
if sys.stdout:
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(Raw("stdout.write", 1, "wb", closefd=False)), encoding="utf-8"
    )
"""

LONGEST, HUNG = 10, -99  # seconds that a run may take; the code of one that took longer
PIECES = ["Hello", ", ", "world", "."]
ANSWER = "Hello, world.\n"
OLD_CONFIG = "# mine\n[profiles.a]\nprovider = 'groq' # g\n"
OLD_KEYS = '[keys]\nbox = "box_0123456789"\n'


class Scenario(NamedTuple):
    """A command line and its stdin."""

    words: tuple[str, ...]
    stdin: bytes | None = None


ASK = ("ask", "-P", "a", "--retries", "0")
SCENARIOS = {
    "ask": Scenario((*ASK, "hi")),
    "ask json": Scenario((*ASK, "--json", "hi")),
    "ask stdin": Scenario((*ASK, "hi"), b"and more"),
    "ask file": Scenario((*ASK, "-f", "attached", "hi")),
    "ask output": Scenario((*ASK, "--output", "answer", "hi")),
    "ask command": Scenario(("ask", "-p", "box", "--retries", "0", "hi")),
    "keys set": Scenario(("keys", "set", "groq"), SENTINEL.encode()),
    "profiles set": Scenario(("profiles", "set", "a", "seed=1")),
}


class Rig:
    """A home with a config, a key and an answering server, in which one call may fail."""

    def __init__(self, aichat: Program, server: Server) -> None:
        self.aichat, self.server = aichat, server
        box = f"[providers.box]\nbase_url = '{server.url}/v1'\nmodels = ['m']\n"
        text = f"{OLD_CONFIG}{box}key_command = 'echo k'\n"
        self.old_config = text
        self.config = aichat.write_config(text)
        self.credentials = self.config.with_name("credentials.toml")
        hook = aichat.home / "hook"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(HOOK)
        (aichat.home / "attached").write_text("some text")
        aichat.point_groq_at(server.url)
        aichat.environ["PYTHONPATH"] = f"{hook}:{ROOT}"
        aichat.config_dir.chmod(0o700)
        self.reset()

    def reset(self) -> None:
        self.config.write_text(self.old_config)
        self.credentials.write_text(OLD_KEYS)
        self.credentials.chmod(0o600)
        for name in ("answer", "answer.partial"):
            (self.aichat.home / name).unlink(missing_ok=True)
        (self.aichat.home / "answer").write_text("old")

    def run(self, name: str, **environ: str) -> Result:
        words, stdin = SCENARIOS[name]
        if name == "keys set":
            environ["GROQ_API_KEY"] = ""  # else a line says that it comes first
        try:
            return self.aichat.run(*words, stdin=stdin, environ=environ, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return Result(b"", f"it hung for {LONGEST} s", HUNG)

    def calls(self, name: str) -> list[str]:
        """Every call of a clean run, numbered by its name: ``os.open 2``."""
        log = self.aichat.home / "log"
        log.unlink(missing_ok=True)
        done = self.run(name, FAIL_LOG=str(log))
        assert done.code == 0, done.stderr
        assert self.succeeded(name, done)
        seen: list[str] = []
        for line in log.read_text().splitlines():
            seen.append(f"{line} {sum(x.startswith(f'{line} ') for x in seen) + 1}")
        return seen

    def succeeded(self, name: str, done: Result) -> bool:
        if name == "keys set":
            return tomllib.loads(self.credentials.read_text())["keys"].get("groq") == SENTINEL
        if name == "profiles set":
            return tomllib.loads(self.config.read_text())["profiles"]["a"].get("seed") == 1
        if name == "ask output":
            return (self.aichat.home / "answer").read_text() == ANSWER
        return '"complete": true' in done.text if name == "ask json" else done.text == ANSWER

    def faults(self, name: str, call: str, done: Result) -> Iterator[str]:
        """What is wrong with how a run ended."""
        if done.code not in (0, 2, 3, 7, 8, 9, 13):
            yield f"exit {done.code}"
        if "Traceback" in done.stderr or "aichat: internal error" in done.stderr:
            yield "aichat: internal error"
        notes = done.stderr.count("the incomplete answer is in")  # beside what happened
        if len(done.stderr.splitlines()) > 2 + notes:
            yield f"{len(done.stderr.splitlines())} lines on stderr"
        if done.code and not done.stderr:
            yield "silent"
        if SENTINEL in done.stderr:
            yield "the key is shown"
        if done.code == 0 and not self.succeeded(name, done):
            yield "exit 0 without success"
        yield from self.losses(name, call, done)

    def losses(self, name: str, call: str, done: Result) -> Iterator[str]:
        keys = tomllib.loads(self.credentials.read_text()).get("keys", {})
        if keys.get("box") != "box_0123456789" or len(keys) != 1 + ("groq" in keys):
            yield "credentials lost"
        if self.credentials.stat().st_mode & 0o077:
            yield "credentials readable by others"
        config = self.config.read_text()
        if config.replace("seed = 1\n", "") != self.old_config:
            yield "config lost"
        litter = {p.name for p in self.config.parent.iterdir()} - {
            "config.toml",
            "credentials.toml",
        }
        if litter and not call.startswith("os.unlink"):
            yield f"left behind: {litter}"
        if name == "ask output":
            yield from self.lost_answer(done)

    def lost_answer(self, done: Result) -> Iterator[str]:
        """The file is the old one or the new one, and what came is there or on stdout."""
        home = self.aichat.home
        kept = (home / "answer").read_text()
        if kept not in ("old", ANSWER):
            yield "the file is neither old nor new"
        partial = home / "answer.partial"
        found = [kept, done.text, partial.read_text() if partial.exists() else ""]
        arrived = bool(self.server.requests) and done.code in (0, 13)
        if arrived and ANSWER not in found:
            yield "the answer is lost"


@pytest.fixture
def rig(aichat: Program) -> Iterator[Rig]:
    with Server(default=chat_stream(PIECES)) as server:
        yield Rig(aichat, server)


def failures(rig: Rig, name: str, calls: list[str], number: int) -> list[str]:
    """Every call that ends badly when it fails, and how."""
    found = []
    for call in calls:
        rig.reset()
        rig.server.requests.clear()
        done = rig.run(name, FAIL=call, FAIL_ERRNO=str(number))
        found += [f"{call}: {what}: {done.stderr[:300]}" for what in rig.faults(name, call, done)]
    return found


FILE = ("os.open", "file.write", "os.fsync", "os.chmod", "os.replace", "os.close", "os.stat")
#: The kinds of calls that each scenario is there for; the long test takes them all.
SAMPLES: dict[str, tuple[str, ...]] = {
    "ask": (
        "open",
        "socket.getaddrinfo",
        "socket.connect",
        "socket.setsockopt",
        "socket.send",
        "socket.recv",
        "stdout.write",
    ),
    "ask json": ("stdout.write",),
    "ask stdin": ("os.read", "select.select"),
    "ask file": ("open",),
    "ask output": FILE,
    "ask command": ("subprocess.run",),
    "keys set": ("open", "os.read", "os.mkdir", *FILE),
    "profiles set": ("open", "os.mkdir", *FILE),
}


@pytest.mark.parametrize(
    "name", [n if n in ("ask", "keys set") else long_case(n) for n in SCENARIOS]
)
def test_the_first_and_the_last_call_of_each_kind_may_fail(rig: Rig, name: str) -> None:
    calls = rig.calls(name)
    sample = []
    for kind in SAMPLES[name]:
        these = [call for call in calls if call.startswith(f"{kind} ")]
        assert these, f"the hook saw no call of {kind}"
        sample += dict.fromkeys((these[0], these[-1]))
    assert failures(rig, name, sample, errno.ENOSPC) == []


@pytest.mark.long
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EACCES, errno.ENOMEM])
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_call_may_fail(rig: Rig, name: str, number: int) -> None:
    assert failures(rig, name, rig.calls(name), number) == []


# -- the answer that had arrived


def fail(rig: Rig, name: str, call: str, number: int = errno.EIO) -> Result:
    rig.reset()
    return rig.run(name, FAIL=call, FAIL_ERRNO=str(number))


def test_what_had_arrived_when_the_link_broke_is_printed(rig: Rig) -> None:
    received = [call for call in rig.calls("ask") if call.startswith("socket.recv ")]
    texts = {}
    for call in received:
        done = fail(rig, "ask", call)
        texts[done.text.removesuffix("\n")] = done.code
    assert texts.get("", 8) == 8
    for text, code in texts.items():
        assert "Hello, world.".startswith(text)
        whole = text == "Hello, world."  # the finish reason may still have been lost
        assert code in ((8,) if not text else (0, 9) if whole else (9,))


def test_an_answer_that_cannot_be_saved_is_printed(rig: Rig) -> None:
    rig.run("ask")  # makes the store, which is not what fails here
    calls = rig.calls("ask output")
    opened = [call for call in calls[: calls.index("file.write 1")] if call.startswith("os.open ")]
    for call in (opened[-1], "file.write 1", "os.fsync 1", "os.replace 1"):
        done = fail(rig, "ask output", call, errno.ENOSPC)
        assert (done.code, done.text) == (13, ANSWER), call
        assert "No space left on device" in done.stderr
        assert (rig.aichat.home / "answer").read_text() == "old"


def test_a_link_that_breaks_leaves_the_file_and_writes_a_partial_one(rig: Rig) -> None:
    home = rig.aichat.home
    for call in [c for c in rig.calls("ask output") if c.startswith("socket.recv ")]:
        done = fail(rig, "ask output", call)
        if done.code == 9:
            text = (home / "answer.partial").read_text()
            assert ANSWER.startswith(text.removesuffix("\n"))
            assert text.strip()
            assert (home / "answer").read_text() == "old"
            return
        assert done.code in (0, 8)
    pytest.fail("no call of recv cut the answer")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_stdout_that_fails_is_exit_13_with_the_reason(rig: Rig, number: int) -> None:
    done = fail(rig, "ask", "stdout.write 1", number)
    assert done.code == 13
    assert ANSWER.encode().startswith(done.stdout)  # what is buffered may still get out
    assert len(done.stderr.splitlines()) <= 2
    assert {errno.ENOSPC: "No space left", errno.EIO: "Input/output error"}[number] in done.stderr


@pytest.mark.parametrize(
    ("call", "code"),
    [("socket.getaddrinfo 1", 8), ("socket.connect 1", 8), ("socket.recv 1", 8)],
)
def test_a_link_that_never_was_is_a_network_fault(rig: Rig, call: str, code: int) -> None:
    done = fail(rig, "ask", call, errno.EHOSTUNREACH)
    assert (done.code, done.stdout) == (code, b"")
    assert done.stderr.startswith("aichat: groq openai/gpt-oss-120b: ")


def test_a_key_command_that_cannot_be_started_is_told(rig: Rig) -> None:
    done = fail(rig, "ask command", "subprocess.run 1", errno.EAGAIN)
    assert (done.code, done.stdout) == (3, b"")
    assert "key_command" in done.stderr
