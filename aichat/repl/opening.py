"""Which conversation is meant: by its number in a list, its id, its title."""

from aichat.app.history.open import find_conversation
from aichat.core.cli.candidate import Choice
from aichat.core.conversation.turn import Summary
from aichat.core.text.dates import format_time
from aichat.errors import suggestion, usage_error
from aichat.repl.conversation_tree import ConversationTree
from aichat.repl.mentions import read_checked
from aichat.repl.session import Session


def choose_conversation(session: Session, name: str) -> Summary:
    """The conversation called ``name``; the user picks where several are. Errors: ``usage``."""
    if name.isdecimal() and 0 < int(name) <= len(session.listed_ids):
        name = session.listed_ids[int(name) - 1]
    found = session.store.find_conversations(name)
    if len(found) < 2:
        return find_conversation(session.store, name)
    choices = [Choice(about.id, format_time(about.updated), about.title) for about in found]
    place = session.choose(f"'{name}' matches several conversations", choices, 0)
    if place is None:
        raise usage_error("none chosen")
    return found[place]


def resume(session: Session) -> None:
    """Open what ``-c`` or ``-C`` names; an unknown name begins a conversation."""
    name = session.options.conversation.conversation
    if name == "":
        raise usage_error("-C needs the name of a conversation")
    if name in (None, "last"):
        if name or session.options.conversation.continue_:
            session.load(choose_conversation(session, "last"))
    elif session.store.find_conversations(name):
        session.load(choose_conversation(session, name))
    else:
        known = suggestion(name, session.store.titles())
        session.tell(f"no conversation '{name}': starting a new one{known}")
        session.open(ConversationTree(session.recorder.new_id(), name))


def attach(session: Session) -> None:
    """What ``-f`` names goes with the first message. Errors: ``usage``."""
    for name in session.options.input.file:
        if name == "-":
            raise usage_error("-f - needs a pipe: chat reads the terminal")
        session.attachments += read_checked(session, name)
    session.options = session.options.with_changes(file=())
