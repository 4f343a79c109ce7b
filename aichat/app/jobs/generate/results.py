"""What a provider gives only an address of, fetched into a file or into memory.

It is fetched without the key unless it lies at the provider's own address, from nowhere but
where that provider keeps results, and gone on with where a link breaks.
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

#: Bytes of a result, addresses that lead on to another, and links that may break in a row.
MAX_BYTES, _MAX_HOPS, _MAX_LOSSES = 8 << 30, 4, 4

#: Seconds before a broken link is taken up again: the first time, and how that grows.
_FIRST_WAIT, _GROWTH = 1.0, 2.0

_LOST_KINDS = frozenset(("network", "timeout", "truncated"))


def download(
    context: ResourceContext,
    url: str,
    file: ResultFile,
    version: str = "",
    on_version: Callable[[str], object] | None = None,
) -> None:
    """Have what is at ``url`` in ``file``, from where it broke off where the server can that.

    ``version`` is of what is in the file already; ``on_version`` is told another one. Errors:
    those of the net; ``protocol`` for an address that is not the provider's.
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
    """What has a server go on behind so many bytes, unless there is something else by now."""
    if not size or not version:
        return ()
    return Header("range", f"bytes={size}-"), Header("if-range", version)


def _version(response: http.Response) -> str:
    """What tells one content from another; a weak mark does not."""
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
    """The same in memory, each time from its beginning.

    Errors: also ``protocol`` for more bytes than ``limit``. They say where it is: it is paid for.
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
    """Whether another try may bring it."""
    return fault.kind in _LOST_KINDS or (fault.status or 0) >= 500


@contextmanager
def _open(
    context: ResourceContext, url: str, headers: tuple[Header, ...] = ()
) -> Iterator[http.Response]:
    """What is at an address, wherever it leads on to."""
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
