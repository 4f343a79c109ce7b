"""``/tokens``: what the conversation used."""

from aichat.core.exchange.outcome import usage_line
from aichat.repl.session import Session
from aichat.repl.slash_command import Slash
from aichat.repl.toolbar import context_used


def run(session: Session, _rest: str) -> None:
    """The last answer's tokens, money and times, and the sum of all answers."""
    if session.answer:
        session.show(usage_line(session.answer))
    used, context = session.tree.used, context_used(session.setup, session.tree.last)
    facts = [f"{used.answers} answers: {used.input:,} tokens in", f"{used.output:,} out"]
    session.show(", ".join(filter(None, (*facts, used.cost, context))))


SLASH = Slash("tokens", "show what the conversation used", run, aliases=("usage",))
