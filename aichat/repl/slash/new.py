"""``/new``: start a new conversation."""

from aichat.repl.conversation_tree import ConversationTree
from aichat.repl.saved_prompts import tell_prompt
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Start it; the previous one stays stored."""
    session.open(ConversationTree(session.recorder.new_id(), rest))
    session.tell("a new conversation")
    tell_prompt(session)


SLASH = SlashCommand(
    "new", "start a new conversation", run, "[TITLE]", ("n",), example="/new sorting, once more"
)
