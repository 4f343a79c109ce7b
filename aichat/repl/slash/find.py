"""``/find``: words in all conversations."""

from aichat.core.text.sanitize import sanitize_line
from aichat.disk.history.store import HIT_END, HIT_START
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Where all of them stand, by numbers that ``/load`` takes."""
    if not rest:
        raise usage_error(f"usage: {SLASH.usage}")
    found = session.store.search(rest, 50)
    session.listed_ids = list(dict.fromkeys(one.conversation for one in found))
    for one in found:
        number = session.listed_ids.index(one.conversation) + 1
        excerpt = one.excerpt.replace(HIT_START, "*").replace(HIT_END, "*")
        line = f"{number:>3}  {sanitize_line(one.title)}: {one.role}: {sanitize_line(excerpt)}"
        session.show(line, hang=5)
    if not found:
        session.show("nothing found")


SLASH = SlashCommand("find", "search all conversations", run, "WORDS", ("f",))
