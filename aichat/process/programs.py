"""Starting programs, always with a scrubbed environment, and with limits."""

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
from aichat.process.threads import start_thread, unshielded
from aichat.process.world import World
from aichat.values import NamedTuple

if TYPE_CHECKING:
    import subprocess

#: The most bytes of output, and seconds to wait.
MAX_BYTES, MAX_SECONDS = 1_000_000, 60.0

#: Suffixes of variables that hold a secret.
_SECRET_SUFFIXES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


def scrub_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program of the user."""
    return {n: v for n, v in environ.items() if not n.upper().endswith(_SECRET_SUFFIXES)}


#: Variables by which an editor, clipboard tool or player finds its display, files and settings.
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
    """The environment for a program that we start ourselves: an editor, clipboard tool or player.

    Only variables known to be needed are passed, and none that is named like a secret.
    """
    return scrub_environment(_chosen(environ, _DESKTOP_VARIABLES, _DESKTOP_PREFIXES))


def _chosen(
    environ: Mapping[str, str], names: Collection[str], prefixes: tuple[str, ...]
) -> dict[str, str]:
    return {n: value for n, value in environ.items() if n in names or n.startswith(prefixes)}


#: Variables by which a password store finds its vault, its agent and its server.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_STORE_VARIABLES = ("SSH_AUTH_SOCK", "SSH_AGENT_PID", *_PROXIES, *map(str.upper, _PROXIES))
_STORE_PREFIXES = (
    *("GPG_", "GNUPG", "PASSWORD_STORE_", "GOPASS_", "LPASS_", "OP_", "BW_", "BWS_", "VAULT_"),
    *("AWS_", "AZURE_", "CLOUDSDK_", "GOOGLE_APPLICATION_", "DOPPLER_", "SOPS_", "SSL_CERT_"),
)


def store_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a ``key_command``: the desktop's, plus what password stores need.

    It contains no key of another provider.
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
    """The output of a shell command: both streams, and its exit status if not 0. Errors: ``usage``.

    ``named`` are additional variables, ``arguments`` the shell's, from ``$0`` on. The
    ``interpreter`` is the user's own shell unless named.
    """
    import subprocess  # here and below, since most runs start no program

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


# -- programs that a model runs

#: Variables that a tool's program may have: nothing that could be a secret.
_TOOL_VARIABLES = frozenset(
    ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
)

#: Seconds between asking a program to end and killing it, and between two checks.
END_SECONDS, _LOOK_SECONDS = 1.0, 0.05


def tool_environment(
    environ: Mapping[str, str], named: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment for a tool or server: the common variables, and those ``named`` for it.

    The value ``$NAME`` stands for that variable's value.
    """
    allowed = _chosen(environ, _TOOL_VARIABLES, ("LC_",))
    for name, value in (named or {}).items():
        allowed[name] = environ.get(value[1:], "") if value.startswith("$") else value
    return allowed


