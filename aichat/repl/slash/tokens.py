"""``/tokens``: the usage of the conversation."""

from aichat.core.billing.totals import Sums
from aichat.core.exchange.outcome import named_usage_line
from aichat.core.text.numbers import count_of
from aichat.repl.prompt.toolbar import context_usage, cost_text
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Tokens, cost and times of the last answer, and the totals."""
    if session.last_answer:
        session.show(named_usage_line(session.last_answer))
    used, context = session.tree.totals, context_usage(session.setup, session.tree.last_answer)
    every = used.overall
    facts = [
        f"{count_of(every.requests, 'answer')}: {_count(every.input, every)} tokens in",
        f"{_count(every.output, every)} out",
    ]
    session.show(", ".join(filter(None, (*facts, cost_text(used), context))))


def _count(tokens: int | None, every: Sums) -> str:
    """A count, "unknown", or none if there are no answers."""
    return "unknown" if tokens is None and every.requests else f"{tokens or 0:,}"


SLASH = SlashCommand("tokens", "show the tokens this conversation used", run, aliases=("usage",))
