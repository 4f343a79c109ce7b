"""The tools that a provider runs by itself: one neutral wish, which each wire spells.

All of them are off unless they are asked for: each may cost money, and tells others what is asked.
"""

import re
from collections.abc import Iterable

from aichat.errors import usage_error
from aichat.values import NamedTuple

#: Every tool, by the name of its option, and what it does in a word.
TOOLS = ("search", "search_x", "fetch", "code", "file_search", "maps")

_SECONDS = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400}


class UserLocation(NamedTuple):
    """Where the user is, as far as they say: names, or degrees."""

    city: str | None = None
    region: str | None = None
    country: str | None = None  # two letters
    timezone: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def names(self) -> dict[str, str]:
        """What is said in words."""
        named = zip(self._fields[:4], self[:4], strict=True)
        return {name: value for name, value in named if isinstance(value, str)}

    @property
    def degrees(self) -> dict[str, float]:
        """What is said in numbers."""
        if self.latitude is None or self.longitude is None:
            return {}
        return {"latitude": self.latitude, "longitude": self.longitude}


class ServerTools(NamedTuple):
    """What the provider may use for an answer, and how.

    ``domains`` are all that may be searched, ``blocked`` never are; of X, ``handles`` are.
    ``now`` is in seconds since 1970: where a server takes no span of time but two dates.
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
    container: str | None = None  # where code was run before, and can be run again
    code_files: tuple[str, ...] = ()  # what the code finds there, by the provider's names

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tools that are on."""
        return tuple(name for name in TOOLS if getattr(self, name))

    @property
    def since(self) -> float | None:
        """The beginning of the span of time that is searched."""
        return self.now - _SECONDS[self.recency] if self.recency else None


class DomainLists(NamedTuple):
    """What ``--search-domain`` says, by what it is about."""

    domains: tuple[str, ...]
    blocked: tuple[str, ...]
    handles: tuple[str, ...]
    blocked_handles: tuple[str, ...]


def parse_domains(given: Iterable[str]) -> DomainLists:
    """``D`` allows a domain and ``-D`` excludes it; ``@NAME`` is somebody on X.

    Errors: ``usage`` for what is neither.
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
