"""Compacting a full conversation: its older part becomes a summary, on a new branch."""

from aichat.app.history.open import change_store
from aichat.app.question.thread import Thread
from aichat.app.setup.setup import Setup
from aichat.core.billing.usage import NO_DETAIL, UNKNOWN_USAGE
from aichat.core.cli.repl_line import mark_pasted
from aichat.core.conversation.short_form import REQUEST, Parts, split
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Text, text_of
from aichat.repl.conversations.recap import show_last_exchange
from aichat.repl.session import Session

#: The share of the context from which on it is nearly full.
_NEARLY_FULL = 0.8


def older_thread(session: Session, parts: Parts) -> Thread:
    """The older part as a thread for the question that asks for a summary."""
    return Thread(session.tree.id, session.tree.title, parts.older)


def take_summary(session: Session, parts: Parts, answer: Answer, summary: str) -> None:
    """Continue from ``summary`` in place of the older turns, which stay in the tree.

    Errors: ``output`` if the store cannot be changed; then nothing has changed.
    """
    tree, lost = session.tree, session.tree.unanswered
    turns = _compacted_path(session, parts, answer, summary)
    if tree.is_stored:
        turns = change_store(lambda: session.store.add_branch(tree.id, turns))
    if lost is not None:  # it has a shorter conversation before it now
        session.draft = mark_pasted(text_of(tree.path(lost)[-1].message))
    tree.add_branch(turns)
    session.open(tree)


def _compacted_path(session: Session, parts: Parts, answer: Answer, summary: str) -> list[Turn]:
    now = session.world.clock.now()
    system = [turn for turn in parts.older if turn.role == "system"][-1:]
    said = answer.message._replace(parts=(Text(summary),))
    told = Turn(said, now, answer=answer._replace(message=said, fault=None, finish_reason="stop"))
    setup = session.usable_setup
    if setup:
        told = told._replace(profile=setup.profile, wire=setup.target.wire.value)
    asked = Turn(Message("user", (Text(REQUEST),)), now)
    return [_copy(turn) for turn in (*system, asked, told, *parts.kept)]


def _copy(turn: Turn) -> Turn:
    """A copy of a turn without its usage, which is already counted."""
    if turn.answer is None:
        return turn._replace(number=0)
    answer = turn.answer._replace(
        usage=UNKNOWN_USAGE,
        cost=None,
        raw_usage=None,
        first_token_s=None,
        total_s=None,
        detail=NO_DETAIL,
        saved=None,
    )
    return turn._replace(number=0, answer=answer)


def undo_compaction(session: Session) -> None:
    """Go back to the whole conversation that the current path is a short form of."""
    tree = session.tree
    tree.head, tree.unanswered = tree.shortened[tree.head or 0], None
    session.open(tree)
    session.save_head()
    session.tell("back to the whole conversation")
    show_last_exchange(session)


def offer(session: Session) -> None:
    """Say once that the context is nearly full, and what to do."""
    setup, tree = session.usable_setup, session.tree
    share = context_share(setup, tree.last_answer) if setup else None
    if (
        share is None
        or share < _NEARLY_FULL
        or tree.is_full_told
        or not split(tree.current_path).older
    ):
        return
    tree.is_full_told = True
    session.tell(f"the context is {share:.0%} full: /compact summarizes the older part")


def context_share(setup: Setup, last: Answer | None) -> float | None:
    """The share of the context that the last question and answer fill; None if unknown."""
    size = setup.context_size
    if not size or last is None or last.usage.input is None:
        return None
    return (last.usage.input + (last.usage.output or 0)) / size
