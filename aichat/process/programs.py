"""Every program that is started: with a scrubbed environment, and limits."""

import os
import selectors
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aichat.errors import usage_error
from aichat.process.threads import start_thread
from aichat.process.world import World
from aichat.values import NamedTuple

if TYPE_CHECKING:
    import subprocess

#: Bytes that are taken, and seconds that are waited.
MAX_BYTES, MAX_SECONDS = 1_000_000, 60.0

#: How the names of variables end that hold a secret.
_SECRET_SUFFIXES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


def scrub_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that a program of the user's may have."""
    return {n: v for n, v in environ.items() if not n.upper().endswith(_SECRET_SUFFIXES)}


#: What an editor, a clipboard or a player finds its display, its files and its settings by.
_DESKTOP_VARIABLES = frozenset(
    (
        *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"),
        *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "COLORTERM"),
        *("TERMINFO", "TERM_PROGRAM", "TMUX", "TMUX_PANE", "EDITOR", "VISUAL", "PAGER"),
        *("COLUMNS", "LINES", "MYVIMRC", "VIMINIT", "NO_COLOR", "WSL_DISTRO_NAME", "WSL_INTEROP"),
    )
)
_DESKTOP_PREFIXES = (
    *("LC_", "XDG_", "VIM", "NVIM", "EMACS", "KITTY_", "WEZTERM_"),
    *("PULSE_", "PIPEWIRE_", "ALSA_", "AUDIO", "JACK_", "SDL_"),
)


def desktop_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that we start for the user: an editor, a clipboard, a player.

    Only what is known to be needed passes, and of that nothing that is named like a secret.
    """
    return scrub_environment(_chosen(environ, _DESKTOP_VARIABLES, _DESKTOP_PREFIXES))


def _chosen(
    environ: Mapping[str, str], names: Collection[str], prefixes: tuple[str, ...]
) -> dict[str, str]:
    return {n: value for n, value in environ.items() if n in names or n.startswith(prefixes)}


#: What a password store finds its vault, its agent and the way to its server by.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_STORE_VARIABLES = ("SSH_AUTH_SOCK", "SSH_AGENT_PID", *_PROXIES, *map(str.upper, _PROXIES))
_STORE_PREFIXES = (
    *("GPG_", "GNUPG", "PASSWORD_STORE_", "GOPASS_", "LPASS_", "OP_", "BW_", "BWS_", "VAULT_"),
    *("AWS_", "AZURE_", "CLOUDSDK_", "GOOGLE_APPLICATION_", "DOPPLER_", "SOPS_", "SSL_CERT_"),
)


def store_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a ``key_command``: that of the desktop, and what password stores need.

    No key of another provider is among it.
    """
    return desktop_environment(environ) | _chosen(environ, _STORE_VARIABLES, _STORE_PREFIXES)


