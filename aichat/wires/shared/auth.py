"""Headers for authentication, and for the conversation's cache."""

from collections.abc import Mapping
from typing import Any

from aichat.core.exchange.request import Request
from aichat.core.http.call import Header
from aichat.core.provider.endpoint import Endpoint, Secret


def bearer_header(key: Secret | None) -> tuple[Header, ...]:
    """``Authorization: Bearer``, if there is a key."""
    if key is None:
        return ()
    return (Header("authorization", f"Bearer {key.value}", f"Bearer ${key.variable}"),)


def api_key_header(key: Secret | None) -> tuple[Header, ...]:
    """``x-api-key``, if there is a key."""
    return (Header("x-api-key", key.value, f"${key.variable}"),) if key else ()


def cache_headers(request: Request) -> tuple[Header, ...]:
    """Headers that lead to the conversation's prompt cache, or turn caching on."""
    return tuple(Header(name, value) for name, value in request.cache.headers)


def bearer_auth(endpoint: Endpoint, _body: Mapping[str, Any]) -> tuple[Header, ...]:
    """The usual authentication: a bearer token."""
    return bearer_header(endpoint.key)
