"""Fetches results that a provider returns as URLs into a file or memory.

The key is only sent to the provider's own host; only its result hosts are allowed; broken
downloads are resumed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from aichat import wires
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.media.results import is_at, is_theirs, secure
from aichat.core.http.call import Call, Header, request_headers
from aichat.core.http.url import join_url
from aichat.core.text.redact import mask_url
from aichat.disk.files.result_name import ResultFile
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.term.widgets.progress import ByteProgress

#: The most bytes of a result, redirects, and lost connections in a row.
MAX_BYTES, _MAX_HOPS, _MAX_LOSSES = 8 << 30, 4, 4

#: Seconds before the first retry after a lost connection, and the factor for further ones.
_FIRST_WAIT, _GROWTH = 1.0, 2.0

_LOST_KINDS = frozenset(("network", "timeout", "truncated"))


def download(
    context: ResourceContext,
    url: str,
    file: ResultFile,
    version: str = "",
    on_version: Callable[[str], object] | None = None,
) -> None:
    """Download ``url`` to ``file``, resuming if the server supports it.

    ``version`` is that of the file's present content; ``on_version`` is called with a new one.
    Errors: those of the net; ``protocol`` for a URL that is not the provider's.
    """
    size, wait, losses = -1, _FIRST_WAIT, 0
    while True:
        try:
            with _open(context, url, _range(file.size, version)) as response:
                if response.status != 206:
                    file.restart()
                known, version = version, _version(response) or version
                if on_version and version != known:
                    on_version(version)
                _read(context, response, file)
                return
        except AichatError as error:
            losses = 0 if file.size > size else losses + 1
            size = file.size
            if not is_lost(error.fault) or losses >= _MAX_LOSSES:
                raise
            context.say(f"link lost after {file.size:,} bytes; going on in {wait:.0f} s")
        context.world.clock.sleep(wait)
        wait = min(wait * _GROWTH, 30.0)


def _range(size: int, version: str) -> tuple[Header, ...]:
    """The headers to resume after ``size`` bytes if the content is unchanged."""
    if not size or not version:
        return ()
    return Header("range", f"bytes={size}-"), Header("if-range", version)


def _version(response: http.Response) -> str:
    """The strong validator of a response; ``""`` if it has none."""
    tag = response.headers.get("etag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("last-modified", "")


def _read(context: ResourceContext, response: http.Response, file: ResultFile) -> None:
    told = response.headers.get("content-length", "")
    whole = file.size + int(told) if told.isdecimal() else None
    meter = ByteProgress(context.world, "fetched", whole, shown=not context.quiet)
    meter.add(file.size)
    try:
        for piece in response.chunks(MAX_BYTES):
            file.write(piece)
            meter.add(len(piece))
    finally:
        meter.finish()


def fetch_bytes(context: ResourceContext, url: str, limit: int) -> bytes:
    """As ``download``, but into memory, and every retry starts over.

    Errors: also ``protocol`` above ``limit`` bytes. They name the URL, since it is paid for.
    """
    wait = _FIRST_WAIT
    for losses in count(1):
        try:
            with _open(context, url) as response:
                return b"".join(response.chunks(limit))
        except AichatError as error:
            if not is_lost(error.fault) or losses >= _MAX_LOSSES:
                hint = error.fault.hint or f"it is still there for a while: {url}"
                error.fault = error.fault._replace(hint=hint)
                raise
        context.world.clock.sleep(wait)
        wait *= _GROWTH
    return b""


def is_lost(fault: Fault) -> bool:
    """Whether a retry may succeed."""
    return fault.kind in _LOST_KINDS or (fault.status or 0) >= 500


@contextmanager
def _open(
    context: ResourceContext, url: str, headers: tuple[Header, ...] = ()
) -> Iterator[http.Response]:
    """The response for a URL, after redirects."""
    address, endpoint = secure(url, context.endpoint), context.endpoint
    for _ in range(_MAX_HOPS):
        if not is_theirs(address, endpoint):
            raise protocol_error(context, f"the result is at a foreign address: {_host(address)}")
        own = _own_headers(context) if is_at(address, endpoint.base_url) else ()
        call = Call("GET", address, (*own, *headers))
        with http.open_response(call, context.options.connection) as response:
            if response.location is None:
                _check_status(context, response)
                yield response
                return
            address = secure(join_url(address, response.location) or "", endpoint)
    raise protocol_error(context, "the result's address leads nowhere")


def _own_headers(context: ResourceContext) -> tuple[Header, ...]:
    endpoint = context.endpoint
    auth: Callable[..., tuple[Header, ...]] = wires.load(endpoint.wire).auth
    return request_headers(endpoint.headers, *auth(endpoint, {}), json_content=False)


def _check_status(context: ResourceContext, response: http.Response) -> None:
    if 200 <= response.status < 300:
        return
    gone = response.status in (403, 404, 410)
    why = "the result is no longer kept" if gone else "the result cannot be fetched"
    kind = "not_found" if gone else "server"
    provider = context.endpoint.provider.id
    raise AichatError(Fault(kind, why, provider=provider, status=response.status))


def _host(address: str) -> str:
    return mask_url(address).partition("?")[0][:80] or "none"
