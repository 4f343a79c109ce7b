"""The clipboard: the system's own tools, tmux's buffer, or else the terminal."""

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from tempfile import TemporaryFile

from aichat.errors import usage_error
from aichat.process.programs.environment import desktop_environment
from aichat.process.world import World

#: Programs that take a text on stdin, and the variable that they require.
_TOOLS = (
    (("wl-copy",), "WAYLAND_DISPLAY"),
    (("xclip", "-selection", "clipboard"), "DISPLAY"),
    (("xsel", "--clipboard", "--input"), "DISPLAY"),
    (("pbcopy",), ""),
    (("clip.exe",), ""),
)
_TIMEOUT_SECONDS = 5.0

#: Programs that print the clipboard's content, best first: a picture, then a text.
_READERS = (
    (("wl-paste", "--no-newline", "--type", "image/png"), "WAYLAND_DISPLAY"),
    (("wl-paste", "--no-newline"), "WAYLAND_DISPLAY"),
    (("xclip", "-selection", "clipboard", "-t", "image/png", "-o"), "DISPLAY"),
    (("xclip", "-selection", "clipboard", "-o"), "DISPLAY"),
    (("xsel", "--clipboard", "--output"), "DISPLAY"),
    (("pngpaste", "-"), ""),
    (("pbpaste",), ""),
)
#: The most bytes to read from the clipboard.
MAX_COPIED = 50_000_000


def copy_text(world: World, text: str) -> str:
    """Copy ``text`` and return how. Only ever called at the user's command."""
    commands = _usable_commands(world.environ, _TOOLS)
    tool = next((c[0] for c in commands if _run(c, text, world.environ)), "")
    if means := [*filter(None, (tool, _copy_to_tmux(world.environ, text)))]:
        return " and ".join(means)
    data = b64encode(text.encode("utf-8", "replace")).decode()
    world.write_text(f"\x1b]52;c;{data}\x07")
    return "OSC 52: where the terminal allows it"


def _copy_to_tmux(environ: Mapping[str, str], text: str) -> str:
    """Fill tmux's buffer, and return how; empty if there is no tmux, or it failed.

    tmux drops the terminal's sequence from programs unless configured otherwise, but passes
    on its own (``-w``, since 3.2).
    """
    program = shutil.which("tmux", path=environ.get("PATH")) if environ.get("TMUX") else None
    if program is None:
        return ""
    if _run((program, "load-buffer", "-w", "-"), text, environ):
        return "tmux's buffer, and the terminal's clipboard where tmux and terminal allow it"
    return "tmux's buffer" if _run((program, "load-buffer", "-"), text, environ) else ""


def read_content(world: World) -> bytes:
    """The clipboard's content: a picture if there is one, else the text.

    Errors: ``usage`` if it is empty, or no installed program can read it.
    """
    commands = [*_usable_commands(world.environ, _READERS)]
    if not commands:
        hint = "install wl-clipboard, xclip, xsel or pngpaste"
        raise usage_error("the clipboard cannot be read here", hint)
    for command in commands:
        data = _output(command, world.environ)
        if data:
            return data
    raise usage_error("the clipboard is empty")


def _output(command: tuple[str, ...], environ: Mapping[str, str]) -> bytes:
    """The output of a program; empty if it fails, and an error if it is too large."""
    try:
        with TemporaryFile() as file:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.DEVNULL,
                env=desktop_environment(environ),
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
            file.seek(0)
            data = file.read(MAX_COPIED + 1)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    if len(data) > MAX_COPIED:
        raise usage_error(f"the clipboard has more than {MAX_COPIED / 10**6:g} MB")
    return b"" if done.returncode else data


def _usable_commands(
    environ: Mapping[str, str], programs: Iterable[tuple[tuple[str, ...], str]]
) -> Iterator[tuple[str, ...]]:
    for command, variable in programs:
        there = shutil.which(command[0], path=environ.get("PATH"))
        if there and (not variable or environ.get(variable)):
            yield (there, *command[1:])


def _run(command: tuple[str, ...], text: str, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            command,
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,  # xclip keeps running, and would hold a pipe open
            stderr=subprocess.DEVNULL,
            env=desktop_environment(environ),
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
