"""Importing a coding agent's session to continue it here."""

from collections.abc import Sequence
from pathlib import Path

from aichat.app.history.importing import import_session
from aichat.app.history.open import open_store
from aichat.core.text.dates import format_age
from aichat.disk.foreign.agent_sessions import AgentSession, find_sessions
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple


class BroughtSession(NamedTuple):
    """The conversation made of a session, and the words that are not its id."""

    conversation: str
    words: tuple[str, ...]


def bring_session(world: World, agent: str, words: tuple[str, ...]) -> BroughtSession:
    """The agent's session that the first word names, else its last in this folder, else of all.

    The choice is announced, and what was left out. Errors: ``usage``.
    """
    found = find_sessions(agent, world.environ, Path.cwd())
    chosen, rest = _choose(agent, found, words)
    place = "of this folder" if chosen.is_here else "of another folder"
    age = format_age(world.clock.now() - chosen.at)
    world.say(f"aichat: the session {chosen.id} of {agent}, {place}, {age}")
    conversation, left_out = import_session(open_store(world), chosen.path)
    for what, number in left_out.most_common():
        world.say(f"aichat: left out: {number} x {what}")
    return BroughtSession(conversation, rest)


def _choose(
    agent: str, found: Sequence[AgentSession], words: tuple[str, ...]
) -> tuple[AgentSession, tuple[str, ...]]:
    named = [one for one in found if words and len(words[0]) >= 4 and one.id.startswith(words[0])]
    if len({one.id for one in named}) > 1:
        some = ", ".join(one.id for one in named[:3])
        raise usage_error(f"'{words[0]}' matches several sessions of {agent}: {some}")
    if named:
        return named[0], words[1:]
    return next((one for one in found if one.is_here), found[0]), words
