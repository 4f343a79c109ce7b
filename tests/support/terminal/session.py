"""The chat's session without a separate process or pty, with its output captured."""

from collections.abc import Sequence
from io import BytesIO

from aichat.core.cli.options import AskOptions
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.repl.loop import Loop
from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASH_COMMANDS
from aichat.term.prompt.prompt import PromptResult
from tests.support.running.program import Program


class Script:
    """A prompt that returns given lines and then ends; ^C clears a line."""

    def __init__(self, lines: list[str], drafts: list[str]) -> None:
        self._lines, self._drafts = lines, drafts

    def read(self, draft: str) -> PromptResult:
        """The next line, in place of ``draft``."""
        self._drafts.append(draft)
        if not self._lines:
            return PromptResult("", "leave")
        line = self._lines.pop(0)
        return PromptResult("x", "interrupt") if line == "\x03" else PromptResult(line, typed=line)


class Paper:
    """A session on a terminal of 80 columns; ``choices`` are the user's picks, in order."""

    def __init__(self, aichat: Program, choices: Sequence[int | None] = (), **options: object):
        self.aichat, self._out = aichat, BytesIO()
        environ = {"TERM": "xterm-256color", "COLUMNS": "80", "NO_COLOR": "1"} | aichat.environ
        clock = Clock(lambda: 1e9, lambda: 0.0, aichat.waits.append, lambda: 0.5)
        world = World(environ, None, self._out, self._out, True, True, clock, stderr_tty=True)
        self.session = Session(world, AskOptions().with_changes(**options))
        self.picked: list[tuple[str, list[str]]] = []  # the lists shown to the user
        self.choices = [*choices]
        self.drafts: list[str] = []  # the prompt's draft before each line
        self.session.pick = self._pick

    def _pick(self, title: str, lines: list[str]) -> int | None:
        self.picked.append((title, lines))
        return self.choices.pop(0)

    def say(self, line: str) -> str:
        """Enter a command or question; returns the output."""
        before = self._out.tell()
        name, _, rest = line[1:].partition(" ")
        if line.startswith("/"):
            SLASH_COMMANDS.find(name).call(self.session, rest)
        else:
            self.session.ask(line)
        return self._out.getvalue()[before:].decode()

    def talk(self, *lines: str) -> str:
        """Run the chat's own loop with these lines; returns the output."""
        before, prompt = self._out.tell(), Script([*lines], self.drafts)
        self.session.is_done = False
        Loop(self.session, prompt, SLASH_COMMANDS).run()  # type: ignore[arg-type]
        return self._out.getvalue()[before:].decode()

    @property
    def shown(self) -> str:
        """The whole output."""
        return self._out.getvalue().decode()
