"""``aichat models --show``: everything known about one model."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aichat.app.models.inventory import KnownModel
from aichat.app.models.sources import ModelSources, unknown_model_error
from aichat.commands.models import json as models_json
from aichat.commands.models.options import ModelsOptions
from aichat.commands.models.table import align_left, align_right, capabilities, full_name
from aichat.core.billing.price import UNITS, Price, format_price
from aichat.core.catalogue import search
from aichat.core.catalogue.model import Model, RateLimit
from aichat.core.text.dates import format_time
from aichat.core.text.numbers import align_decimals
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Theme
from aichat.core.text.wrap import wrap_entry
from aichat.disk.cache import rate_limits
from aichat.disk.catalogue import models
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

#: The width of labels on a terminal, and the line width in a pipe.
_LABEL_WIDTH, _NO_WIDTH_LIMIT = 14, 1_000_000

#: Headings, each with its lines.
Facts = Iterator[tuple[str, list[str]]]


class ModelDetails(NamedTuple):
    """A model with all details; ``entry`` is that of its provider's own list."""

    known: KnownModel
    published_limits: tuple[RateLimit, ...]  # of the model itself
    last_limits: rate_limits.LimitsEntry | None
    wire: str
    entry: Any
    provider_limits: tuple[RateLimit, ...] = ()  # limits for all of the provider's models


def show_model(sources: ModelSources, options: ModelsOptions, query: str) -> int:
    """Print the details of the best match. Errors: ``not_found`` if there is none."""
    known = _best_match(sources, options, query)
    provider = sources.registry[known.model.provider]
    if options.live:
        known = _ask_provider(sources, known)
    model = known.model
    details = ModelDetails(
        known,
        model.limits,
        rate_limits.read(sources.inventory.cache, provider.id, model.id),
        sources.setup(provider).target.wire.value,
        known.entry.raw if known.entry else None,
        models.load(provider.id).limits,
    )
    if options.json:
        sources.world.write_json(_document(details, sources))
        return 0
    sources.world.write_text(render_model(sources.world, details, sources.price_context().day))
    return 0


def render_model(world: World, details: ModelDetails, day: str) -> str:
    """The details as of ``day`` (ISO): for people, or in a pipe with a name and value per line."""
    if not world.stdout_tty:
        facts = _facts(details, day, _NO_WIDTH_LIMIT)
        rows = [("id", full_name(details.known.model))]
        rows += [(label, line) for label, lines in facts for line in lines]
        return format_table(("fact", "value"), rows, terminal=False)
    columns = world.columns()
    facts = _facts(details, day, columns - _LABEL_WIDTH)
    return _render_facts(details.known.model, facts, world.theme, columns)


def _best_match(sources: ModelSources, options: ModelsOptions, query: str) -> KnownModel:
    """The best match for the query; by default the provider's default model."""
    found = [known for provider in sources.providers for known in sources.models(provider)]
    query = query or (sources.providers[0].default_model or "")
    if not query:
        raise usage_error(
            f"which model of {sources.providers[0].id}?", "example: aichat models --show sonnet"
        )
    ranked = search.rank_models((known.model for known in found), query)
    exact = next((m for m in ranked if query.lower() in (m.id, full_name(m))), None)
    best = exact or next((m for m in ranked if m.can_chat), next(iter(ranked), None))
    if best is not None:
        return next(known for known in found if known.model is best)
    if options.live and options.provider:
        return KnownModel(Model(sources.providers[0].id, query))  # the provider may know it
    raise unknown_model_error(query, found)


def _ask_provider(sources: ModelSources, known: KnownModel) -> KnownModel:
    """The model with its provider's current description."""
    from aichat.commands.models.live import fetch_model
    from aichat.core.catalogue.merge import merge_model

    model, provider = known.model, sources.registry[known.model.provider]
    if provider.engine:
        return known
    entry = fetch_model(sources, provider, known.entry.id if known.entry else model.id)
    day = sources.price_context().day
    return KnownModel(merge_model(model, entry, f"{provider.name}'s own list", day), True, entry)


