"""The whole catalogue, one provider at a time: limits, prices, dates, sources.

It is read when somebody looks at models or money; what steers a request is in
``catalogue``, which is smaller. Both are written by ``python -m tests.catalogue``.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from aichat.core.billing.price import Price, Service, parse_price
from aichat.core.catalogue.model import Catalogue, Model, RateLimit
from aichat.core.http.connection import host_of
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import cards
from aichat.providers import read_data

#: Of a model's row, what is a tuple.
_TUPLE_FIELDS = ("inputs", "outputs", "aliases", "roles", "uses")


def names() -> tuple[str, ...]:
    """The providers that there is a catalogue of."""
    return tuple(cards.read())


def load(provider: str) -> Catalogue:
    """All that is known of a provider's models; an empty catalogue where there is none."""
    data = _read(provider)
    sources = data["sources"]
    return Catalogue(
        provider,
        data["date"],
        {str(name): _model(provider, name, row, sources) for name, row in data["models"].items()},
        services(provider),
        _limits(data.get("limits", ()), sources),
        data.get("regions", {}),
    )


def date(provider: str) -> str:
    """The day on which a provider's catalogue was put together."""
    return str(_read(provider)["date"])


def find(provider: str, name: str) -> Model | None:
    """The model of this id or alias, or the one that it is a dated snapshot of."""
    data = _read(provider)
    rows = data["models"]
    for known in (name, cards.strip_date(name)):
        found = known if known in rows else _find_alias(rows, known)
        if found:
            return _model(provider, found, rows[found], data["sources"])
    return None


def services(provider: str) -> tuple[Service, ...]:
    """What a provider charges for beside its models."""
    data = _read(provider)
    return tuple(
        Service(
            row["name"],
            _prices(row["prices"], data["sources"]),
            row.get("note", ""),
            tuple(row.get("models", ())),
        )
        for row in data.get("services", ())
    )


def regions(provider: str) -> Mapping[str, str]:
    """Other names of the regions that a provider's prices are for."""
    named: Mapping[str, str] = _read(provider).get("regions", {})
    return named


def region(provider: Provider, wanted: str | None, base_url: str) -> str:
    """The region whose prices hold: the one asked for, else the one the address belongs to."""
    if wanted:
        place = wanted.rpartition(".")[2]
        return regions(provider.id).get(place, place)
    hosts = {host_of(url): name for name, url in provider.regions.items()}
    return hosts.get(host_of(base_url)) or hosts.get(host_of(provider.base_url), "")


def _find_alias(rows: Mapping[str, Any], name: str) -> str | None:
    return next((known for known, row in rows.items() if name in row.get("aliases", ())), None)


@cache
def _read(provider: str) -> dict[str, Any]:
    """A provider's file, its numbers still as they are written, since they are exact."""
    if provider not in cards.read():
        return {"date": "", "models": {}, "sources": {}}
    raw = read_data(f"catalogue/{provider}.json") or b"{}"
    data: dict[str, Any] = json.loads(raw, parse_float=str, parse_int=str)
    data["sources"] = {key: tuple(said) for key, said in data["sources"].items()}
    return data


_Sources = Mapping[str, tuple[str, str]]


def _model(provider: str, name: str, row: dict[str, Any], sources: _Sources) -> Model:
    more: dict[str, Any] = {
        "prices": _prices(row.get("prices", ()), sources),
        "limits": _limits(row.get("limits", ()), sources),
        "sources": tuple(sources[key] for key in row.get("sources", ())),
        "card": cards.card(provider, name),
    }
    more |= {key: tuple(row[key]) for key in _TUPLE_FIELDS if key in row}
    more |= {key: int(row[key]) for key in ("context", "max_output") if key in row}
    return Model(provider, name, **{**row, **more})


def _prices(rows: Any, sources: _Sources) -> tuple[Price, ...]:
    return tuple(_price(row, sources) for row in rows)


def _price(row: dict[str, Any], sources: _Sources) -> Price:
    source, date = sources[row["source"]]
    rates = {
        key: {what: parse_price(text, what) for what, text in row.get(key, {}).items()}
        for key in ("rates", "most")
    }
    above = int(row.get("above", 0))
    return Price(**{**row, **rates, "above": above, "source": source, "date": date})


def _limits(rows: Any, sources: _Sources) -> tuple[RateLimit, ...]:
    return tuple(
        RateLimit(tier, unit, None if amount is None else int(amount), *sources[source])
        for tier, unit, amount, source in rows
    )
