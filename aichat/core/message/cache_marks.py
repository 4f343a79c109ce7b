"""Where a prompt cache may end: which turns of a request are marked, and for how long.

Source: Anthropic's guide to prompt caching (docs.claude.com/en/api).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aichat.values import NamedTuple

#: Whether what a server keeps of a prompt is left to it and to what pays, refused, or kept long.
CACHE_MODES = ("auto", "off", "long")

#: The last questions of a request that are marked: the one before the newest was the end of the
#: request before, so that it is found; the newest will be found by the next.
_MARKED_QUESTIONS = 2


class CachePlan(NamedTuple):
    """What one request says of prompt caching, in the words of the server that it goes to.

    ``fields`` stand in the body, ``headers`` beside it. ``mark`` is what marked blocks say, if
    any are to be marked; they are once there were ``mark_after`` answers.
    """

    fields: Mapping[str, Any] = {}
    headers: tuple[tuple[str, str], ...] = ()
    mark: Mapping[str, Any] | None = None
    mark_after: int = 0


NO_PLAN = CachePlan()


def mark_for(plan: CachePlan, roles: Iterable[str]) -> dict[str, Any]:
    """What each marked block gets, empty where a request of turns by ``roles`` is not marked."""
    answers = sum(role == "assistant" for role in roles)
    if plan.mark is None or answers < plan.mark_after:
        return {}
    return {"cache_control": dict(plan.mark)}


def marked_turns(roles: Sequence[str]) -> list[int]:
    """The places of the turns that are marked: the newest question, and the one before it."""
    asked = [place for place, role in enumerate(roles) if role == "user"]
    return asked[-_MARKED_QUESTIONS:]
