"""What goes with a message: what it mentions after ``@``, and what was attached before."""

from aichat.app.question.attachments import is_attachable, is_text_path, read_attachments
from aichat.core.cli.repl_line import dropped_path, format_mention
from aichat.core.cli.repl_line import mentioned_names as names_in
from aichat.core.message.compose import Attachment
from aichat.repl.session import Session


def read_mentions(session: Session, text: str) -> list[Attachment]:
    """The files, folders and URLs after ``@``; a name that is none stays a word.

    Errors: ``usage`` for what is there but cannot be attached.
    """
    found: list[Attachment] = []
    for name in names_in(text):
        if is_attachable(name):
            found += read_attachments(name, session.tell)
        elif "/" in name or "." in name:
            session.tell(f"no file '{name}': sent as plain text")
    return found


def convert_paste(text: str, before: str) -> str:
    """What a paste behind the text ``before`` becomes: the path of a text file a mention of it.

    So it is attached, unless the user takes the ``@`` away. Commands take paths as they are.
    """
    path = dropped_path(text)
    if path is None or before.startswith("/") or before[-1:].strip() or not is_text_path(path):
        return text
    return f"{format_mention(path)} "
