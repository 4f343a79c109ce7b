"""The output limit of a request, wherever it was set."""

from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.exchange.request import Request
from aichat.core.provider.endpoint import Endpoint

#: Every wire's name for the output limit.
_LIMIT_FIELDS = frozenset(
    ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens")
)


def has_user_limit(request: Request, target: Endpoint) -> bool:
    """Whether the answer's limit is the user's, or the engine's own cap."""
    return any(True for _ in _limits(request, target))


def user_limit(request: Request, target: Endpoint) -> int | None:
    """The most tokens of output that the user lets it have, if that was said anywhere."""
    return next((value for value in _limits(request, target) if isinstance(value, int)), None)


def _limits(request: Request, target: Endpoint) -> Iterator[Any]:
    """Every output limit that was set, the one that counts most first."""
    if request.settings.max_tokens is not None:
        yield request.settings.max_tokens
    yield from _limits_in(request.settings.options)
    yield from _limits_in(target.defaults)


def _limits_in(fields: Mapping[str, Any]) -> Iterator[Any]:
    """The limits in a body's fields, at any depth."""
    for name, value in fields.items():
        if name in _LIMIT_FIELDS:
            yield value
        elif isinstance(value, Mapping):
            yield from _limits_in(value)
