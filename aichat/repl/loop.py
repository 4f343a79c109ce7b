"""The loop: read a line and act on it, until the user leaves. No fault ends it."""

from collections.abc import Callable
from importlib import import_module
from signal import SIGINT

from aichat.core.cli.repl_line import parse_line
from aichat.errors import Interrupted
from aichat.process.signals import resend_signals
from aichat.process.threads import start_thread
from aichat.repl import mentions, saved_prompts
from aichat.repl.asides.shell_line import run_shell_line
from aichat.repl.conversations import compaction
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashTable, own_prompts
from aichat.term.prompt import marks
from aichat.term.prompt.prompt import Prompt, PromptResult

#: Seconds within which a second Ctrl-C exits.
DOUBLE_PRESS_SECONDS = 2.0

_HINT = "Ctrl-C again or Ctrl-D exits; /help lists the commands"

#: Modules that an answer needs, but not the first prompt: loaded while the user types.
_ANSWER_MODULES = (
    "aichat.net.tls",  # first, since the connection is opened when a key is pressed
    "aichat.app.exchange.turn",
    "aichat.app.exchange.show",
    "aichat.core.text.wrap",
    "aichat.term.answer.drawn",
)
_DRAWING_MODULES = ("aichat.term.answer.renderer", "aichat.term.markdown.blocks")


def preload(slashes: SlashTable) -> None:
    """Load these modules in a thread."""

    def load() -> None:
        for name in (*_ANSWER_MODULES, *_DRAWING_MODULES):
            import_module(name)
        slashes.commands()

    start_thread(load)


class Loop:
    """Reads lines from ``prompt`` and has ``session`` act on them."""

    def __init__(self, session: Session, prompt: Prompt, slashes: SlashTable) -> None:
        self._session, self._prompt, self._slashes = session, prompt, slashes
        self._interrupted_at = float("-inf")  # when Ctrl-C was last pressed on an empty line

    def run(self, first: str = "") -> None:
        """Run until the user leaves; ``first`` is sent at once."""
        if first:
            start = first.lstrip()[:1]
            line = f"{start}{first.lstrip()}" if start in ("/", "!") else first
            self._run_guarded(lambda: self._execute(PromptResult(line, typed=line)))
        while not self._session.is_done:
            try:
                entered = self._read()
            except Interrupted as interrupted:
                self._handle_signal(interrupted)
                continue
            _KEY_ACTIONS[entered.key](self, entered)

    def _read(self) -> PromptResult:
        draft, self._session.draft = self._session.draft, ""
        return self._prompt.read(draft)

    def _submit(self, entered: PromptResult) -> None:
        self._run_guarded(lambda: self._execute(entered))

    def _interrupt(self, entered: PromptResult) -> None:
        self._session.replaced_question = None
        if entered.text:
            return  # the line was cleared, and is in the history
        now = self._session.world.clock.monotonic()
        if now - self._interrupted_at < DOUBLE_PRESS_SECONDS:
            self._session.is_done = True
            return
        self._interrupted_at = now
        self._session.tell(_HINT)

    def _leave(self, _entered: PromptResult) -> None:
        self._session.is_done = True

    def _execute(self, entered: PromptResult) -> None:
        self._session.typed_line = entered.typed
        if entered.typed.lstrip().startswith("!"):  # a pasted one is marked, and does not count
            self._run_shell(entered.text.lstrip()[1:])
            return
        typed = parse_line(entered.text)
        if typed.command is None:
            self._send(typed.text)
        else:
            self._session.replaced_question = None
            self._run_slash(typed.command, typed.text)

    def _run_slash(self, name: str, rest: str) -> None:
        """Run a slash command, or a prompt of the user's with that name."""
        if self._slashes.get(name) is None and name in own_prompts(self._session):
            name, rest = "prompt", f"{name} {rest}".rstrip()
        self._slashes.find(name).call(self._session, rest)

    def _run_shell(self, line: str) -> None:
        """Run a shell command; after ``!!`` send a message that begins with ``!``."""
        if line.startswith("!"):
            self._send(line)
            return
        self._session.replaced_question = None
        run_shell_line(self._session, line.strip())

    def _send(self, text: str) -> None:
        """Send a message; if the conversation does not get it, it goes back into the prompt."""
        self._session.draft = self._session.typed_line
        files = mentions.read_mentions(self._session, text)
        saved_prompts.send(self._session, text, files)
        compaction.offer(self._session)

    def _run_guarded(self, action: Callable[[], None]) -> None:
        """Run an action; whatever goes wrong is reported on a line, and the next prompt comes."""
        if marks.knows_marks(self._session.world):
            self._session.lead(marks.OUTPUT)
        try:
            with resend_signals():
                self._session.run_guarded(action)
        except Interrupted as interrupted:
            self._handle_signal(interrupted)
        if not self._session.is_done:
            self._session.show("")  # a blank line after what belongs together
        if marks.knows_marks(self._session.world):
            self._session.world.write_text(marks.output_end(self._session.exit_code))

    def _handle_signal(self, interrupted: Interrupted) -> None:
        """Ctrl-C ends the current action, any other signal the program."""
        if interrupted.signum != SIGINT:
            raise interrupted
        self._session.exit_code = 128 + SIGINT


_KEY_ACTIONS: dict[str, Callable[[Loop, PromptResult], None]] = {
    "submit": Loop._submit,
    "interrupt": Loop._interrupt,
    "leave": Loop._leave,
}
