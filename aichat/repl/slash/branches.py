"""``/branches``: the variants that other commands left, and going back to one."""

from aichat.core.conversation.turn import title_from
from aichat.core.message.message import text_of
from aichat.core.text.cells import truncate
from aichat.core.text.numbers import count_of, place_in
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import usage_error
from aichat.repl.conversations.recap import show_last_exchange
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand

#: Columns that a list of choices adds to each line.
_NUMBER_WIDTH = 6


def run(session: Session, rest: str) -> None:
    """Choose one by number or from the list; the chat continues from its last answer."""
    session.learn_turns()
    heads = session.tree.branch_heads
    others = [number for number in heads if number != session.tree.head]
    if not others:
        raise usage_error("no other branches yet", "/retry and /edit start one")
    if rest:
        place = place_in(len(heads), rest)
        if place is None:
            raise usage_error(f"/branches needs a number from 1 to {len(heads)}")
    else:
        chosen = session.pick("branches (* is the current one)", _lines(session, heads))
        if chosen is None:
            return
        place = chosen
    session.tree.go_to(heads[place])
    session.open(session.tree)
    session.save_head()
    session.tell(f"continuing from branch {place + 1} of {len(heads)}")
    show_last_exchange(session)


def _lines(session: Session, heads: list[int]) -> list[str]:
    """A line for each: its length, and its last question and answer with the model."""
    room = max(session.world.columns() - _NUMBER_WIDTH, 20)
    return [truncate(_describe(session, number), room) for number in heads]


def _describe(session: Session, number: int) -> str:
    path = session.tree.path(number)
    asked = [turn for turn in path if turn.role == "user"]
    question = title_from(text_of(asked[-1].message)) if asked else ""
    answer = title_from(text_of(path[-1].message)) or "…"
    mark = "*" if number == session.tree.head else " "
    long = count_of(len(asked), "question")
    model = path[-1].message.model or ""
    return sanitize_line(f"{mark} {long} · {question} → {answer} · {model}".rstrip(" ·"))


SLASH = SlashCommand("branches", "list the branches, or continue from one", run, "[N]")
