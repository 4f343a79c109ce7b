"""``/find``: search all conversations."""

from aichat.app.history.hits import MOST_HITS, hit_lines, hit_marks
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """List the hits, with the numbers that ``/load`` accepts."""
    if not rest:
        raise usage_error(f"usage: {SLASH.usage}")
    found = session.store.search(rest, MOST_HITS)
    session.listed_ids = list(dict.fromkeys(one.conversation for one in found))
    marks = hit_marks(session.world.theme)
    for one in found:
        number = session.listed_ids.index(one.conversation) + 1
        lines = hit_lines(one, marks, f"{number:>3}  ")
        session.world.write_text(f"{session.world.wrap(lines)}\n")
    if not found:
        session.show("nothing found")


SLASH = SlashCommand(
    "find", "search all conversations", run, "WORDS", ("f",), example="/find mutex"
)
