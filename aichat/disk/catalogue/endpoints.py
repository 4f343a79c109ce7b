"""The endpoints of a provider's HTTP interface, as data beside the provider's own file.

Source: the paths of the official SDKs and the providers' references, November 2026.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping

from aichat.core.http.paging import PageRule
from aichat.providers import read_data
from aichat.values import NamedTuple

#: The method of a WebSocket.
SOCKET = "WS"

#: The data for a provider without its own.
_FALLBACK = "custom"


class Route(NamedTuple):
    """One endpoint. ``path`` has ``{names}`` for what the user fills in."""

    method: str
    path: str
    about: str
    answer: str = ""  # "file": of any type, as uploaded; "binary": never text


class EndpointDirectory(NamedTuple):
    """The endpoints of one provider by subject, and how its lists are paged."""

    subjects: Mapping[str, tuple[Route, ...]]
    page_rules: tuple[PageRule, ...]

    def all_routes(self) -> Iterator[Route]:
        """All endpoints."""
        for routes in self.subjects.values():
            yield from routes

    def find_route(self, method: str, path: str) -> Route | None:
        """The endpoint of a path whose names are filled in."""
        path = "/" * (not path.startswith("/")) + path.partition("?")[0]
        fits = (
            e for e in self.all_routes() if e.method == method and _pattern(e.path).fullmatch(path)
        )
        return next(fits, None)


def read(provider: str, *, built_in: bool) -> EndpointDirectory:
    """The directory of a provider, by its id; for a server from the config, common endpoints."""
    names = (provider, _FALLBACK) if built_in else (_FALLBACK,)
    found = filter(None, (read_data(f"endpoints/{name}.toml") for name in names))
    document = tomllib.loads(next(found).decode())
    subjects = {
        name: tuple(Route(*entry) for entry in entries)
        for name, entries in document.get("endpoints", {}).items()
    }
    ways = (
        PageRule(**{**way, "cursor": tuple(way["cursor"])}) for way in document.get("pages", ())
    )
    return EndpointDirectory(subjects, tuple(ways))


def _pattern(path: str) -> re.Pattern[str]:
    """A pattern for a path with ``{names}``."""
    pieces = re.split(r"\{[^{}]*\}", path.partition("?")[0])
    return re.compile("[^/]+".join(map(re.escape, pieces)))
