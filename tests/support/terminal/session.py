"""The chat's session without a process or a pty of its own: what it says is read off paper."""

from collections.abc import Sequence
from io import BytesIO

from aichat.core.cli.options import AskOptions
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASH_COMMANDS
from tests.support.running.program import Program


class Paper:
    """A session on a terminal of 80 columns; ``choices`` are what the user picks, in order."""

    def __init__(self, aichat: Program, choices: Sequence[int | None] = (), **options: object):
        self._out = BytesIO()
        environ = {"TERM": "xterm-256color", "COLUMNS": "80", "NO_COLOR": "1"} | aichat.environ
        clock = Clock(lambda: 1e9, lambda: 0.0, aichat.waits.append, lambda: 0.5)
        world = World(environ, None, self._out, self._out, True, True, clock, stderr_tty=True)
        self.session = Session(world, AskOptions().with_changes(**options))
        self.picked: list[tuple[str, list[str]]] = []  # what the user chose from
        self.choices = [*choices]
        self.session.pick = self._pick

    def _pick(self, title: str, lines: list[str]) -> int | None:
        self.picked.append((title, lines))
        return self.choices.pop(0)

    def say(self, line: str) -> str:
        """A line of the user's, a command or a question; what is shown of it."""
        before = self._out.tell()
        name, _, rest = line[1:].partition(" ")
        if line.startswith("/"):
            SLASH_COMMANDS.find(name).run(self.session, rest)
        else:
            self.session.ask(line)
        return self._out.getvalue()[before:].decode()

    @property
    def shown(self) -> str:
        """All that was shown."""
        return self._out.getvalue().decode()