def command_output(
    world: World,
    command: str,
    named: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    *,
    interpreter: str | None = None,
    seconds: float = MAX_SECONDS,
) -> str:
    """Both its streams, and its exit status where that is not 0. Errors: ``usage``.

    ``named`` are variables that it has beside ours, ``arguments`` those of the shell: ``$0`` and
    on. The ``interpreter`` is the user's own shell if none is named.
    """
    import subprocess  # here and below, for most asks start no program

    shell = interpreter or world.environ.get("SHELL") or "/bin/sh"
    try:
        done = subprocess.run(
            [shell, "-c", command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**scrub_environment(world.environ), **(named or {})},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise usage_error(f"`{command}` did not finish within {seconds:.0f} s") from None
    except OSError as error:
        raise usage_error(f"cannot run {shell}: {error.strerror}") from error
    if len(done.stdout) > MAX_BYTES:
        raise usage_error(f"`{command}` printed more than {MAX_BYTES / 10**6:g} MB")
    status = f"[exit status {done.returncode}]\n" if done.returncode else ""
    return done.stdout.decode("utf-8", "replace") + status


# -- programs that a model has run

#: The variables that a tool's program may have: nothing that could be a secret.
_TOOL_VARIABLES = frozenset(
    ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
)

#: Seconds between asking a program to end and ending it, and between two looks at it.
END_SECONDS, _LOOK_SECONDS = 1.0, 0.05


def tool_environment(
    environ: Mapping[str, str], named: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a tool or a server: what all have, and what is ``named`` for it.

    A named value that is ``$NAME`` is that variable's.
    """
    allowed = _chosen(environ, _TOOL_VARIABLES, ("LC_",))
    for name, value in (named or {}).items():
        allowed[name] = environ.get(value[1:], "") if value.startswith("$") else value
    return allowed


def _start(
    argv: Sequence[str], folder: Path, environ: Mapping[str, str], *, is_given: bool = True
) -> "subprocess.Popen[bytes]":
    """A program in a session of its own, its streams pipes; nothing on its stdin if not given."""
    import subprocess

    pipe = subprocess.PIPE
    return subprocess.Popen(
        argv,
        stdin=pipe if is_given else subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        cwd=folder,
        env=dict(environ),
        start_new_session=True,
        bufsize=0,
    )


class ProgramResult(NamedTuple):
    """How a program ended (-N: by signal N), and what it wrote, as far as that is kept."""

    status: int
    stdout: bytes
    stderr: bytes
    size: int  # bytes of stdout, kept or not


class BackgroundProgram:
    """A program in a session of its own: no terminal can be reached from it, nor our keys.

    Errors: ``OSError``, ``ValueError`` where it cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], given: bytes = b""
    ) -> None:
        self._given = given
        self._process = _start(argv, folder, environ, is_given=bool(given))
        _running.append(self)

    def result(self, kept: int, see: Callable[[bytes], object] = len) -> ProgramResult:
        """Wait for its end; ``see`` gets all that it writes, of which ``kept`` bytes are kept."""
        output, process = _Output(kept, see), self._process
        with selectors.DefaultSelector() as waiting:
            for stream in filter(None, (process.stdout, process.stderr)):
                waiting.register(stream, selectors.EVENT_READ)
            if process.stdin:
                os.set_blocking(process.stdin.fileno(), False)
                waiting.register(process.stdin, selectors.EVENT_WRITE)
            while waiting.get_map():
                has_ended = process.poll() is not None  # before the last of its output is read
                ready = waiting.select(0 if has_ended else _LOOK_SECONDS)
                for key, _ in ready:
                    if not self._exchange(key.fileobj, output):
                        waiting.unregister(key.fileobj)
                if has_ended and not ready:
                    break  # what it has left running may hold the pipes open
        status = process.wait()
        with suppress(ValueError):  # it is ended from elsewhere
            _running.remove(self)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(OSError):
                stream.close()
        return ProgramResult(status, bytes(output.stdout), bytes(output.stderr), output.size)

    def _exchange(self, stream: Any, output: "_Output") -> bool:
        """Read or write what can be; False where there is no more to come."""
        process = self._process
        try:
            if stream is process.stdin and stream is not None:
                self._given = self._given[os.write(stream.fileno(), self._given[:_PIECE]) :]
                if not self._given:
                    stream.close()
                return bool(self._given)
            data = os.read(stream.fileno(), _PIECE)
        except OSError:
            return False
        output.add(data, is_error=stream is process.stderr)
        return bool(data)

    def stop(self) -> None:
        """Ask it and all that it started to end; a second later they are ended. Nobody waits."""
        self.terminate()
        start_thread(lambda: self.end(time.monotonic() + END_SECONDS))

    def terminate(self) -> None:
        """Ask it and all that it started to end."""
        self._signal(signal.SIGTERM)

    def end(self, until: float) -> None:
        """Wait for its end until then, by ``time.monotonic``; what is left of it is ended."""
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _signal(self, signum: int) -> None:
        with suppress(OSError):  # it has ended
            os.killpg(self._process.pid, signum)


#: What has been started and has not ended.
_running: list[BackgroundProgram] = []


def end_programs() -> None:
    """End all that run still, and what they have started: a second for them to do it themselves."""
    programs, until = [*_running], time.monotonic() + END_SECONDS
    for program in programs:
        program.terminate()
    for program in programs:
        program.end(until)


#: Bytes that are read or written at once.
_PIECE = 1 << 16


