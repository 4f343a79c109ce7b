"""``/load``: another conversation."""

from aichat.repl.opening import chosen
from aichat.repl.registry import Slash
from aichat.repl.session import Session


def run(session: Session, rest: str) -> None:
    """Open it where it was left."""
    session.load(chosen(session, rest or "last"))


SLASH = Slash("load", "open a conversation", run, "[NUMBER|ID|TITLE]", ("resume",), "conversations")
