"""Which conversation is meant: by its number in a list, its id, its title."""

from aichat.app.history.open import find
from aichat.app.question.attachments import gathered
from aichat.core.conversation.turn import Summary
from aichat.core.text.dates import format_time
from aichat.errors import suggestion, usage_error
from aichat.repl.conversation_tree import Tree
from aichat.repl.session import Session


def chosen(session: Session, name: str) -> Summary:
    """The conversation called ``name``; the user picks where several are. Errors: ``usage``."""
    if name.isdecimal() and 0 < int(name) <= len(session.listed):
        name = session.listed[int(name) - 1]
    found = session.store.find_conversations(name)
    if len(found) < 2:
        return find(session.store, name)
    lines = [f"{about.id}  {format_time(about.updated)}  {about.title}" for about in found]
    place = session.pick(f"'{name}' may be several conversations", lines)
    if place is None:
        raise usage_error("none was chosen")
    return found[place]


def resume(session: Session) -> None:
    """Open what ``-c`` or ``-C`` names; an unknown name begins a conversation."""
    name = session.values["conversation"]
    if name == "":
        raise usage_error("-C takes the name of a conversation")
    if name in (None, "last"):
        if name or session.values["continue_"]:
            session.load(chosen(session, "last"))
    elif session.store.find_conversations(name):
        session.load(chosen(session, name))
    else:
        known = suggestion(name, session.store.titles())
        session.tell(f"no conversation '{name}': a new one gets that name{known}")
        session.open(Tree(session.library.new_id(), name))


def attach(session: Session) -> None:
    """What ``-f`` names goes with the first message. Errors: ``usage``."""
    for name in session.values["file"]:
        if name == "-":
            raise usage_error("-f - is for pipes: chat reads its terminal")
        session.attached += gathered(name, session.tell)
    session.values["file"] = ()
