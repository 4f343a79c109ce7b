"""The table of models: for people as wide as their terminal allows, in a pipe tab-separated."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from aichat.app.models.inventory import Known
from aichat.core.billing.money import pad_decimals
from aichat.core.billing.price import Price, format_price
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import PriceContext, takes_images
from aichat.core.text.numbers import align_decimals, format_tokens
from aichat.core.text.sanitize import sanitize_line
from aichat.process.world import World
from aichat.term.terminal import terminal_width, wants_colour
from aichat.term.widgets.cells import truncate
from aichat.term.widgets.table import format_table

_TSV = (
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

#: Columns of a terminal from which abilities are words, not letters; from which there are notes.
_WIDE, _NOTED = 140, 100

#: Columns that each figure needs: context, output, both prices, abilities.
_LEAST = (50, 70, 0, 0, 60)

#: The room that notes have before names have theirs; in less than that they are left out.
_NOTES, _NOTE = 24, 12

#: What the letters of abilities stand for.
_LETTERS = ("v vision", "t tools", "r reasoning", "s search", "j json schema", "? unknown")

#: Before a name, by what the model is.
_MARKS = {"retired": "x", "deprecated": "!", "preview": "~", "default": "*"}

_SIGNS = {"USD": "", "CNY": "¥", "EUR": "€"}


def able(model: Model) -> list[tuple[str, bool | None]]:
    """What a model can do, by name; None where nobody says."""
    return [
        ("vision", takes_images(model) if model.inputs else None),
        ("tools", model.tools),
        ("reasoning", None if model.card.control is None else model.card.can_reason),
        ("search", model.search),
        ("json", model.structured),
    ]


def full_name(model: Model) -> str:
    """What ``-m`` takes: the provider before the id, unless the id begins with it already."""
    own = model.id.startswith(f"{model.provider}/")
    return model.id if own else f"{model.provider}/{model.id}"


def listed(
    world: World, colour: str | None, rows: Sequence[Known], day: PriceContext, *, grouped: bool
) -> str:
    """The whole table; ``grouped``: under the names of the providers."""
    if not world.stdout_tty:
        return format_table(
            _TSV, [_cells(known.model, day.price(known.model)) for known in rows], terminal=False
        )
    wide = terminal_width(world)
    drawn = _Drawing(wide, wants_colour(world.environ, colour, terminal=True), grouped)
    return drawn.text([Row.of(known, day.price(known.model), drawn) for known in rows])


def _cells(model: Model, price: Price | None) -> tuple[str, ...]:
    rates = price.rates if price else {}
    costs = [format_price(rates[w], w) if w in rates else "" for w in ("input", "output")]
    limits = [str(n) if n is not None else "" for n in (model.context, model.max_output)]
    abilities = ",".join(name for name, has in able(model) if has)
    currency = price.currency if price else ""
    return (model.provider, model.id, *limits, *costs, currency, abilities, model.status)


class Row(NamedTuple):
    """One line before its columns are aligned."""

    provider: str
    model: str
    context: str
    output: str
    cost_in: str
    cost_out: str
    can: str
    notes: str
    mark: str

    @classmethod
    def of(cls, known: Known, price: Price | None, drawn: "_Drawing") -> "Row":
        """The line of a model."""
        model = known.model
        return cls(
            model.provider,
            sanitize_line(model.id if drawn.grouped else full_name(model)),
            format_tokens(model.context),
            format_tokens(model.max_output),
            _money(price, "input"),
            _money(price, "output"),
            _words(model) if drawn.wide >= _WIDE else _letters(model),
            sanitize_line(notes(known)),
            _mark(model),
        )


def _mark(model: Model) -> str:
    known = (model.status, *model.roles)
    return next((mark for word, mark in _MARKS.items() if word in known), " ")


def _money(price: Price | None, what: str) -> str:
    if price is None or what not in price.rates:
        return "-"
    sign = _SIGNS.get(price.currency, f"{price.currency} ")
    return (
        "free"
        if price.tier == "free"
        else sign + pad_decimals(format_price(price.rates[what], what))
    )


def _letters(model: Model) -> str:
    """As ``ls -l`` shows rights: a letter for what it can, a dash for what it cannot."""
    marks = {True: 0, False: 1, None: 2}
    return "".join((name[0], "-", "?")[marks[has]] for name, has in able(model))


def _words(model: Model) -> str:
    return " ".join(name for name, has in able(model) if has) or "-"


def notes(known: Known) -> str:
    """What else must be known before choosing it."""
    model = known.model
    said = [*model.roles, *([model.status] if model.status != "current" else [])]
    if model.retires and model.status != "retired":
        said.append(f"until {model.retires}")
    if model.successor and model.status in ("deprecated", "retired"):
        said.append(f"use {model.successor}")
    if known.listed is False:
        said.append("not listed")
    return ", ".join([*said, *([model.note] if model.note and not said else [])])


class _Drawing:
    """How wide, whether in colour, whether in groups."""

    def __init__(self, wide: int, bright: bool, grouped: bool) -> None:
        self.wide, self._bright, self.grouped = wide, bright, grouped

    def text(self, rows: Sequence[Row]) -> str:
        """Head, lines and the meaning of the letters."""
        if not rows:
            return ""
        head = Row("", "model", "context", "output", "$ in", "$ out", "can", "", " ")
        lines = self._aligned([head, *rows])
        body = [self._styled("1", lines[0]), *self._body(rows, lines[1:])]
        legend = [self._styled("2", line) for line in self._legend(rows)]
        return "".join(f"{line}\n" for line in [*body, *legend])

    def _body(self, rows: Sequence[Row], lines: Sequence[str]) -> Iterable[str]:
        if not self.grouped:
            yield from lines
            return
        pairs = zip(rows, lines, strict=True)
        for provider, some in groupby(pairs, key=lambda pair: pair[0].provider):
            yield self._styled("1;36", sanitize_line(provider))
            yield from (line for _, line in some)

    def _aligned(self, rows: Sequence[Row]) -> list[str]:
        """Every cell as wide as its column; a name that is longer has a line to itself."""
        sides = [
            right([row.context for row in rows]),
            right([row.output for row in rows]),
            right(align_decimals([row.cost_in for row in rows])),
            right(align_decimals([row.cost_out for row in rows])),
            _left([row.can for row in rows]),
        ]
        sides = [side for side, least in zip(sides, _LEAST, strict=True) if self.wide >= least]
        figures = ["  ".join(cells) for cells in zip(*sides, strict=True)]
        notes_ = max(len(row.notes) for row in rows) if self.wide >= _NOTED else 0
        room = self.wide - len(figures[0]) - 4 - (min(notes_, _NOTES) + 2 if notes_ else 0)
        width = min(max(len(row.model) for row in rows), max(room, 16))
        rest = self.wide - width - len(figures[0]) - 6
        return [
            _line(row, width, cells, rest if rest >= _NOTE else 0)
            for row, cells in zip(rows, figures, strict=True)
        ]

    def _legend(self, rows: Sequence[Row]) -> list[str]:
        """What stands for what, as far as it is used."""
        used = {row.mark for row in rows}
        letters = _LETTERS if _LEAST[-1] <= self.wide < _WIDE else ()
        marks = (f"{mark} {word}" for word, mark in _MARKS.items() if mark in used)
        lines = [""]
        for item in (*letters, *marks, "$: for a million tokens"):
            if lines[-1] and len(lines[-1]) + 2 + len(item) > self.wide:
                lines.append("")
            lines[-1] += ("  " if lines[-1] else "") + item
        return lines

    def _styled(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._bright else text


def _line(row: Row, width: int, figures: str, room: int) -> str:
    name = f"{row.mark} {row.model:<{width}}"
    above, name = (f"{name}\n", " " * (width + 2)) if len(row.model) > width else ("", name)
    told = f"  {truncate(row.notes, room)}" if room > 0 else ""
    return f"{above}{name}  {figures}{told}".rstrip()


def right(cells: Sequence[str]) -> list[str]:
    """Cells that end in one column."""
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]


def _left(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) for cell in cells]
