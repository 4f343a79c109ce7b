"""``/history``: the stored conversations, or the questions of this one."""

from aichat.core.conversation.turn import title_from
from aichat.core.message.message import text_of
from aichat.core.text.dates import format_time
from aichat.core.text.numbers import place_in
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand

_MOST = 1000  # listed at once


def run(session: Session, rest: str) -> None:
    """The latest, with numbers for ``/load``; ``here``: the questions, for ``/edit``."""
    if rest == "here":
        for number, turn in enumerate(session.tree.questions(), 1):
            session.show(f"{number:>3}  {title_from(text_of(turn.message))}", hang=5)
        return
    place = place_in(_MOST, rest or "20")
    if place is None:
        raise usage_error(f"/history needs a number from 1 to {_MOST}, or here")
    found = list(session.store.summaries(place + 1))
    session.listed_ids = [about.id for about in found]
    for number, about in enumerate(found, 1):
        line = f"{number:>3}  {about.id}  {format_time(about.updated)}  {about.title}"
        session.show(line, hang=5)
    if not found:
        session.show("no conversations yet")


SLASH = SlashCommand(
    "history",
    "list conversations, or this one's questions",
    run,
    "[COUNT|here]",
    example="/history here",
)
