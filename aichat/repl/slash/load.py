"""``/load``: another conversation."""

from aichat.repl.opening import chosen
from aichat.repl.session import Session
from aichat.repl.slash_command import Slash


def run(session: Session, rest: str) -> None:
    """Open it where it was left."""
    session.load(chosen(session, rest or "last"))


SLASH = Slash("load", "open a conversation", run, "[NUMBER|ID|TITLE]", ("resume",), "conversations")
