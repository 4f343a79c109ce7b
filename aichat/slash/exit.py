"""``/exit``: the end."""

from aichat.repl.registry import Slash
from aichat.repl.session import Session


def run(session: Session, _rest: str) -> None:
    """Leave; the conversation can be resumed."""
    session.left = True


SLASH = Slash("exit", "leave", run, aliases=("quit", "q"))
