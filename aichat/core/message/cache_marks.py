"""Where a prompt cache may end: which turns of a request are marked, and for how long.

Source: Anthropic's guide to prompt caching (docs.claude.com/en/api).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aichat.values import NamedTuple

#: Prompt caching: whatever pays off, none at all, or for longer.
CACHE_MODES = ("auto", "off", "long")

#: How many of a request's last questions are marked: the last but one ended the previous
#: request, so its cache entry is found; the last will be found by the next request.
_MARKED_QUESTIONS = 2


class CachePlan(NamedTuple):
    """What one request says about prompt caching, in the terms of its server.

    ``fields`` go into the body, ``headers`` with it. ``mark`` is put on marked blocks, once there
    were ``mark_after`` answers.
    """

    fields: Mapping[str, Any] = {}
    headers: tuple[tuple[str, str], ...] = ()
    mark: Mapping[str, Any] | None = None
    mark_after: int = 0


NO_PLAN = CachePlan()


def mark_for(plan: CachePlan, roles: Iterable[str]) -> dict[str, Any]:
    """The mark for each marked block; empty if a request with these ``roles`` is not marked."""
    answers = sum(role == "assistant" for role in roles)
    if plan.mark is None or answers < plan.mark_after:
        return {}
    return {"cache_control": dict(plan.mark)}


def marked_turns(roles: Sequence[str]) -> list[int]:
    """The indices of the turns to mark: the newest question, and the one before it."""
    asked = [place for place, role in enumerate(roles) if role == "user"]
    return asked[-_MARKED_QUESTIONS:]
