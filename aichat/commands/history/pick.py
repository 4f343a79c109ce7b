"""``aichat history pick``: prints the id of a conversation chosen on the terminal."""

from signal import SIGINT

from aichat.app.history.choices import conversation_choices
from aichat.app.history.open import open_store
from aichat.core.cli.argv import Command
from aichat.errors import Interrupted, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple

#: The most conversations to offer, by last use.
_MAX_OFFERED = 1000


class HistoryPickOptions(NamedTuple):
    """The options of ``history pick``, of which there are none."""


def pick(world: World, _options: HistoryPickOptions) -> int:
    """Print the id of a conversation chosen on the terminal."""
    from aichat.term.prompt.picker import choose_one  # other commands draw no menu

    offered = conversation_choices(open_store(world), _MAX_OFFERED, world.clock.now())
    if not offered:
        raise usage_error("no conversations yet")
    place = choose_one(world, "conversation", offered)
    if place is None:
        raise Interrupted(SIGINT)  # as with Ctrl-C, so that a script waiting for an id stops
    world.write_text(f"{offered[place].text}\n")
    return 0


PICK = Command(
    "pick",
    "Choose a conversation on the terminal; print its id.",
    ("aichat history pick", 'aichat chat -C "$(aichat history pick)"'),
    run=pick,
    reads=HistoryPickOptions,
)
