"""``/compact``: summarize the older part of the conversation to make room."""

from aichat.app.question.input import Question
from aichat.core.billing.money import format_money
from aichat.core.conversation.short_form import REQUEST, Parts, split
from aichat.core.message.message import text_of
from aichat.core.text.numbers import count_of
from aichat.errors import usage_error
from aichat.repl.conversations import compaction
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand

_CHOICES = ["take it", "edit it first", "leave the conversation as it is"]


def run(session: Session, _rest: str) -> None:
    """Let the model summarize it, once the user agrees to the price, and continue from that.

    The summary may be edited first; ``/undo`` and ``/branches`` lead back to the whole.
    """
    parts = split(session.tree.current_path)
    if not parts.older:
        raise usage_error("nothing to compact yet", "it needs an answered question before the last")
    thread, question = compaction.older_thread(session, parts), Question(REQUEST)
    if not session.confirm(_estimate(session, parts)):
        session.tell("nothing was sent; the conversation is as it was")
        return
    answer = session.ask_aside(thread, question)
    summary = text_of(answer.message)
    if not answer.is_complete or not summary.strip():
        raise usage_error("there is no whole summary; the conversation is as it was")
    place = session.pick("go on from this summary?", _CHOICES)
    if place == 1:
        summary = session.edit(summary)
    if place not in (0, 1) or not summary.strip():
        session.tell("the conversation is as it was")
        return
    compaction.take_summary(session, parts, answer, summary)
    replaced = count_of(parts.question_count, "question")
    session.tell(f"{replaced} replaced by the summary; /undo brings the whole conversation back")


def _estimate(session: Session, parts: Parts) -> str:
    """What will be sent, and what it will cost."""
    thread = compaction.older_thread(session, parts)
    estimate = session.estimate_aside(thread, Question(REQUEST))
    cost = estimate.cost
    money = f"~{format_money(cost.amount, cost.currency)}" if cost else "at an unknown price"
    older = count_of(parts.question_count, "question")
    return f"summarize {older}: about {estimate.input:,} tokens, {money} and the summary itself"


SLASH = SlashCommand("compact", "summarize the older part of the conversation", run)
