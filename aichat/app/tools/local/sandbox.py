"""Confining a model's programs in the system's own sandbox, if it has one that works.

Inside, the system is read-only, the home folder and ``/tmp`` are empty, the tools' root is
there, and there is no network. Which programs are confined is decided where they are run.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from aichat.disk.files.rooted import RootedFolder
from aichat.values import NamedTuple

#: Their fixed paths: Ubuntu, for one, allows namespaces only to this bubblewrap.
BUBBLEWRAP, SANDBOX_EXEC = Path("/usr/bin/bwrap"), Path("/usr/bin/sandbox-exec")

#: Time limit of a trial, in seconds.
_TRIAL_SECONDS = 5.0


class SandboxPlace(NamedTuple):
    """A sandbox's folders: programs can write below ``root`` and cannot see ``hidden``."""

    root: Path
    folder: Path
    home: Path
    hidden: tuple[Path, ...] = ()


#: Makes the words that run a program in a sandbox.
Wrap = Callable[[Sequence[str], SandboxPlace], list[str]]


def bubblewrap_command(argv: Sequence[str], place: SandboxPlace) -> list[str]:
    """A program in its own namespaces. Source: bwrap(1)."""
    words = [str(BUBBLEWRAP), "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/"]
    bind = ["--bind", str(place.root), str(place.root)]
    holds_home = place.root in place.home.parents
    if holds_home:  # an empty one must cover it
        words += bind
    words += ["--dev", "/dev", "--proc", "/proc"]
    for empty in ("/tmp", "/var/tmp", "/run", str(place.home)):  # noqa: S108  they are empty
        if Path(empty).is_dir() and Path(empty) != place.root:
            words += ["--tmpfs", empty]
    if not holds_home:
        words += bind
    for hidden in place.hidden:
        if hidden.is_dir() and place.root in hidden.parents:
            words += ["--tmpfs", str(hidden)]
    return [*words, "--chdir", str(place.folder), "--", *argv]


#: What macOS allows a program; paths are parameters, so that they cannot change the rules.
_PROFILE = """(version 1)
(allow default)
(deny network*)
(deny file-write*)
(allow file-write* (subpath (param "ROOT")) (literal "/dev/null") (literal "/dev/zero"))
(deny file-read* (subpath (param "HOME")))
(allow file-read* (subpath (param "ROOT")))
(allow file-read-metadata)
"""


def sandbox_exec_command(argv: Sequence[str], place: SandboxPlace) -> list[str]:
    """A program under a profile. Source: sandbox-exec(1), sandbox.kb of macOS."""
    names = ("-D", f"ROOT={place.root}", "-D", f"HOME={place.home}")
    profile, words = _PROFILE, [str(SANDBOX_EXEC), *names]
    for number, path in enumerate(place.hidden):
        words += ["-D", f"HIDDEN{number}={path}"]
        profile += f'(deny file* (subpath (param "HIDDEN{number}")))\n'
    return [*words, "-p", profile, *argv]


@lru_cache(maxsize=1)
def find_sandbox() -> Wrap | None:
    """The system's sandbox; None if there is none, or it does not work here."""
    if BUBBLEWRAP.exists():
        wrap: Wrap = bubblewrap_command
    elif SANDBOX_EXEC.exists():
        wrap = sandbox_exec_command
    else:
        return None
    import subprocess  # here, since few questions start a program

    root = Path("/")
    try:
        done = subprocess.run(
            wrap(["/usr/bin/true"], SandboxPlace(root, root, Path.home())),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return wrap if done.returncode == 0 else None


class SandboxRule(NamedTuple):
    """The setting ``[rules] sandbox``: ``auto`` (if there is one), ``require`` or ``off``."""

    setting: str = "off"

    @property
    def wrap(self) -> Wrap | None:
        """The sandbox to use; None: a program can do whatever its user can."""
        return None if self.setting == "off" else find_sandbox()

    @property
    def refusal(self) -> str:
        """Why nothing is run."""
        is_lacking = self.setting == "require" and find_sandbox() is None
        return "there is no sandbox here, and [rules] requires one" if is_lacking else ""

    @property
    def terms(self) -> str:
        """The note for the user who decides."""
        if self.wrap:
            return "sandbox: no network, writes here only"
        return "" if self.setting == "off" else "no sandbox here: install bubblewrap"

    def command(self, argv: Sequence[str], root: RootedFolder, folder: Path) -> list[str]:
        """The words to run in place of ``argv``."""
        wrap = self.wrap
        if wrap is None:
            return [*argv]
        return wrap(argv, SandboxPlace(root.path, folder, Path.home(), root.ours))
