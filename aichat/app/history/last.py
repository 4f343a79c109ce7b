"""Which conversation ``-c`` continues: the last of this pane, this folder, or any."""

from collections.abc import Iterator

from aichat.core.cli.options import ConversationOptions
from aichat.core.conversation.turn import Summary
from aichat.core.text.dates import format_age
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.history.store import Store
from aichat.errors import usage_error
from aichat.process.place import WorkPlace
from aichat.values import NamedTuple


class LastConversation(NamedTuple):
    """A conversation to continue, and why it is the last one.

    ``is_chosen``: it is not simply the latest.
    """

    about: Summary
    why: str
    is_chosen: bool

    def describe(self, now: float) -> str:
        """The line about it; ``now`` in seconds since 1970."""
        title = sanitize_line(self.about.title) or self.about.id
        return f"continuing {title}, {self.why}, {format_age(now - self.about.updated)}"


def check_options(options: ConversationOptions) -> None:
    """Raise ``usage`` for options that exclude each other."""
    if options.here and options.anywhere:
        raise usage_error("--here and --anywhere cannot be combined")
    if options.conversation is not None and (options.here or options.anywhere):
        flag = "--here" if options.here else "--anywhere"
        raise usage_error(f"{flag} and -C cannot be combined", "-C names the conversation itself")


def last_conversation(
    store: Store, place: WorkPlace, options: ConversationOptions
) -> LastConversation:
    """The conversation to continue. Errors: ``usage`` if there is none."""
    latest = [about.id for about in store.find_conversations("last")]
    if found := next(_candidates(store, place, options), None):
        return LastConversation(*found, is_chosen=found[0].id not in latest)
    if options.here:
        hint = "--anywhere continues the last of all"
        raise usage_error("no conversation in this pane or folder yet", hint)
    raise usage_error("no conversations yet")


def _candidates(
    store: Store, place: WorkPlace, options: ConversationOptions
) -> Iterator[tuple[Summary, str]]:
    near = ((place.pane, "of this pane"), (place.folder, "of this folder"))
    for name, why in () if options.anywhere else near:
        if name and (about := store.last_used_at(name)):
            yield about, why
    for about in () if options.here else store.find_conversations("last"):
        yield about, "the last of all"
