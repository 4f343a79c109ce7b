"""What a request says of prompt caching: as much as pays, and nothing dearer unless asked for.

Source: section D4 of the reference of extras.
"""

import re
from typing import Any, NamedTuple

from aichat.core.billing.usage import Usage
from aichat.core.exchange.request import Request
from aichat.core.message.cache_marks import NO_PLAN, CachePlan
from aichat.core.provider.provider import PromptCaching


class CacheWish(NamedTuple):
    """What is known of a conversation when one of its questions is to be sent.

    ``key`` is its own, if it is to be found again; ``tokens`` are about those of the prompt.
    ``goes_on``: more questions are to be expected. ``idle``: seconds since the last answer,
    None where there was none.
    """

    mode: str = "auto"
    key: str | None = None
    goes_on: bool = False
    idle: float | None = None
    tokens: int = 0


def plan_cache(wish: CacheWish, caching: PromptCaching, model: str) -> CachePlan:
    """``wish`` as this server takes it for this model."""
    mode = _paying_mode(wish, caching)
    keyed = wish.key if wish.mode != "off" else None
    fields = {caching.key_field: keyed} if keyed and caching.key_field else {}
    if re.fullmatch(caching.models, model):
        fields |= caching.fields.get(mode) or caching.fields.get("auto", {})
    headers = ((caching.key_header, keyed),) if keyed and caching.key_header else ()
    if mode == "off" or caching.mark is None or wish.tokens < _least_marked(wish, caching):
        marked = NO_PLAN
    else:
        kept_longer = caching.long_mark if mode == "long" else {}
        after = 0 if mode == "long" else caching.mark_after
        marked = CachePlan(mark={**caching.mark, **kept_longer}, mark_after=after)
    switched = caching.headers if mode != "off" else ()
    return marked._replace(fields=fields, headers=(*headers, *switched))


def lacking_mode(wish: CacheWish, caching: PromptCaching | None, model: str) -> str | None:
    """A line for a longer cache that was asked for and that there is not."""
    if wish.mode != "long" or (caching and has_long(caching, model)):
        return None
    return f"{model} does not support --cache long: not sent"


def has_long(caching: PromptCaching, model: str) -> bool:
    """Whether a prompt can be kept for longer than usual."""
    in_fields = "long" in caching.fields and re.fullmatch(caching.models, model) is not None
    return bool(caching.long_mark) or in_fields


def _paying_mode(wish: CacheWish, caching: PromptCaching) -> str:
    """Writing costs more than reading saves, unless the next question comes in time."""
    if wish.mode != "auto":
        return wish.mode
    in_time = wish.idle is None or wish.idle < caching.seconds
    return "auto" if wish.goes_on and in_time else "off"


def _least_marked(wish: CacheWish, caching: PromptCaching) -> int:
    return 0 if wish.mode == "long" else caching.mark_least


# -- what becomes of it from one request of a conversation to the next

#: What differs with every request, and what a cache does not depend on.
_NO_INPUTS = frozenset(
    ("messages", "settings", "stream", "without", "resumes", "continuation", "cache")
)

#: What users call the others.
_LABELS = {"server_tools": "provider's tools"}

#: The share of a prompt that a cache has to have had, to have been hit.
_HIT_SHARE = 0.5


class SentPrompt(NamedTuple):
    """A request as far as a cache is concerned; ``at`` is in seconds since 1970."""

    provider: str
    wire: str
    request: Request
    at: float


def changed_inputs(before: SentPrompt, now: SentPrompt) -> list[str]:
    """What has changed that empties the cache, in words for people."""
    one, other = _inputs(before), _inputs(now)
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def _inputs(sent: SentPrompt) -> dict[str, Any]:
    request = sent.request
    fields = {k: v for k, v in request._asdict().items() if k not in _NO_INPUTS}
    if request.server_tools:
        fields["server_tools"] = request.server_tools._replace(now=0.0)  # no clock empties it
    system = [message for message in request.messages if message.role == "system"]
    fields |= {
        "model": (sent.provider, sent.wire, request.model),
        "effort": (request.settings.effort, request.settings.budget),
        "system prompt": system,
    }
    return {_LABELS.get(name, name): value for name, value in fields.items()}


def begins_alike(before: SentPrompt, now: SentPrompt) -> bool:
    """Whether the earlier request is the beginning of the later one."""
    messages = before.request.messages
    return now.request.messages[: len(messages)] == messages


def is_miss(before: Usage, now: Usage) -> bool | None:
    """Whether most of the earlier prompt was not read from a cache; None: unknown."""
    if not before.input or now.cached_input is None:
        return None
    return now.cached_input < before.input * _HIT_SHARE
