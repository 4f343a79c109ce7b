"""How calls are made: time-out, retries, and who watches."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aichat.app.calls.caller import CallOptions, RefusalMemory
from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.options import check_transport
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import TransportOptions
from aichat.core.config.precedence import value_of
from aichat.core.exchange.event import Event, Source
from aichat.core.http.connection import OnConnect
from aichat.net.transport.pool import ConnectionPool
from aichat.values import NamedTuple

if TYPE_CHECKING:  # as in ``CallOptions``
    from aichat.core.exchange.request import Request


class CallHooks(NamedTuple):
    """Who takes part in a call, as ``CallOptions`` and ``ConnectionOptions`` have them."""

    on_sent: Callable[[], None] | None = None
    keep_media: Callable[[list[Event]], list[Event]] | None = None
    watch: Callable[[list[Event]], object] | None = None
    on_connect: OnConnect | None = None
    refusals: RefusalMemory = RefusalMemory()
    pool: ConnectionPool | None = None
    place_media: "Callable[[Request], Request] | None" = None


def call_options(
    setup: Setup,
    transport: TransportOptions,
    say: Callable[[str], object],
    hooks: CallHooks = CallHooks(),  # noqa: B008  it is immutable
) -> CallOptions:
    """The terms on which the net is used; ``say`` is told every step, if that is wanted.

    Errors: ``usage``, see ``check_transport``.
    """
    check_transport(transport)
    timeout = transport.timeout
    on_connect = hooks.on_connect
    stream = not transport.no_stream
    connection = connection_options(setup, timeout, stream=stream, on_connect=on_connect)
    retries = 2 if transport.retries is None else transport.retries
    debug = (lambda line: say(f"aichat: debug: {line}")) if transport.debug else None
    drops = setup.config_file.config.store.get("overflow", "drop") == "drop"
    return CallOptions(
        connection,
        retries,
        drops,
        debug,
        on_sent=hooks.on_sent,
        keep_media=hooks.keep_media,
        watch=hooks.watch,
        refusals=hooks.refusals,
        pool=hooks.pool,
        place_media=hooks.place_media,
        follow_links=_follow_links if value_of(setup.conduct.resolve_links) else None,
    )


def _follow_links(sources: tuple[Source, ...]) -> list[Source]:
    from aichat.net.pages.links import follow_links  # few ask for it

    return follow_links(sources)
