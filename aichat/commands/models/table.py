"""The table of models: fitted to the terminal's width, or tab-separated in a pipe."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from aichat.app.models.inventory import KnownModel
from aichat.core.billing.money import pad_decimals
from aichat.core.billing.price import Price, format_price
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import PriceContext, takes_images
from aichat.core.text.cells import truncate
from aichat.core.text.numbers import align_decimals, format_tokens
from aichat.core.text.sanitize import sanitize, sanitize_line
from aichat.core.text.theme import Theme
from aichat.core.text.wrap import wrap_items
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

_TSV_HEAD = (
    "provider",
    "model",
    "context",
    "max_output",
    "input",
    "output",
    "currency",
    "capabilities",
    "status",
)

#: The least widths of a terminal for abilities as words, and for notes.
_WORDS_FROM, _NOTES_FROM = 140, 100

#: The least widths of a terminal for each column: context, output, both prices, abilities.
_MIN_WIDTHS = (50, 70, 0, 0, 60)

#: The width reserved for notes before names, and the least width to show them at all.
_NOTES_WIDTH, _MIN_NOTES_WIDTH = 24, 12

#: The least width of names; longer ones get a separate line.
_MIN_NAME_WIDTH = 8

#: The legend of the letters for abilities.
_LETTERS = ("v vision", "t tools", "r reasoning", "s search", "j json schema", "? unknown")

#: Marks before a name, by status.
_MARKS = {"retired": "x", "deprecated": "!", "preview": "~", "default": "*"}

_CURRENCY_SIGNS = {"USD": "", "CNY": "¥", "EUR": "€"}


def capabilities(model: Model) -> list[tuple[str, bool | None]]:
    """A model's abilities by name; None if unknown."""
    return [
        ("vision", takes_images(model) if model.inputs else None),
        ("tools", model.tools),
        ("reasoning", None if model.card.control is None else model.card.can_reason),
        ("search", model.search),
        ("json", model.structured),
    ]


def full_name(model: Model) -> str:
    """The name for ``-m``: provider and id, unless the id already begins with the provider."""
    own = model.id.startswith(f"{model.provider}/")
    return model.id if own else f"{model.provider}/{model.id}"


def model_table(
    world: World,
    rows: Sequence[KnownModel],
    price_context: PriceContext,
    *,
    grouped: bool,
) -> str:
    """The whole table; ``grouped`` by provider, with headings."""
    if not world.stdout_tty or world.is_read_aloud:
        text = format_table(
            _TSV_HEAD,
            [_cells(known.model, price_context.price(known.model)) for known in rows],
            terminal=False,
        )
        return sanitize(text) if world.stdout_tty else text
    wide = world.columns()
    drawn = _TableLayout(wide, world.theme, grouped)
    return drawn.render(
        [ModelRow.from_model(known, price_context.price(known.model), drawn) for known in rows]
    )


def _cells(model: Model, price: Price | None) -> tuple[str, ...]:
    rates = price.rates if price else {}
    costs = [format_price(rates[w], w) if w in rates else "" for w in ("input", "output")]
    limits = [str(n) if n is not None else "" for n in (model.context, model.max_output)]
    abilities = ",".join(name for name, has in capabilities(model) if has)
    currency = price.currency if price else ""
    return (model.provider, model.id, *limits, *costs, currency, abilities, model.status)


class ModelRow(NamedTuple):
    """The cells of one line, before alignment."""

    provider: str
    model: str
    context: str
    output: str
    cost_in: str
    cost_out: str
    capabilities: str
    notes: str
    mark: str

    @classmethod
    def from_model(
        cls, known: KnownModel, price: Price | None, layout: "_TableLayout"
    ) -> "ModelRow":
        """The row of a model."""
        model = known.model
        return cls(
            model.provider,
            sanitize_line(model.id if layout.grouped else full_name(model)),
            format_tokens(model.context),
            format_tokens(model.max_output),
            _price_cell(price, "input"),
            _price_cell(price, "output"),
            _capability_words(model) if layout.width >= _WORDS_FROM else _capability_letters(model),
            sanitize_line(notes(known)),
            _mark(model),
        )


def _mark(model: Model) -> str:
    known = (model.status, *model.roles)
    return next((mark for word, mark in _MARKS.items() if word in known), " ")


