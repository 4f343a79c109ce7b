"""Opening a conversation by its number in a list, its id, or its title."""

from aichat.app.history.last import check_options, last_conversation
from aichat.app.history.open import find_conversation
from aichat.app.question.thread import open_thread
from aichat.core.cli.candidate import Choice
from aichat.core.cli.options import ConversationOptions
from aichat.core.conversation.turn import Summary, unstored_turns
from aichat.core.text.dates import format_time
from aichat.core.text.numbers import count_of, place_in
from aichat.errors import suggestion, usage_error
from aichat.repl.conversation_tree import ConversationTree
from aichat.repl.conversations.recap import show_last_exchange
from aichat.repl.mentions import read_checked
from aichat.repl.session import Session


def choose_conversation(session: Session, name: str) -> Summary:
    """The conversation called ``name``; the user picks if there are several. Errors: ``usage``."""
    place = place_in(len(session.listed_ids), name)
    if place is not None:
        name = session.listed_ids[place]
    found = session.store.find_conversations(name)
    if len(found) < 2:
        return find_conversation(session.store, name)
    choices = [Choice(about.id, format_time(about.updated), about.title) for about in found]
    place = session.choose(f"'{name}' matches several conversations", choices, 0)
    if place is None:
        raise usage_error("none chosen")
    return found[place]


def load(session: Session, name: str) -> None:
    """Open the conversation called ``name`` where it was left, and show it. Errors: ``usage``."""
    session.load(choose_conversation(session, name))
    count = count_of(len(session.tree.questions()), "question")
    session.tell(f"{session.tree.title or session.tree.id}: {count}")
    show_last_exchange(session)


def resume(session: Session) -> None:
    """Open what ``-c`` or ``-C`` names, and show where it was left.

    An unknown name starts a new conversation. Errors: ``usage``.
    """
    options = session.options.conversation
    name = options.conversation
    check_options(options)
    if options.in_ is not None:
        _open_file(session, options)
        return
    if options.goes_on and name is None:
        last = last_conversation(session.store, session.recorder.place, options)
        session.load(last.about)
        session.tell(last.describe(session.world.clock.now()))
        show_last_exchange(session)
        session.show("")  # the prompt comes next
    elif name is None:
        return
    elif name == "last" or session.store.find_conversations(name):
        load(session, name)
        session.show("")
    else:
        known = suggestion(name, session.store.titles())
        session.tell(f"no conversation '{name}': starting a new one{known}")
        session.open(ConversationTree(session.recorder.new_id(), name))


def _open_file(session: Session, options: ConversationOptions) -> None:
    """Continue from a conversation in a file, as it was edited."""
    thread = open_thread(session.recorder, options, session.tell, lambda _: None)
    path = thread.question_path
    about = session.store.find_by_id(thread.id)
    if about:
        session.load(about)
    else:
        session.open(ConversationTree(thread.id, thread.title))
    new = unstored_turns(path)
    before = path[: len(path) - len(new)]
    session.tree.go_on_from(before[-1].number if before else None, new)
    show_last_exchange(session)
    session.show("")


def attach(session: Session) -> None:
    """Attach what ``-f`` and the project name to the first message. Errors: ``usage``."""
    setup = session.usable_setup
    if setup and setup.project and session.tree.head is None:
        from aichat.app.question.prompts.project_files import project_attachments

        session.attachments += project_attachments(setup, session.tell)
    for name in session.options.input.file:
        if name == "-":
            raise usage_error("-f - needs a pipe: chat reads the terminal")
        session.attachments += read_checked(session, name)
    session.options = session.options.with_changes(file=())
