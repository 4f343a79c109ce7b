"""``/load``: another conversation."""

from aichat.repl.past import opening
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Open it where it was left."""
    opening.load(session, rest or "last")


SLASH = SlashCommand(
    "load",
    "open a conversation",
    run,
    "[NUMBER|ID|TITLE]",
    ("resume",),
    "conversations",
    example="/load last",
)
