"""``/title``: the title of the conversation."""

from aichat.app.history.open import change_store
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Show or change it."""
    if rest:
        session.tree.title = " ".join(rest.split())
        if session.tree.is_stored:
            change_store(lambda: session.store.rename(session.tree.id, session.tree.title))
    session.show(session.tree.title or "no title yet")


SLASH = SlashCommand("title", "show or change the title", run, "[TITLE]", example="/title Sorting")
