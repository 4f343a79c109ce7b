"""Resolving links: each is requested with HEAD, and no page is fetched.

Links are untrusted, so they may lead anywhere: no address of this machine or its network is
dialled, and the address that was checked is the one that is dialled.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice

from aichat.core.exchange.event import Source
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions, OnConnect
from aichat.core.http.url import join_url, split_url
from aichat.errors import AichatError
from aichat.net import http
from aichat.net.pages.web_page import dial_address
from aichat.process.threads import run_in_thread, run_within

#: The most links that are resolved: in all, and at once.
MOST_LINKS, AT_ONCE = 100, 8

#: Seconds for one link and for all of them, and the most redirects of one.
LINK_SECONDS, ALL_SECONDS, MAX_REDIRECTS = 5.0, 10.0, 5

#: Returns the address to dial for a URL, None if a proxy dials; raises if none is allowed.
Guard = Callable[[str], str | None]


def follow_links(sources: Iterable[Source], guard: Guard = dial_address) -> list[Source]:
    """The sources whose links redirect to another host, with their final URLs; the link is kept."""
    known = tuple(sources)
    found = final_links((source.url for source in known), guard)
    return [
        source._replace(url=found[source.url], redirect=source.url)
        for source in known
        if source.url in found
    ]


def final_links(urls: Iterable[str], guard: Guard = dial_address) -> dict[str, str]:
    """For each link that redirects to another host, its final URL.

    If a link does not answer in time, or leads where nothing may be dialled, this is the
    last URL that is known.
    """
    waiting = deque(islice(dict.fromkeys(filter(_is_fit, urls)), MOST_LINKS))
    cuts: list[Callable[[], None]] = []  # of the connections, so that none is left open
    found: dict[str, str] = {}

    def work() -> None:
        with suppress(IndexError):  # nothing is left
            while url := waiting.popleft():
                end = _follow(url, guard, cuts.append)
                if end != url:
                    found[url] = end

    def work_together() -> None:
        waits = [run_in_thread(work, Exception) for _ in range(min(AT_ONCE, len(waiting)))]
        for wait in waits:
            wait()

    try:
        with suppress(TimeoutError):  # what is known by then will do
            run_within(ALL_SECONDS, work_together, Exception)
    finally:
        waiting.clear()
        for cut in [*cuts]:
            cut()
    return {**found}


def _follow(url: str, guard: Guard, on_connect: OnConnect) -> str:
    """The last URL on the way, or ``url`` if that has the same host."""
    until, here = time.monotonic() + LINK_SECONDS, url
    with suppress(AichatError):  # this is as far as it goes
        dialled = guard(here)
        for _ in range(MAX_REDIRECTS):
            left = until - time.monotonic()
            place = left > 0 and _location(here, dialled, left, on_connect)
            if not place or not _is_fit(place):
                break
            dialled = guard(place)
            here = place
    return here if _host(here) != _host(url) else url


def _location(url: str, dialled: str | None, seconds: float, on_connect: OnConnect) -> str | None:
    """Where ``url`` redirects to; None if it does not. Errors: ``network``, ``timeout``."""
    call = Call("HEAD", url, ())
    terms = ConnectionOptions(
        connect=seconds, first_byte=seconds, idle=seconds, on_connect=on_connect
    )
    with http.open_response(call, terms, address=dialled) as response:
        return join_url(url, response.location) if response.location else None


def _is_fit(url: str) -> bool:
    """Whether a URL can be shown and requested: an http or https URL without a login."""
    parts = split_url(url)
    is_web = parts is not None and parts.scheme in ("http", "https") and "@" not in parts.netloc
    return is_web and http.is_address(url)


def _host(url: str) -> str:
    parts = split_url(url)
    return parts.netloc.lower() if parts else ""
