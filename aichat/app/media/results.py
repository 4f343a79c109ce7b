"""Fetches images that a provider returns as URLs, which soon expire."""

import time
from collections.abc import Iterator

from aichat.core.exchange.event import Event, Image, Notice
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.http.url import split_url
from aichat.core.media.media_type import HEAD_BYTES, media_type
from aichat.core.message.media import Media, Url
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError, Fault, describe
from aichat.net import http

#: The most bytes of an image, and seconds to fetch it.
_MAX_BYTES, _MAX_SECONDS = 50 << 20, 60.0


def fetch_results(events: list[Event], target: Endpoint, options: ConnectionOptions) -> list[Event]:
    """Events with the bytes of media that ``target`` returned as URLs.

    Only the provider's own result hosts are used, without its key; any other URL is left
    as it is.
    """
    return [made for event in events for made in _fetch(event, target, options)]


def _fetch(event: Event, target: Endpoint, options: ConnectionOptions) -> Iterator[Event]:
    url = event.media.source if isinstance(event, Image) else None
    if not (isinstance(event, Image) and isinstance(url, Url) and is_theirs(url.address, target)):
        yield event
        return
    try:
        yield Image(_load(event.media, secure(url.address, target), options))
    except AichatError as error:
        yield event
        yield Notice("image", f"cannot fetch an image: {describe(error.fault)}")


def _load(media: Media, address: str, options: ConnectionOptions) -> Media:
    """The image with its bytes. Errors: ``network``, ``timeout``, ``protocol``."""
    until, pieces, size = time.monotonic() + _MAX_SECONDS, list[bytes](), 0
    with http.send(Call("GET", address, ()), options) as response:
        if response.status != 200:
            raise AichatError(Fault("network", f"HTTP {response.status}"))
        for piece in response.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > _MAX_BYTES:
                raise AichatError(Fault("protocol", f"more than {_MAX_BYTES >> 20} MB"))
            if time.monotonic() > until:
                raise AichatError(Fault("timeout", f"not loaded after {_MAX_SECONDS:g} s"))
    data = b"".join(pieces)
    mime = media_type(data[:HEAD_BYTES]) or ""
    if not mime.startswith("image/"):
        raise AichatError(Fault("protocol", "what is there is not an image"))
    return media._replace(mime=mime, source=data)


def is_theirs(url: str, target: Endpoint) -> bool:
    """Whether a URL is on the provider's own host or one of its result hosts."""
    if not split_url(url):
        return False
    host = host_of(url)
    hosts = target.provider.media_hosts
    kept = any(host == one or host.endswith(f".{one}") for one in hosts)
    return kept or is_at(url, target.base_url)


def is_at(url: str, base_url: str) -> bool:
    """Whether both URLs have the same origin: scheme, host and port."""
    return _origin(url) == _origin(base_url)


def _origin(url: str) -> tuple[str, str]:
    parts = split_url(url)
    return (parts.scheme, parts.netloc) if parts else ("", "")


def secure(url: str, target: Endpoint) -> str:
    """The URL to fetch: https at DashScope, which sends http URLs.

    Source: URLs in recorded answers of xAI and Qwen.
    """
    if url.startswith("http://") and _origin(url) != _origin(target.base_url):
        return f"https://{url.removeprefix('http://')}"
    return url
