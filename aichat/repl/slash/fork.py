"""``/fork``: a new conversation that starts from here."""

from aichat.errors import usage_error
from aichat.repl.conversations.recap import show_last_exchange
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Continue in a copy of the path to here; the original is unchanged."""
    before = session.tree
    if not before.current_path:
        raise usage_error("there is nothing to fork yet")
    session.fork(rest or f"{before.title} (fork)")
    session.tell(f"{session.tree.title}; back to the original: /load {before.id}")
    show_last_exchange(session)


SLASH = SlashCommand(
    "fork", "branch off into a new conversation", run, "[TITLE]", example="/fork another way"
)