def _document(details: ModelDetails, sources: ModelSources) -> dict[str, Any]:
    model, seen = details.known.model, details.last_limits
    card = model.card
    return {
        **models_json.model_entry(details.known, sources.price_context()),
        "limits": [limit._asdict() for limit in details.published_limits],
        "provider_limits": [limit._asdict() for limit in details.provider_limits],
        "wire": details.wire,
        "defaults": dict(details.known.entry.defaults) if details.known.entry else {},
        "sampling": card.sampling,
        "rejects": sorted(card.rejects),
        "rate_limits": {"at": seen.at, "headers": {**seen.headers}} if seen else None,
        "entry": details.entry,
    }


def _facts(details: ModelDetails, day: str, room: int) -> Facts:
    """Headings and their lines; prices in columns if they fit in ``room``.

    Prices are those valid on ``day`` (ISO), and announced ones.
    """
    yield from _main_facts(details)
    prices = details.known.model.prices
    yield "prices", _price_lines([p for p in prices if not p.until or p.until >= day], day, room)
    yield from _other_facts(details)


def _main_facts(details: ModelDetails) -> Facts:
    model = details.known.model
    yield "name", [model.name] if model.name else []
    yield "status", [", ".join([model.status, *model.roles])]
    yield "note", [model.note] if model.note else []
    yield "context", _token_lines(model.context, " (output included)" * model.shared_window)
    yield "output", _token_lines(model.max_output, " at most")
    yield "takes", [", ".join(model.inputs)] if model.inputs else []
    yield "gives", [", ".join(model.outputs)] if model.outputs else []
    yield "can", _abilities(model)
    yield "reasoning", _reasoning(model)
    yield "rejects", _rejects(model)
    yield "defaults", _defaults(details)
    yield "wire", [details.wire]
    yield "aliases", [", ".join(model.aliases)] if model.aliases else []
    yield "released", [model.released] if model.released else []
    yield "deprecated", [model.deprecated] if model.deprecated else []
    yield "retires", [model.retires] if model.retires else []
    yield "successor", [model.successor] if model.successor else []
    yield (
        "in its list",
        [] if details.known.is_listed is None else [_yes_or_no(details.known.is_listed)],
    )


def _other_facts(details: ModelDetails) -> Facts:
    model = details.known.model
    yield "limits", _limit_lines(details.published_limits)
    yield "provider", _provider_lines(details)
    yield "last seen", _last_limit_lines(details.last_limits)
    yield "told", _entry_lines(details.entry)
    yield "sources", [f"{source}, {date}" for source, date in model.sources]


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _token_lines(count: int | None, more: str) -> list[str]:
    return [] if count is None else [f"{count:,} tokens{more}"]


def _abilities(model: Model) -> list[str]:
    can = [name for name, has in capabilities(model) if has]
    cannot = [f"no {name}" for name, has in capabilities(model) if has is False]
    return [", ".join([*can, *cannot])] if can or cannot else []


def _reasoning(model: Model) -> list[str]:
    card = model.card
    ways = {
        "effort": "by level",
        "adaptive": "by level, adaptive",
        "budget": "by token budget",
        "switch": "on or off",
        "fixed": "always on, not adjustable",
        "none": "none",
    }
    if card.control is None:
        return []
    levels = f": --effort {'|'.join(card.efforts)}" if card.efforts else ""
    return [ways.get(card.control, card.control) + levels]


def _rejects(model: Model) -> list[str]:
    sampling = {
        "never": "temperature, top_p",
        "unreasoned": "temperature, top_p (but with --effort none)",
    }
    said = [*sorted(model.card.rejects), sampling.get(model.card.sampling, "")]
    return [", ".join(filter(None, said))] if any(said) else []


def _defaults(details: ModelDetails) -> list[str]:
    """The defaults: the provider's own, and required ones that we send."""
    told = details.known.entry.defaults if details.known.entry else {}
    said = [f"{name} {value:g}" for name, value in told.items()]
    card = details.known.model.card
    if card.needs_limit and card.max_output:
        said.append(f"max_tokens {card.max_output:,} (required)")
    return [", ".join(said)] if said else []


# -- prices


