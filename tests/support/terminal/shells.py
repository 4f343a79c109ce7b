"""Real shells on a pseudo-terminal: the line before and after a tab."""

import fcntl
import os
import re
import select
import shutil
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pytest

#: The key that makes the shell print its line, then clear it.
_REPORT_KEY = b"\x07"  # Ctrl-G

_START = {
    "bash": """
PS1='ready> '; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
bind 'set completion-query-items 0'; bind 'set page-completions off'
bind 'set show-all-if-ambiguous on'
_told() { printf '<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE=; }
bind -x '"\\C-g": _told'
. COMPLETIONS
""",
    "zsh": """
unset zle_bracketed_paste; PS1='ready> '; autoload -U compinit; compinit -u -D
setopt no_list_beep auto_list no_always_last_prompt no_auto_menu; LISTMAX=0
_told() { print -r -- "<<$BUFFER>>"; BUFFER=; zle .reset-prompt }
zle -N _told; bindkey '^G' _told
. COMPLETIONS
""",
    "fish": """
function fish_prompt; echo -n 'ready> '; end
function fish_right_prompt; end
function _told; printf '<<%s>>\\n' (commandline | string collect); commandline -r ''; end
bind \\cg _told
source COMPLETIONS
""",
}

_OPTIONS = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i"),
    "fish": ("--no-config", "-i"),
}


def require_shell(shell: str) -> str:
    """The path of a shell; skips the test if it is not installed."""
    return shutil.which(shell) or pytest.skip(f"{shell} is not installed here")


class Shell:
    """A running shell with our completion file loaded."""

    def __init__(self, name: str, completions: Path, folder: Path, environ: Mapping[str, str]):
        command = (require_shell(name), *_OPTIONS[name])
        self.master, slave = os.openpty()
        environ = {"TERM": "dumb" if name == "bash" else "vt100", "COLUMNS": "200", **environ}
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environ,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        start = folder / f"start.{name}"
        start.write_text(_START[name].replace("COMPLETIONS", f"'{completions}'"))
        self.send(f". '{start}'; echo be''gun\r".encode())
        self.read_until("begun\r", "ready> ")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self.master)

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def read_until(self, *marks: str, seconds: float = 20) -> str:
        """The shell's output until it contains ``marks`` in order."""
        data, place, end = b"", 0, time.monotonic() + seconds
        for mark in marks:
            while (found := data.find(mark.encode(), place)) < 0:
                ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
                assert ready, f"no {mark!r} in {data!r}"
                data += os.read(self.master, 1 << 16)
            place = found + len(mark)
        return data.decode("utf-8", "replace")

    def complete(self, typed: str) -> tuple[str, str]:
        """The line and the listed candidates after ``typed`` and a tab."""
        self.send(typed.encode() + b"\t" + _REPORT_KEY)
        seen = self.read_until(">>")
        found = re.search(r"<<(.*)>>", seen, re.S)
        assert found, seen
        return found[1], seen[: found.start()]
