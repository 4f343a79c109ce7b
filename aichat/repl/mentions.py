"""What goes with a message: files mentioned after ``@``, and earlier attachments."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from aichat.app.question.attachments import (
    is_attachable,
    is_offered_path,
    is_resource,
    read_attachments,
)
from aichat.core.cli.repl_line import (
    dropped_path,
    format_mention,
    mark_pasted,
    unmark_pasted,
)
from aichat.core.cli.repl_line import mentioned_names as names_in
from aichat.core.config.precedence import value_of
from aichat.core.http.url import is_url
from aichat.core.message.compose import CLIPBOARD, Attachment
from aichat.errors import AichatError, usage_error
from aichat.repl.session import Session

if TYPE_CHECKING:
    from aichat.app.tools.mcp.offers import ServerShelf

#: The most names in a paste that are checked, and that are listed.
_MOST_LOOKED_FOR, _MOST_TOLD = 50, 3


def read_mentions(session: Session, text: str) -> list[Attachment]:
    """Read the files, folders and URLs after a typed ``@``; any other name stays a word.

    ``text`` is the whole message: names in pastes are pointed out, and stay text.
    Errors: ``usage`` for what exists but cannot be attached.
    """
    found: list[Attachment] = []
    names = names_in(session.typed_line)
    for name in names:
        if is_attachable(name):
            found += read_checked(session, name)
        elif "/" in name or "." in name:
            session.tell(f"no file '{name}': sent as plain text")
    _tell_pasted(session, set(names_in(text)).difference(names))
    going = [one.name for one in (*session.attachments, *found)]
    if going:
        session.tell(f"attached: {_join_names(going)}")
    return found


def _tell_pasted(session: Session, names: Iterable[str]) -> None:
    looked_for = islice(sorted(names), _MOST_LOOKED_FOR)
    there = [name for name in looked_for if not is_url(name) and is_attachable(name)]
    if there:
        told = _join_names(there[:_MOST_TOLD])
        session.tell(f"pasted, so not attached: {told}; /attach does that")


def _join_names(names: list[str]) -> str:
    """The first ones, and how many more there are."""
    shown, more = names[:20], len(names) - 20
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def read_checked(session: Session, name: str) -> list[Attachment]:
    """Read what ``name`` stands for, asking the user about what looks like a secret.

    Errors: as in ``read_attachments``; ``usage`` if the user gives no answer.
    """
    from aichat.app.question.secret_files import is_secret  # here, since the first prompt has none

    allow_local = session.options.input.allow_local
    if name == CLIPBOARD:
        from aichat.app.question.media_files import clipboard_attachment

        return [clipboard_attachment(session.world)]
    if is_resource(name):
        found = open_shelf(session).attachments(name)
    else:
        runs_code = value_of(session.setup.server_tools.code, False)
        found = read_attachments(name, session.tell, allow_local=allow_local, for_code=runs_code)
    secret = [one for one in found if is_secret(one)]
    if not secret:
        return found
    named = _join_names([one.name for one in secret])
    question = f"{named}: this looks like a secret. Send it to the provider?"
    chosen = session.pick(question, ["leave it out", "send it"])
    if chosen is None:
        raise usage_error("nothing was sent", "a file that looks like a secret needs an answer")
    return found if chosen else [one for one in found if one not in secret]


def open_shelf(session: Session) -> "ServerShelf":
    """The servers whose resources and prompts can be named."""
    from aichat.app.tools.mcp.offers import ServerShelf  # here, since few have any
    from aichat.app.tools.mcp.trust import TrustDesk

    setup = session.setup
    kit = session.tools.open(setup, session.options) if setup.conduct.mcp else None
    trust = TrustDesk(session.world, session.tell)
    return ServerShelf(trust, setup.config_file.config, kit.sources if kit else ())


def convert_paste(text: str, before: str) -> str:
    """Convert a paste after the text ``before``: the path of a file becomes a mention of it.

    So it is attached, unless the user removes the ``@``. Commands take paths as they are.
    Nothing else in a paste mentions a file.
    """
    path = dropped_path(text)
    if path is None or before.startswith("/") or before[-1:].strip() or not is_offered_path(path):
        return mark_pasted(unmark_pasted(text))
    return f"{format_mention(path)} "


def convert_clipboard(session: Session) -> str:
    """What Ctrl-V inserts: the mention of a copied picture, which can be removed.

    A copied text is inserted as it is; files that it names are not attached.
    """
    from aichat.core.media.media_type import HEAD_BYTES, media_type
    from aichat.process import clipboard

    try:
        data = clipboard.read_content(session.world)
    except AichatError:
        return ""
    is_media = media_type(data[:HEAD_BYTES]) is not None
    return f"@{CLIPBOARD} " if is_media else mark_pasted(data.decode("utf-8", "replace"))