def _price_lines(prices: Iterable[Price], day: str, room: int) -> list[str]:
    """A line for each row of prices, with column headings.

    Columns that do not fit are put below; a fee common to all rows comes last. If no column
    fits, each row's prices are listed.
    """
    rows = [*prices]
    if not rows:
        return []
    found = [what for what in UNITS if any(what in row.rates for row in rows)]
    flat = [what for what in found if _is_flat(what, rows)]
    kinds = [what for what in found if what not in flat]
    labels = ["", *(_price_conditions(row, day) for row in rows)]
    first = align_left(labels)
    columns = [
        align_right([_rate_label(what), *align_decimals(_rate(row, what) for row in rows)])
        for what in kinds
    ]
    if any(len(first[0]) + 2 + len(column[0]) > room for column in columns):
        lines = [_list_rates(row, kinds, day) for row in rows]
    else:
        lines = _join_columns(first, columns, room) if kinds else []
    return [*lines, *(f"{_rate_label(what)}: {_rate(rows[0], what)}" for what in flat)]


def _list_rates(row: Price, kinds: Sequence[str], day: str) -> str:
    """A row of prices as text."""
    rates = [f"{_rate_label(what)} {_rate(row, what)}" for what in kinds if what in row.rates]
    return ": ".join(filter(None, (_price_conditions(row, day), ", ".join(rates))))


def _is_flat(what: str, rows: Sequence[Price]) -> bool:
    """Whether a fee, not counting prices of tokens, is the same in every row."""
    amounts = {(row.rates.get(what), row.most.get(what), row.currency) for row in rows}
    return UNITS[what][0] != "token" and len(rows) > 1 and len(amounts) == 1


def _join_columns(first: Sequence[str], columns: Iterable[Sequence[str]], room: int) -> list[str]:
    """Columns beside the ``first``; those beyond ``room`` follow below, beside it again."""
    lines: list[str] = []
    open_lines = [*first]
    for column in columns:
        if open_lines != [*first] and len(open_lines[0]) + 2 + len(column[0]) > room:
            lines += open_lines
            open_lines = [*first]
        open_lines = [f"{line}  {cell}" for line, cell in zip(open_lines, column, strict=True)]
    return [line.rstrip() for line in [*lines, *open_lines]]


def _price_conditions(row: Price, day: str) -> str:
    """The conditions of a row: tier, region, currency, prompt length, future dates."""
    said = [row.tier, row.region, row.currency if row.currency != "USD" else ""]
    said.append(_band(row.above) if row.above else "")
    said.append(f"from {row.since}" if row.since > day else "")
    said.append(f"to {row.until}" if row.until else "")
    return " ".join(filter(None, said))


def _band(above: int) -> str:
    """The range of prompt tokens: above a round number, or from a number on."""
    return f"from {above + 1:,}" if above % 1000 == 999 else f"over {above:,}"


def _rate_label(what: str) -> str:
    word = what.replace("_", " ")
    return f"{word}/1k" if UNITS[what][1] == 1000 else word


def _rate(row: Price, what: str) -> str:
    if what not in row.rates:
        return "-"
    low = format_price(row.rates[what], what)
    return f"{low}-{format_price(row.most[what], what)}" if what in row.most else low


def _limit_lines(given: Iterable[RateLimit]) -> list[str]:
    return [
        f"{limit.tier}: {'no limit on' if limit.amount is None else format(limit.amount, ',')} "
        f"{limit.unit}"
        for limit in given
    ]


def _provider_lines(details: ModelDetails) -> list[str]:
    """A provider's statements about all its models, from which this one may differ."""
    own = details.known.model
    said = [one for one in details.provider_limits if not (own.context and "context" in one.unit)]
    return [f"{line} (any model of {own.provider})" for line in _limit_lines(said)]


def _last_limit_lines(seen: rate_limits.LimitsEntry | None) -> list[str]:
    """The rate-limit headers of the last answer, and its time."""
    if seen is None:
        return []
    return [
        format_time(seen.at),
        *(f"{name}: {value}" for name, value in sorted(seen.headers.items())),
    ]


def _entry_lines(entry: Any) -> list[str]:
    """Other fields of the entry in the provider's list."""
    if not isinstance(entry, dict):
        return []
    return [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()]


# -- on a terminal


def _render_facts(model: Model, facts: Facts, theme: Theme, columns: int) -> str:
    entries = [theme.paint(sanitize_line(full_name(model)), "heading")]
    for label, lines in facts:
        text = "\n".join(map(sanitize_line, lines))
        head = f"  {theme.paint(f'{label:<11}', 'dim')}"
        entries += [wrap_entry(head, text, _LABEL_WIDTH, columns)] if lines else []
    return "\n".join(entries) + "\n"