def _start(
    argv: Sequence[str], folder: Path, environ: Mapping[str, str], *, is_given: bool = True
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, with pipes as streams; stdin is empty by default."""
    import subprocess

    pipe = subprocess.PIPE
    with unshielded():
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
    """How a program ended (-N: by signal N), and its output, as far as it is kept."""

    status: int
    stdout: bytes
    stderr: bytes
    size: int  # bytes of stdout, kept or not


class BackgroundProgram:
    """A program in a session of its own, without access to the terminal or our keys.

    Errors: ``OSError``, ``ValueError`` if it cannot be started.
    """

    def __init__(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str], given: bytes = b""
    ) -> None:
        self._given = given
        self._process = _start(argv, folder, environ, is_given=bool(given))
        _running.append(self)

    def result(self, kept: int, see: Callable[[bytes], object] = len) -> ProgramResult:
        """Wait for its end; ``see`` gets all its output, of which ``kept`` bytes are kept."""
        output, process = _Output(kept, see), self._process
        with selectors.DefaultSelector() as waiting:
            for stream in filter(None, (process.stdout, process.stderr)):
                waiting.register(stream, selectors.EVENT_READ)
            if process.stdin:
                os.set_blocking(process.stdin.fileno(), False)
                waiting.register(process.stdin, selectors.EVENT_WRITE)
            while waiting.get_map():
                has_ended = process.poll() is not None  # before the last output
                ready = waiting.select(0 if has_ended else _LOOK_SECONDS)
                for key, _ in ready:
                    if not self._exchange(key.fileobj, output):
                        waiting.unregister(key.fileobj)
                if has_ended and not ready:
                    break  # its descendants may hold the pipes open
        status = process.wait()
        with suppress(ValueError):  # it may be ended from elsewhere
            _running.remove(self)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(OSError):
                stream.close()
        return ProgramResult(status, bytes(output.stdout), bytes(output.stderr), output.size)

    def _exchange(self, stream: Any, output: "_Output") -> bool:
        """Read or write what is possible; False at the end of a stream."""
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
        """Ask it and its descendants to end, and kill them a second later, without waiting here."""
        self.terminate()
        start_thread(lambda: self.end(time.monotonic() + END_SECONDS))

    def terminate(self) -> None:
        """Ask it and its descendants to end."""
        self._signal(signal.SIGTERM)

    def end(self, until: float) -> None:
        """Wait for its end until that time (``time.monotonic``), then kill what is left."""
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _signal(self, signum: int) -> None:
        with suppress(OSError):  # it has ended
            os.killpg(self._process.pid, signum)


#: Programs that are running.
_running: list[BackgroundProgram] = []


def end_programs() -> None:
    """End all running programs and their descendants, who get a second to do so themselves."""
    programs, until = [*_running], time.monotonic() + END_SECONDS
    for program in programs:
        program.terminate()
    for program in programs:
        program.end(until)


#: Bytes read or written at once.
_PIECE = 1 << 16


class _Output:
    """The output of a program, as far as it is kept."""

    def __init__(self, kept: int, see: Callable[[bytes], object]) -> None:
        self.stdout, self.stderr, self.size = bytearray(), bytearray(), 0
        self._kept, self._see = kept, see

    def add(self, data: bytes, *, is_error: bool) -> None:
        """Add output: of stdout the beginning is kept, of stderr the end."""
        self._see(data)
        if is_error:
            self.stderr += data
            del self.stderr[: -self._kept]
            return
        self.size += len(data)
        self.stdout += data[: self._kept - len(self.stdout)]


# -- programs that we talk to

#: The most bytes of a server's line, and of its stderr that are kept in a file.
MAX_LINE, _MAX_LOG = 16 << 20, 1 << 20

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

#: A shell script that waits for the end of its input, which we hold, and then ends a session.
_WATCH = 'read _; kill -TERM "-$1"; sleep 1; kill -KILL "-$1"'


def _watch_session(leader: int) -> "subprocess.Popen[bytes] | None":
    """Start a shell that ends a program's session once we are gone, for whatever reason.

    The kernel's own way (Linux: PR_SET_PDEATHSIG) is tied to the thread that starts a
    program, and does not cover the program's children. None if there is no such shell.
    """
    import subprocess

    try:
        with unshielded():
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
    """A program that we talk to in lines, in a session of its own, which ends with us.

    Its stderr goes to the file ``log``, up to a limit.
    Errors: ``OSError``, ``ValueError`` if it cannot be started.
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
        """Send a line. Errors: ``OSError``, ``ValueError`` if it no longer reads."""
        left = memoryview(line + b"\n")
        with self._writing:
            while left:
                left = left[os.write(_handle(self._process.stdin), left) :]

    def lines(self) -> Iterator[bytes]:
        """Its output until it ends. Errors: ``ValueError`` for a line that is too long."""
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
        """Its exit status (-N: by signal N); None if it is still running after so many seconds."""
        import subprocess

        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll()

    def end(self) -> None:
        """End it and its descendants: by closing its input, then by asking, then by force."""
        with suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        for signum in (signal.SIGTERM, _KILL):
            if self.status_within(END_SECONDS) is not None:
                break
            self._signal(signum)
        self._signal(_KILL)  # whatever is left in its session
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
        """In a thread: keep the beginning of its stderr, and just read the rest."""
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
    """The file descriptor of a pipe. Errors: ``ValueError`` if it is closed."""
    return int(stream.fileno())
