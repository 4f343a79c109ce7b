"""The line under the prompt: whom a question goes to, in which conversation, what was used."""

from aichat.core.sanitize import one_line
from aichat.repl.session import Session


def toolbar(session: Session) -> str:
    """It is drawn with every key, so it only puts together what is known."""
    setup, tokens = session.setup, session.tree.tokens
    used = f"{tokens.input + tokens.output:,} tokens" if tokens.answers else ""
    attached = f"{len(session.attached)} attached" if session.attached else ""
    who = f"{setup.provider.id}/{setup.model.value}"
    facts = (who, setup.profile, session.tree.title or "new", used, attached)
    return one_line(" · ".join(filter(None, facts)))
