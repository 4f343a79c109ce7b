"""``/tokens``: what the conversation used."""

from aichat.core.exchange.outcome import usage_line
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.toolbar import context_usage


def run(session: Session, _rest: str) -> None:
    """The last answer's tokens, money and times, and the sum of all answers."""
    if session.last_answer:
        session.show(usage_line(session.last_answer))
    used, context = session.tree.totals, context_usage(session.setup, session.tree.last_answer)
    facts = [f"{used.answers} answers: {used.input:,} tokens in", f"{used.output:,} out"]
    session.show(", ".join(filter(None, (*facts, used.cost, context))))


SLASH = SlashCommand("tokens", "show what the conversation used", run, aliases=("usage",))
