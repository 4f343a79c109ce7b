"""``/tokens``: what the conversation used."""

from aichat.core.outcome import usage_line
from aichat.repl.registry import Slash
from aichat.repl.session import Session


def run(session: Session, _rest: str) -> None:
    """The last answer's tokens and times, and the sum of all answers."""
    if session.answer:
        session.show(usage_line(session.answer))
    total = session.tree.tokens
    session.show(f"{total.answers} answers: {total.input:,} tokens in, {total.output:,} out")


SLASH = Slash("tokens", "show what the conversation used", run, aliases=("usage",))
