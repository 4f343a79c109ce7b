"""``/exit``: leave the chat."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Leave; the conversation can be resumed."""
    session.is_done = True


SLASH = SlashCommand("exit", "quit aichat", run, aliases=("quit", "q"))
