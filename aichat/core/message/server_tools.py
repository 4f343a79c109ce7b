"""Tools that a provider runs by itself: one neutral value, which each wire spells.

All of them are off unless asked for: each may cost money, and tells others what was asked.
"""

import re
from collections.abc import Iterable

from aichat.errors import usage_error
from aichat.values import NamedTuple

#: Every tool, by the name of its option.
TOOLS = ("search", "search_x", "fetch", "code", "file_search", "maps")

_SECONDS = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400}


class UserLocation(NamedTuple):
    """Where the user is: names, or degrees."""

    city: str | None = None
    region: str | None = None
    country: str | None = None  # two letters
    timezone: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def names(self) -> dict[str, str]:
        """The location in names."""
        named = zip(self._fields[:4], self[:4], strict=True)
        return {name: value for name, value in named if isinstance(value, str)}

    @property
    def degrees(self) -> dict[str, float]:
        """The location in degrees."""
        if self.latitude is None or self.longitude is None:
            return {}
        return {"latitude": self.latitude, "longitude": self.longitude}


class ServerTools(NamedTuple):
    """Which tools the provider may use for an answer, and how.

    Only ``domains`` may be searched, ``blocked`` never; on X, only ``handles``.
    ``now`` is in seconds since 1970, for servers that want two dates instead of a recency.
    """

    search: bool = False
    search_x: bool = False
    fetch: bool = False
    code: bool = False
    file_search: tuple[str, ...] = ()
    maps: bool = False
    domains: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    blocked_handles: tuple[str, ...] = ()
    recency: str | None = None
    context: str | None = None
    location: UserLocation | None = None
    now: float = 0.0
    container: str | None = None  # where code ran before, and can run again
    code_files: tuple[str, ...] = ()  # files in it, by the provider's ids

    @property
    def names(self) -> tuple[str, ...]:
        """The tools that are on."""
        return tuple(name for name in TOOLS if getattr(self, name))

    @property
    def since(self) -> float | None:
        """The beginning of the time span to search, in seconds since 1970."""
        return self.now - _SECONDS[self.recency] if self.recency else None


class DomainLists(NamedTuple):
    """The values of ``--search-domain``, sorted by kind."""

    domains: tuple[str, ...]
    blocked: tuple[str, ...]
    handles: tuple[str, ...]
    blocked_handles: tuple[str, ...]


def parse_domains(given: Iterable[str]) -> DomainLists:
    """Sort values: ``D`` allows a domain, ``-D`` excludes it; ``@NAME`` is an account on X.

    Errors: ``usage`` for anything else.
    """
    found: dict[tuple[bool, bool], list[str]] = {}
    for text in given:
        name = text.removeprefix("-").removeprefix("https://").removeprefix("http://").rstrip("/")
        is_handle, pattern = name.startswith("@"), r"@\w{1,50}"
        pattern = pattern if is_handle else r"\w[\w-]*(\.[\w-]+)+(/\S*)?"
        if not re.fullmatch(pattern, name):
            raise usage_error(f"--search-domain '{text}': expected a domain or @NAME, - before it")
        key = (is_handle, text.startswith("-"))
        found.setdefault(key, []).append(name.removeprefix("@"))
    each = ((False, False), (False, True), (True, False), (True, True))
    return DomainLists(*(tuple(dict.fromkeys(found.get(key, ()))) for key in each))


def parse_location(text: str) -> UserLocation:
    """``Paris, FR``, ``Austin, Texas, US, America/Chicago`` or ``48.9, 2.3``.

    Errors: ``usage``.
    """
    pieces = [piece.strip() for piece in text.split(",")]
    if len(pieces) == 2 and all(re.fullmatch(r"[+-]?\d{1,3}(\.\d+)?", p) for p in pieces):
        latitude, longitude = map(float, pieces)
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return UserLocation(latitude=latitude, longitude=longitude)
    zone = next((p for p in pieces if re.fullmatch(r"[A-Za-z_]+(/[\w+-]+)+", p)), None)
    names = [p for p in pieces if p != zone]
    country = names.pop() if names and re.fullmatch(r"[A-Za-z]{2}", names[-1]) else None
    if not all(names) or len(names) > 2 or not (names or country or zone):
        raise usage_error(
            f"--search-location '{text}': expected a place such as 'Paris, FR', or two degrees"
        )
    city, region = (*names, None, None)[:2]
    return UserLocation(city, region, country and country.upper(), zone)
