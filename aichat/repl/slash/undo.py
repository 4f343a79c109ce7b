"""``/undo``: take back the last question, which returns to the prompt."""

from aichat.core.cli.repl_line import mark_pasted
from aichat.core.conversation.turn import title_from
from aichat.core.message.message import text_of
from aichat.errors import usage_error
from aichat.repl.conversations.compaction import undo_compaction
from aichat.repl.conversations.recap import show_last_exchange
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Continue from before it; it stays in the tree, but is no longer sent."""
    if session.tree.head in session.tree.shortened:
        undo_compaction(session)
        return
    asked = session.tree.questions()
    if not asked:
        raise usage_error("nothing to undo")
    session.tree.rewind_before(asked[-1].number)
    session.save_head()
    text = text_of(asked[-1].message)
    session.tell(f"removed: {title_from(text)}")
    session.draft = mark_pasted(text)  # files are in it as text
    show_last_exchange(session)


SLASH = SlashCommand("undo", "remove the last question and its answer", run, aliases=("u",))
