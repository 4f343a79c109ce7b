"""The line under the prompt: whom a question goes to, in which conversation, what was used."""

from aichat.app.setup.setup import Setup
from aichat.core.billing.money import format_cost
from aichat.core.billing.totals import Totals
from aichat.core.exchange.answer import Answer
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.catalogue import cards
from aichat.repl.session import Session


def toolbar_text(session: Session) -> str:
    """It is drawn with every key, so it only puts together what is known."""
    setup, used = session.usable_setup, session.tree.totals
    if setup is None:
        return "the model of this conversation is gone; choose one with /model"
    count = (used.overall.input or 0) + (used.overall.output or 0)
    tokens = f"{count:,} tokens" if count else ""
    attached = f"{len(session.attachments)} attached" if session.attachments else ""
    who = f"{setup.provider.id}/{setup.model.value}"
    title = session.tree.title or "new, /help lists the commands"
    context = context_usage(setup, session.tree.last_answer)
    facts = (who, setup.profile, title, context, tokens, cost_text(used), attached)
    return sanitize_line(" · ".join(filter(None, facts)))


def cost_text(totals: Totals) -> str:
    """The money by its currency, and how many answers have no price; empty: none has."""
    known, unpriced = map(format_cost, totals.costs), totals.overall.unpriced
    rest = f"{unpriced} unpriced" if unpriced else ""
    return " + ".join(filter(None, (*known, rest))) if totals.costs else ""


def context_usage(setup: Setup, last: Answer | None) -> str:
    """How much of the model's context the last question and its answer fill; empty: unknown.

    Another model counts its tokens otherwise: then it is an estimate.
    """
    here = (setup.provider.id, setup.model.value)
    size = setup.provider_table.get("context") or cards.card(*here).context
    if not size or last is None or last.usage.input is None:
        return ""
    about = "" if (last.provider, last.model) == here and last.usage.output is not None else "~"
    share = (last.usage.input + (last.usage.output or 0)) * 100 / size
    return f"context {f'{about}{share:.0f}' if share >= 1 else '<1'}%"
