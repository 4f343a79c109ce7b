"""The line under the prompt: whom a question goes to, in which conversation, what was used."""

from aichat.app.setup.setup import Setup
from aichat.core.exchange.answer import Answer
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.catalogue import cards
from aichat.repl.session import Session


def toolbar_text(session: Session) -> str:
    """It is drawn with every key, so it only puts together what is known."""
    setup, used = session.usable_setup, session.tree.totals
    if setup is None:
        return "what this was held with is no longer there; /model chooses who answers"
    tokens = f"{used.input + used.output:,} tokens" if used.input or used.output else ""
    attached = f"{len(session.attachments)} attached" if session.attachments else ""
    who = f"{setup.provider.id}/{setup.model.value}"
    title = session.tree.title or "new, /help lists the commands"
    context = context_usage(setup, session.tree.last_answer)
    facts = (who, setup.profile, title, context, tokens, used.cost, attached)
    return sanitize_line(" · ".join(filter(None, facts)))


def context_usage(setup: Setup, last: Answer | None) -> str:
    """How much of the model's context the last question and its answer fill; empty: unknown.

    Another model counts its tokens otherwise: then it is an estimate.
    """
    here = (setup.provider.id, str(setup.model.value))
    size = setup.provider_table.get("context") or cards.card(*here).context
    if not size or last is None or last.usage.input is None:
        return ""
    about = "" if (last.provider, last.model) == here and last.usage.output is not None else "~"
    share = (last.usage.input + (last.usage.output or 0)) * 100 / size
    return f"context {about}{f'{share:.0f}' if share >= 1 else '<1'}%"
