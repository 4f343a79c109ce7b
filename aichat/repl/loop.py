"""The loop: read a line, do what it says, until the user leaves. No fault ends it."""

from collections.abc import Callable
from importlib import import_module
from signal import SIGINT

from aichat.core.cli.repl_line import parse_line
from aichat.errors import Interrupted
from aichat.process.signals import resend_signals
from aichat.process.threads import start_thread
from aichat.repl import mentions
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashTable
from aichat.term.prompt.prompt import Prompt, PromptResult

#: Seconds within which a second Ctrl-C leaves.
TWICE = 2.0

_HINT = "Ctrl-C again leaves, Ctrl-D too; /help lists the commands"

#: What an answer needs and the first prompt does not: loaded while the user types.
_LATER = ("aichat.app.exchange.turn", "aichat.app.exchange.show", "aichat.term.answer.drawn")
_LATER_STILL = ("aichat.term.answer.renderer", "aichat.term.markdown.blocks")


def warm(slashes: SlashTable) -> None:
    """Load, in a thread, what the first answer needs."""

    def load() -> None:
        for name in (*_LATER, *_LATER_STILL):
            import_module(name)
        slashes.commands()

    start_thread(load)


class Loop:
    """Reads lines from ``prompt`` and has ``session`` act on them."""

    def __init__(self, session: Session, prompt: Prompt, slashes: SlashTable) -> None:
        self._session, self._prompt, self._slashes = session, prompt, slashes
        self._interrupted = float("-inf")  # when Ctrl-C was last pressed on an empty line

    def run(self, first: str = "") -> None:
        """Until the user leaves; ``first`` is sent at once."""
        if first:
            self._undying(lambda: self._say(first))
        while not self._session.left:
            try:
                entered = self._read()
            except Interrupted as interrupted:
                self._heed(interrupted)
                continue
            _KEYS[entered.key](self, entered)

    def _read(self) -> PromptResult:
        draft, self._session.draft = self._session.draft, ""
        return self._prompt.read(draft)

    def _submit(self, entered: PromptResult) -> None:
        self._undying(lambda: self._act(entered.text))

    def _interrupt(self, entered: PromptResult) -> None:
        self._session.branch = None
        if entered.text:
            return  # the line is cleared, and in the history
        now = self._session.world.clock.monotonic()
        if now - self._interrupted < TWICE:
            self._session.left = True
            return
        self._interrupted = now
        self._session.tell(_HINT)

    def _leave(self, _entered: PromptResult) -> None:
        self._session.left = True

    def _act(self, line: str) -> None:
        typed = parse_line(line)
        if typed.command is None:
            self._say(typed.text)
        else:
            self._session.branch = None
            self._slashes.find(typed.command).run(self._session, typed.text)

    def _say(self, text: str) -> None:
        """Send a message; until the conversation has it, it is to stand in the prompt again."""
        self._session.draft = f"/{text}" if text.startswith("/") else text
        self._session.ask(text, mentions.mentioned(self._session, text))

    def _undying(self, action: Callable[[], None]) -> None:
        """Whatever goes wrong is told on a line, and the next prompt comes."""
        try:
            with resend_signals():
                self._session.guarded(action)
        except Interrupted as interrupted:
            self._heed(interrupted)
        if not self._session.left:
            self._session.show("")  # what belongs together stands together

    def _heed(self, interrupted: Interrupted) -> None:
        """Ctrl-C ends what was going on, any other signal the program."""
        if interrupted.signum != SIGINT:
            raise interrupted


_KEYS: dict[str, Callable[[Loop, PromptResult], None]] = {
    "submit": Loop._submit,
    "interrupt": Loop._interrupt,
    "leave": Loop._leave,
}
