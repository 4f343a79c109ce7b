"""``/new``: another conversation from the beginning."""

from aichat.repl.conversation_tree import Tree
from aichat.repl.session import Session
from aichat.repl.slash_command import Slash


def run(session: Session, rest: str) -> None:
    """Begin one; the one before stays stored."""
    session.open(Tree(session.library.new_id(), rest))
    session.tell("a new conversation")


SLASH = Slash("new", "begin a new conversation", run, "[TITLE]", ("n",))
