"""The catalogue's data, put together: prices of genai-prices, everything else by hand.

``python -m tests.catalogue`` writes it. The files beside this one are the hand-kept part,
a table a provider; what they say wins, since genai-prices has no day of retirement, no
limits and no Qwen.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "aichat" / "providers" / "catalogue"
PROVIDERS = (
    *("openai", "gemini", "xai", "groq", "anthropic", "perplexity", "moonshot", "qwen"),
    "local",
)

#: Our provider -> theirs.
THEIRS = {"gemini": "google", "xai": "x-ai", "moonshot": "moonshotai"}

#: Their names of prices -> ours; what is missing is of no answer that we can get.
RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "output_citation_mtok": "citation",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "write",
    "cache_write_1h_mtok": "write_1h",
    "input_audio_mtok": "audio_input",
    "cache_audio_read_mtok": "audio_cached",
    "output_audio_mtok": "audio_output",
    "input_image_mtok": "image_input",
    "cache_image_read_mtok": "image_cached",
    "output_image_mtok": "image_output",
    "input_video_mtok": "video_input",
    "output_video_mtok": "video_output",
    "web_searches_kcount": "search",
    "requests_kcount": "request",
    "storage_searches_kcount": "file_search",
    "audio_hours": "audio_hour",
    "input_audio_hours": "audio_hour",
    "input_mchars": "character",
}

#: How their variants of a price are asked for, by our tier.
TIERS: Mapping[str, Mapping[str, str]] = {
    "standard": {},
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"speed": "fast"},
}

#: What is charged for tools of the provider's.
_TOOLS = ("search", "file_search")

#: Prices that ended before this day are history: that of the oldest document we answer for.
OLDEST = date(2025, 7, 24)

Row = dict[str, Any]


def overlay(provider: str) -> Row:
    """The hand-kept facts of a provider."""
    return tomllib.loads((HERE / f"{provider}.toml").read_text("utf-8"))


def built() -> dict[str, str]:
    """Every data file's text, by name."""
    common = tomllib.loads((HERE / "common.toml").read_text("utf-8"))
    tables = {provider: overlay(provider) for provider in PROVIDERS}
    files = {f"{name}.json": _file(name, facts, common) for name, facts in tables.items()}
    small = {name: _small(facts["models"]) for name, facts in tables.items()}
    return {**files, "models.json": _text(small, 2)}


# --- the small table, which every request reads


def _small(models: Mapping[str, Row]) -> Row:
    return {name: _entry(name, row, models) for name, row in models.items()}


def _entry(name: str, row: Row, models: Mapping[str, Row]) -> Row:
    """What steers requests: a family's facts, over them the model's own."""
    families = [k for k in models if k.endswith("*") and k != name and name.startswith(k[:-1])]
    facts = {key: row[key] for key in ("context", "max_output", "successor") if key in row}
    if "retires" in row:
        facts["retired"] = row["retires"]
    for family in families:
        facts |= models[family].get("card", {})
    facts |= row.get("card", {})
    facts |= {key: row[key] for key in ("aliases", "roles") if key in row}
    return _listed(facts)


def _listed(facts: Row) -> Row:
    """``efforts`` as the list that they are, on every wire."""
    if "efforts" in facts:
        facts = {**facts, "efforts": facts["efforts"].split()}
    if "on" in facts:
        facts = {**facts, "on": {wire: _listed(more) for wire, more in facts["on"].items()}}
    return facts


# --- the whole of a provider


def _file(provider: str, facts: Row, common: Row) -> str:
    models = {
        name: _model(provider, name, row, facts)
        for name, row in facts["models"].items()
        if not name.endswith("*")
    }
    whole = {
        "date": common["date"],
        "sources": {**common["sources"], **facts.get("sources", {})},
        "regions": facts.get("regions", {}),
        "limits": facts.get("limits", []),
        "services": facts.get("services", []),
        "models": models,
    }
    used = set(re.findall(r'"source": "([^"]+)"', json.dumps(whole)))
    used |= {key for row in models.values() for key in row["sources"]}
    used |= {limit[-1] for row in (whole, *models.values()) for limit in row.get("limits", ())}
    whole["sources"] = {key: said for key, said in whole["sources"].items() if key in used}
    return _text({key: value for key, value in whole.items() if value}, 2)


#: Of an overlay's row, what the file has under the same name.
_SAME = (
    *("name", "status", "context", "max_output", "shared_window", "released", "deprecated"),
    *("retires", "successor", "aliases", "roles", "note"),
)


def _model(provider: str, name: str, row: Row, facts: Row) -> Row:
    found = {key: row[key] for key in _SAME if key in row}
    for key in ("inputs", "outputs"):
        if row.get(key):
            found[key] = row[key].split()
    if "for" in row:
        found["uses"] = row["for"].split()
    able = row.get("can", "").split()
    if row.get("context"):
        found |= {key: key in able for key in ("tools", "search", "structured")}
    prices = [*_theirs(provider, name, row, facts), *_own(name, facts)]
    limits = [[_whole(x) for x in limit[1:]] for limit in facts.get("rate", ()) if limit[0] == name]
    sources = list(dict.fromkeys([*row["sources"], *(price["source"] for price in prices)]))
    found |= {"prices": prices, "limits": limits, "sources": sources}
    return {key: value for key, value in found.items() if value not in ([], "")}