def _price_cell(price: Price | None, what: str) -> str:
    if price is None or what not in price.rates:
        return "-"
    sign = _CURRENCY_SIGNS.get(price.currency, f"{price.currency} ")
    return (
        "free"
        if price.tier == "free"
        else sign + pad_decimals(format_price(price.rates[what], what))
    )


def _capability_letters(model: Model) -> str:
    """Abilities in the style of ``ls -l``: a letter for each one, a dash for a missing one."""
    marks = {True: 0, False: 1, None: 2}
    return "".join((name[0], "-", "?")[marks[has]] for name, has in capabilities(model))


def _capability_words(model: Model) -> str:
    return " ".join(name for name, has in capabilities(model) if has) or "-"


def notes(known: KnownModel) -> str:
    """Further remarks to consider before choosing a model."""
    model = known.model
    said = [*model.roles, *([model.status] if model.status != "current" else [])]
    if model.retires and model.status != "retired":
        said.append(f"until {model.retires}")
    if model.successor and model.status in ("deprecated", "retired"):
        said.append(f"use {model.successor}")
    if known.is_listed is False:
        said.append("not listed")
    return ", ".join([*said, *([model.note] if model.note and not said else [])])


class _TableLayout:
    """The table's width, theme and grouping."""

    def __init__(self, wide: int, theme: Theme, grouped: bool) -> None:
        self.width, self._theme, self.grouped = wide, theme, grouped

    def render(self, rows: Sequence[ModelRow]) -> str:
        """The heading, lines and legend."""
        if not rows:
            return ""
        head = ModelRow("", "model", "context", "output", "$ in", "$ out", "can", "", " ")
        lines = self._align([head, *rows])
        body = [self._theme.paint(lines[0], "heading"), *self._body(rows, lines[1:])]
        legend = [self._theme.paint(line, "dim") for line in self._legend(rows)]
        return "".join(f"{line}\n" for line in [*body, *legend])

    def _body(self, rows: Sequence[ModelRow], lines: Sequence[str]) -> Iterable[str]:
        if not self.grouped:
            yield from lines
            return
        pairs = zip(rows, lines, strict=True)
        for provider, some in groupby(pairs, key=lambda pair: pair[0].provider):
            yield self._theme.paint(sanitize_line(provider), "strong")
            yield from (line for _, line in some)

    def _align(self, rows: Sequence[ModelRow]) -> list[str]:
        """The rows with aligned columns; a longer name gets a separate line."""
        sides = [
            align_right([row.context for row in rows]),
            align_right([row.output for row in rows]),
            align_right(align_decimals([row.cost_in for row in rows])),
            align_right(align_decimals([row.cost_out for row in rows])),
            align_left([row.capabilities for row in rows]),
        ]
        sides = [
            side for side, least in zip(sides, _MIN_WIDTHS, strict=True) if self.width >= least
        ]
        figures = ["  ".join(cells) for cells in zip(*sides, strict=True)]
        notes_ = max(len(row.notes) for row in rows) if self.width >= _NOTES_FROM else 0
        room = self.width - len(figures[0]) - 4 - (min(notes_, _NOTES_WIDTH) + 2 if notes_ else 0)
        width = min(max(len(row.model) for row in rows), max(room, _MIN_NAME_WIDTH))
        rest = self.width - width - len(figures[0]) - 6
        return [
            _line(row, width, cells, rest if rest >= _MIN_NOTES_WIDTH else 0)
            for row, cells in zip(rows, figures, strict=True)
        ]

    def _legend(self, rows: Sequence[ModelRow]) -> list[str]:
        """The legend of the marks and letters in use."""
        used = {row.mark for row in rows}
        letters = _LETTERS if _MIN_WIDTHS[-1] <= self.width < _WORDS_FROM else ()
        marks = (f"{mark} {word}" for word, mark in _MARKS.items() if mark in used)
        return wrap_items((*letters, *marks, "$: per million tokens"), self.width)


def _line(row: ModelRow, width: int, figures: str, room: int) -> str:
    name = f"{row.mark} {row.model:<{width}}"
    above, name = (f"{name}\n", " " * (width + 2)) if len(row.model) > width else ("", name)
    told = f"  {truncate(row.notes, room)}" if room > 0 else ""
    return f"{above}{name}  {figures}{told}".rstrip()


def align_right(cells: Sequence[str]) -> list[str]:
    """Cells aligned to the right."""
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]


def align_left(cells: Sequence[str]) -> list[str]:
    """Cells aligned to the left."""
    width = max(map(len, cells))
    return [cell.ljust(width) for cell in cells]
