"""``/load``: another conversation."""

from aichat.repl.opening import choose_conversation
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Open it where it was left."""
    session.load(choose_conversation(session, rest or "last"))


SLASH = SlashCommand(
    "load",
    "open a conversation",
    run,
    "[NUMBER|ID|TITLE]",
    ("resume",),
    "conversations",
    example="/load last",
)
