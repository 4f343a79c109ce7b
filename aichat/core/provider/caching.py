"""What a request says about prompt caching: what pays off, and nothing dearer unless asked for.

Source: the prices and lifetimes in the providers' guides to caching.
"""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.message.cache_marks import NO_PLAN, CachePlan
from aichat.values import NamedTuple


class PromptCaching(NamedTuple):
    """How a server caches prompts on one wire, and how it can be controlled.

    An entry is kept for ``seconds`` after its last use; prompts of less than ``least`` tokens
    are not cached. ``key_field`` or ``key_header`` takes the conversation's own key. ``fields``
    are the body fields for each of ``CACHE_MODES``, for models that match ``models``;
    ``headers`` turn caching on. ``mark`` is put on the block at which a cached prefix ends,
    ``long_mark`` is added to keep it for longer; unless asked for, it is sent only after
    ``mark_after`` answers and with ``mark_least`` tokens, where writing costs more than one read
    saves. ``kept_field`` of the body names an explicit cache, which contains the system prompt
    and the tools: neither may be sent beside it.
    """

    seconds: int = 300
    least: int = 1024
    key_field: str = ""
    key_header: str = ""
    models: str = ".*"
    fields: Mapping[str, Mapping[str, Any]] = {}
    headers: tuple[tuple[str, str], ...] = ()
    mark: Mapping[str, Any] | None = None
    long_mark: Mapping[str, Any] = {}
    mark_after: int = 1
    mark_least: int = 0
    kept_field: str = ""


class CacheWish(NamedTuple):
    """What is known of a conversation when a question is about to be sent.

    ``key`` identifies it, if it will be continued; ``tokens`` is the approximate size of the
    prompt. ``goes_on``: more questions are expected. ``idle``: seconds since the last answer,
    None if there was none.
    """

    mode: str = "auto"
    key: str | None = None
    goes_on: bool = False
    idle: float | None = None
    tokens: int = 0


def plan_cache(wish: CacheWish, caching: PromptCaching, model: str) -> CachePlan:
    """``wish`` in terms of this server, for this model."""
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
    """A notice if a longer cache was asked for and does not exist."""
    if wish.mode != "long" or (caching and has_long(caching, model)):
        return None
    return f"{model} does not support --cache long: not sent"


def has_long(caching: PromptCaching, model: str) -> bool:
    """Whether a prompt can be cached for longer than usual."""
    in_fields = "long" in caching.fields and re.fullmatch(caching.models, model) is not None
    return bool(caching.long_mark) or in_fields


def _paying_mode(wish: CacheWish, caching: PromptCaching) -> str:
    """The mode that pays off: writing costs more than it saves unless a question soon follows."""
    if wish.mode != "auto":
        return wish.mode
    in_time = wish.idle is None or wish.idle < caching.seconds
    return "auto" if wish.goes_on and in_time else "off"


def _least_marked(wish: CacheWish, caching: PromptCaching) -> int:
    return 0 if wish.mode == "long" else caching.mark_least
