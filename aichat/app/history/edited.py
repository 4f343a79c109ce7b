"""Comparing an edited Markdown file of a conversation with the stored one."""

from aichat.core.conversation.markdown.file import new_turns, parse_file, stored_path
from aichat.core.conversation.turn import Summary, Turn
from aichat.disk.history.store import Store
from aichat.disk.paths import check_no_named_pipe, expand_path
from aichat.errors import AichatError, usage_error
from aichat.values import NamedTuple

#: The largest file read, in bytes.
_MAX_BYTES = 64 << 20


class EditedConversation(NamedTuple):
    """A file's contents: first the ``known`` turns, stored in ``about``; the rest is new."""

    title: str
    about: Summary | None
    known: tuple[Turn, ...]
    new: tuple[Turn, ...]


def read_edited(store: Store | None, name: str, now: float) -> EditedConversation:
    """The conversation in a file. Errors: ``usage`` if it cannot be read or holds none."""
    path = expand_path(name)
    check_no_named_pipe(path)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        text = data.decode()
    except OSError as error:
        raise usage_error(f"cannot read {name}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise usage_error(f"{name} is not UTF-8 text") from None
    if len(data) > _MAX_BYTES:
        raise usage_error(f"{name} has more than {_MAX_BYTES >> 20} MB")
    try:
        found = parse_file(text)
    except AichatError as error:
        raise usage_error(f"{name}: {error.fault.message}") from None
    given = found.head.get("id")
    about = store.find_by_id(given) if store and isinstance(given, str) else None
    stored = store.conversation(about).turns if store and about else ()
    known = stored_path(stored, found.turns)
    return EditedConversation(found.title, about, known, new_turns(found, known, now))
