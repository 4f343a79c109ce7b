"""``/load``: another conversation."""

from aichat.repl.conversations import opening
from aichat.repl.prompt.choices import load_choices
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Open the one named, or chosen from the latest, where it was left."""
    name = rest
    if not name:
        stored = load_choices(session)
        if not stored:
            session.show("no conversations yet")
        name = session.choose_from("conversation", stored, (session.tree.id,))
    if name:
        opening.load(session, name)


SLASH = SlashCommand(
    "load",
    "open a conversation",
    run,
    "[NUMBER|ID|TITLE]",
    ("resume",),
    "conversations",
    example="/load last",
)
