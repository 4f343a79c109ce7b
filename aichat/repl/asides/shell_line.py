"""``!COMMAND``: a shell command, whose output may go with the next message."""

from aichat.app.setup.keys import without_configured_keys
from aichat.core.message.compose import Attachment
from aichat.core.text.cells import truncate
from aichat.core.text.numbers import count_of
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import usage_error
from aichat.process.programs.terminal import run_on_terminal
from aichat.repl.session import Session

#: The most columns of a command in a message.
_TOLD = 40


def run_shell_line(session: Session, command: str) -> None:
    """Run it on the terminal, say how it ended, and offer to attach its output.

    Errors: ``usage``.
    """
    if not command:
        raise usage_error("usage: !COMMAND", "!! sends a line that starts with one !")
    world = without_configured_keys(session.world, session.options.config_dir)
    lower = session.restore_echo()
    try:
        done = run_on_terminal(world, command)
    finally:
        lower()
    if done.output and not done.output.endswith("\n"):
        session.show("")
    if done.status:
        status = done.status
        session.tell(f"exit status {status}" if status > 0 else f"ended by signal {-status}")
    if done.output.strip():
        _offer(session, command, done.output)


def _offer(session: Session, command: str, output: str) -> None:
    named = truncate(sanitize_line(command), _TOLD)
    lines = count_of(len(output.splitlines()), "line")
    question = f"attach the output of {named} ({lines}) to the next message?"
    if session.pick(question, ["leave it out", "attach it"]) == 1:
        session.attachments.append(Attachment(command, output))
