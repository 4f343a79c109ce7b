"""``/exit``: the end."""

from aichat.repl.session import Session
from aichat.repl.slash_command import Slash


def run(session: Session, _rest: str) -> None:
    """Leave; the conversation can be resumed."""
    session.left = True


SLASH = Slash("exit", "leave", run, aliases=("quit", "q"))
