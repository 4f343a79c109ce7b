"""``/title``: what the conversation is called."""

from aichat.app.history.open import writing
from aichat.repl.session import Session
from aichat.repl.slash_command import Slash


def run(session: Session, rest: str) -> None:
    """Say it, or call it otherwise."""
    if rest:
        session.tree.title = " ".join(rest.split())
        if session.tree.stored:
            writing(lambda: session.store.rename(session.tree.id, session.tree.title))
    session.show(session.tree.title or "it has no title yet")


SLASH = Slash("title", "show or change the title", run, "[TITLE]")