def _whole(amount: Any) -> Any:
    """TOML has no null: an amount of -1 says that there is no limit."""
    return None if amount == -1 else amount


def _own(name: str, facts: Row) -> Iterator[Row]:
    """The prices that the overlay itself has for a model."""
    for price in facts.get("prices", ()):
        if price["model"] == name:
            own = {key: value for key, value in price.items() if key != "model"}
            yield own
            for tier, factor in _tiers(name, facts).items() if "tier" not in own else ():
                yield from _scaled([own], tier, factor)


def _tiers(name: str, facts: Row) -> Mapping[str, str]:
    """The tiers of a model that are published as a factor of its standard price."""
    found: Mapping[str, str] = facts.get("tiers", {}) if name in facts.get("tiered", ()) else {}
    return found


def _theirs(provider: str, name: str, row: Row, facts: Row) -> Iterator[Row]:
    from genai_prices import data

    there, _, model = row.get("price_of", name).rpartition(":")
    their_id = there or THEIRS.get(provider, provider)
    listed = [m for p in data.providers if p.id == their_id for m in p.models]
    info = next((m for m in listed if m.id == model), None)
    if info is None or model in facts.get("not_theirs", ()):
        return
    tiers = _tiers(model, facts)
    for since, until in _spans(info):
        for tier, context in TIERS.items():
            if context and not _varied(info, context, since):
                continue
            if there and tier != "standard":
                continue  # another's model is resold at one price
            rows = [*_rows(info, tier, context, (since, until))]
            if there:
                rows = [{**row, "rates": _without_tools(row["rates"])} for row in rows]
            if facts.get("region"):
                rows = [{"region": facts["region"], **row} for row in rows]
            yield from rows
            for more, factor in tiers.items() if tier == "standard" else ():
                yield from _scaled(rows, more, factor)


def _without_tools(rates: Row) -> Row:
    """The rates of a model that another sells on, whose tools are its own."""
    return {what: price for what, price in rates.items() if what not in _TOOLS}


def _scaled(rows: list[Row], tier: str, factor: str) -> Iterator[Row]:
    """The rows of a tier that is published as so many times the standard one, tokens only."""
    for row in rows:
        scaled = {key: _times_all(row[key], factor) for key in ("rates", "most") if key in row}
        yield {"tier": tier, **row, **scaled, "source": "docs"}


def _times_all(rates: Row, factor: str) -> Row:
    return {
        what: price if what in ("request", *_TOOLS) else _times(price, factor)
        for what, price in rates.items()
    }


def _times(price: float, factor: str) -> float:
    return _number(Decimal(str(price)) * Decimal(factor))


def _spans(info: Any) -> Iterator[tuple[date, date]]:
    """The spans of days in which every price stays as it is."""
    rows = info.prices if isinstance(info.prices, list) else []
    starts = {row.constraint.start_date for row in rows if row.constraint is not None}
    for variant in info.price_variants or ():
        if variant.constraint is not None and variant.constraint.start_date > date(2026, 11, 1):
            starts.add(variant.constraint.start_date)
    days = [date.min, *sorted(starts), date.max]
    for since, next_one in pairwise(days):
        until = next_one if next_one == date.max else next_one - timedelta(days=1)
        if until >= OLDEST:
            yield since, until


def _moment(since: date) -> datetime:
    """A moment within a span that begins at ``since``, after every variant was first noted."""
    day = max(since, date(2026, 11, 1))
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _varied(info: Any, context: Mapping[str, str], since: date) -> bool:
    wanted = [v for v in info.price_variants or () if v.when == context and v.prices.__dict__]
    return any(v.constraint is None or v.constraint.active(_moment(since)) for v in wanted)


def _rows(info: Any, tier: str, context: Any, span: tuple[date, date]) -> Iterator[Row]:
    """A row for each band of prompt lengths."""
    since, until = span
    when = _moment(since) if context else datetime(*max(since, OLDEST).timetuple()[:3], 12)
    resolved = info.get_prices(when, context)
    prices = {k: v for k, v in resolved.__dict__.items() if v is not None and k in RATES}
    starts = {t.start for v in prices.values() if hasattr(v, "tiers") for t in v.tiers}
    for above in (0, *sorted(starts)):
        row: Row = {} if tier == "standard" else {"tier": tier}
        if above:
            row["above"] = above
        if since != date.min:
            row["since"] = since.isoformat()
        if until != date.max:
            row["until"] = until.isoformat()
        row["rates"] = {RATES[k]: _number(_at(v, above)) for k, v in prices.items()}
        if row["rates"]:
            yield {**row, "source": "genai-prices"}


def _at(price: Any, above: int) -> Decimal:
    """A price for prompts of more than ``above`` tokens."""
    if not hasattr(price, "tiers"):
        return Decimal(price)
    fitting = [t.price for t in price.tiers if t.start <= above]
    return Decimal(fitting[-1] if fitting and above else price.base)


def _number(price: Decimal) -> float:
    """The same number for JSON: whole where it is."""
    return int(price) if price == int(price) else float(price)


def _text(value: Any, depth: int, indent: str = "") -> str:
    """JSON with a line for each thing of the first ``depth`` levels."""
    if not depth or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + " "
    lines = (f"{inner}{json.dumps(k)}: {_text(v, depth - 1, inner)}" for k, v in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}" + ("" if indent else "\n")