class _Output:
    """What a program writes, as far as it is kept."""

    def __init__(self, kept: int, see: Callable[[bytes], object]) -> None:
        self.stdout, self.stderr, self.size = bytearray(), bytearray(), 0
        self._kept, self._see = kept, see

    def add(self, data: bytes, *, is_error: bool) -> None:
        """More of it: of stdout the beginning is kept, of stderr the end."""
        self._see(data)
        if is_error:
            self.stderr += data
            del self.stderr[: -self._kept]
            return
        self.size += len(data)
        self.stdout += data[: self._kept - len(self.stdout)]


# -- programs that are spoken with

#: Bytes of one line of a server, and of its stderr that are kept in a file.
MAX_LINE, _MAX_LOG = 16 << 20, 1 << 20

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

#: Waits for the end of its input, which is ours, and ends the session of a program then.
_WATCH = 'read _; kill -TERM "-$1"; sleep 1; kill -KILL "-$1"'


def _watch_session(leader: int) -> "subprocess.Popen[bytes] | None":
    """A shell that ends a program's session once we are gone, however that came.

    A kernel's own means for it (Linux: PR_SET_PDEATHSIG) is tied to the thread that starts a
    program, and is not there for what the program starts. None where there is no such shell.
    """
    import subprocess

    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "sh", str(leader)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )
    except OSError:
        return None


class ServerProgram:
    """A program that is spoken with by lines, in a session of its own, which ends with us.

    Its stderr goes to the file ``log``, as far as that is kept.
    Errors: ``OSError``, ``ValueError`` where it cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], log: Path
    ) -> None:
        self._log, self._writing = log, threading.Lock()
        self._is_logged = threading.Event()
        self._process = _start(argv, folder, environ)
        self._watch = _watch_session(self._process.pid)
        start_thread(self._keep_stderr)

    def write_line(self, line: bytes) -> None:
        """Send a line. Errors: ``OSError``, ``ValueError`` where nobody reads any more."""
        left = memoryview(line + b"\n")
        with self._writing:
            while left:
                left = left[os.write(_handle(self._process.stdin), left) :]

    def lines(self) -> Iterator[bytes]:
        """What it says, to its end. Errors: ``ValueError`` for a line that is out of bounds."""
        begun, size = [], 0
        while chunk := self._read(self._process.stdout):
            first, *rest = chunk.split(b"\n")
            begun.append(first)
            size += len(first)
            for piece in rest:
                yield b"".join(begun)
                begun, size = [piece], len(piece)
            if size > MAX_LINE:
                raise ValueError(f"a line of over {MAX_LINE >> 20} MB")

    def status_within(self, seconds: float) -> int | None:
        """Its exit status (-N: by signal N); None where it runs still after so many seconds."""
        import subprocess

        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll()

    def end(self) -> None:
        """Have it end, and all that it started: by the end of its input, by word, by force."""
        with suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        for signum in (signal.SIGTERM, _KILL):
            if self.status_within(END_SECONDS) is not None:
                break
            self._signal(signum)
        self._signal(_KILL)  # whatever it has left behind in its session
        self._process.wait()
        self._is_logged.wait(END_SECONDS)  # what it said last is in the pipe still
        if self._watch:
            self._watch.kill()
            self._watch.wait()

    def _read(self, stream: Any) -> bytes:
        try:
            return os.read(_handle(stream), _PIECE)
        except (OSError, ValueError):  # it is closed
            return b""

    def _keep_stderr(self) -> None:
        """In a thread: the beginning of what it complains of is kept, the rest is only read."""
        left = _MAX_LOG
        try:
            file = self._log.open("wb", buffering=0)
        except OSError:
            file = None
        while data := self._read(self._process.stderr):
            if file and left > 0:
                with suppress(OSError):
                    left -= file.write(data[:left]) or 0
        if file:
            file.close()
        self._is_logged.set()

    def _signal(self, signum: int) -> None:
        with suppress(OSError):  # it has ended
            os.killpg(self._process.pid, signum)


def _handle(stream: Any) -> int:
    """The file descriptor of a pipe. Errors: ``ValueError`` where it is closed."""
    return int(stream.fileno())
