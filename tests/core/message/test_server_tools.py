"""What the user says of the provider's tools: domains, accounts, and where they are."""

import pytest

from aichat.core.message.server_tools import (
    DomainLists,
    ServerTools,
    UserLocation,
    parse_domains,
    parse_location,
)
from aichat.errors import AichatError

DOMAINS: dict[tuple[str, ...], DomainLists] = {
    (): DomainLists((), (), (), ()),
    ("example.org", "-b.example"): DomainLists(("example.org",), ("b.example",), (), ()),
    ("https://a.org/", "a.org", "a.org/docs"): DomainLists(("a.org", "a.org/docs"), (), (), ()),
    ("@nasa", "-@esa", "-@esa"): DomainLists((), (), ("nasa",), ("esa",)),
}


@pytest.mark.parametrize("given", DOMAINS, ids=str)
def test_domains_and_accounts_are_allowed_or_excluded(given: tuple[str, ...]) -> None:
    assert parse_domains(given) == DOMAINS[given]


@pytest.mark.parametrize("text", ["", "-", "localhost", "a b.org", "@", "@a-b", "--a.org", ".org"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(AichatError, match="--search-domain"):
        parse_domains([text])


PLACES: dict[str, UserLocation] = {
    "Paris": UserLocation("Paris"),
    "fr": UserLocation(country="FR"),
    "Paris, FR": UserLocation("Paris", country="FR"),
    "Austin, Texas, US": UserLocation("Austin", "Texas", "US"),
    "Austin, Texas, US, America/Chicago": UserLocation("Austin", "Texas", "US", "America/Chicago"),
    "Europe/Paris": UserLocation(timezone="Europe/Paris"),
    "48.85, -2.5": UserLocation(latitude=48.85, longitude=-2.5),
}


@pytest.mark.parametrize("text", PLACES)
def test_a_place_is_names_or_degrees(text: str) -> None:
    assert parse_location(text) == PLACES[text]


@pytest.mark.parametrize("text", ["", " ,FR", "a, b, c, FR", ",", "Paris,,FR"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(AichatError, match="--search-location"):
        parse_location(text)


def test_degrees_that_are_none_on_earth_are_a_name_that_nobody_has() -> None:
    assert parse_location("91, 0").degrees == {}


def test_nothing_is_on_unless_it_is_asked_for() -> None:
    assert ServerTools().names == ()
    assert ServerTools(search=True, file_search=("s",)).names == ("search", "file_search")
    assert ServerTools(now=1e6).since is None
    assert ServerTools(recency="day", now=1e6).since == 1e6 - 86_400
