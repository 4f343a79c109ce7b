"""``/btw``: a side question that stays out of the conversation."""

from aichat.app.question.input import Question
from aichat.errors import usage_error
from aichat.repl.mentions import read_mentions
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Ask it with the conversation as context; nothing is stored, but the cost counts."""
    if not rest:
        raise usage_error(f"usage: {SLASH.usage}")
    waiting, session.attachments = session.attachments, []  # they are for the next message
    try:
        files = tuple(read_mentions(session, rest))
    finally:
        session.attachments = waiting
    session.ask_aside(session.tree.thread(), Question(rest, files))


SLASH = SlashCommand("btw", "ask aside, leaving no trace in the conversation", run, "QUESTION")
