"""Laying out parts of blocks as rows: their markers, the space between them, their styles."""

from collections.abc import Callable
from copy import copy
from itertools import groupby

from rich.style import Style

from aichat.core.text.cells import truncate
from aichat.core.text.theme import Theme
from aichat.term.markdown.code.highlight import Highlighter, Styler, role_styler, token_styler
from aichat.term.markdown.flow import Flow, strip_row
from aichat.term.markdown.growing import GrowingParagraph
from aichat.term.markdown.inline.spans import spans
from aichat.term.markdown.marks import gap_row, margin_of
from aichat.term.markdown.state import Leaf, LeafPart
from aichat.term.markdown.style import NO_STYLE, Row, Span, make_styles
from aichat.term.markdown.tables.table import Table

#: Blocks with a blank row before or after them within a list or a quote.
_APART_BEFORE = {"code", "table"}
_APART_AFTER = {"code", "table", "rule"}

#: Headings of deeper levels are not bold.
_MAX_BOLD = 3


class Layout:
    """The rows of a text's parts, in order, at a width in columns.

    ``code_theme`` is a Pygments style, or ``auto`` for code in the theme's own roles.
    ``numbers_code``: code blocks are numbered. With ``wraps_text`` false, text outside lists
    and quotes is left to the terminal to wrap.
    """

    def __init__(
        self,
        width: int,
        theme: Theme,
        code_theme: str = "auto",
        *,
        numbers_code: bool = True,
        wraps_text: bool = True,
    ) -> None:
        self._width, self._look = width, make_styles(theme)
        self._code_style: Styler | None = None
        if not theme.is_plain:
            self._code_style = (
                role_styler(theme) if code_theme == "auto" else token_styler(code_theme)
            )
        self._numbers_code, self._wraps_text = numbers_code, wraps_text
        self._marked = 0  # items up to this serial have shown their markers
        self._last: Leaf | None = None
        self._margin = margin_of((), width, 0, self._look.dim)
        self._started = False  # the leaf has had a row
        self._flow = Flow(width)
        self._code: Highlighter | None = None
        self._table: Table | None = None
        self._growing = GrowingParagraph()
        self._after_aside = False  # the last row was not part of the text

    @property
    def pending(self) -> str | None:
        """The text of the open row; None while rows of a table wait."""
        return None if self._table and self._table.has_pending else self._flow.text

    def resize(self, width: int) -> None:
        """Set the width for what is not yet returned."""
        self._width = width
        path = self._last.path if self._last else ()
        self._margin = margin_of(path, width, self._marked, self._look.dim)
        self._flow.resize(self._margin.width)
        if self._table:
            self._table.resize(self._margin.width)

    def skip(self, serial: int) -> None:
        """Whatever began up to ``serial`` was shown in another way."""
        self._marked, self._last, self._table = serial, None, None

    def aside(self, text: str, style: Style) -> list[Row]:
        """A line that is not part of the text, wrapped between words."""
        from aichat.core.text.wrap import wrap  # here, since most answers do not need it

        gap: list[Row] = [()] if self._last and not self._after_aside else []
        self._after_aside = True
        return gap + [strip_row([(row, style)]) for row in wrap(text, self._width).split("\n")]

    def rows(self, part: LeafPart) -> list[Row]:
        """The rows that a final part makes final."""
        gap = self._enter(part.leaf)
        body = _BODY[part.leaf.kind](self, part)
        return gap + self._add_marks(body) if body or part.leaf.kind != "paragraph" else []

    def peek(self, parts: list[LeafPart], height: int) -> list[Row]:
        """The rows of parts not yet final; a long table is cut to about ``height``."""
        other = copy(self)
        made: list[Row] = []
        for serial, group in groupby(parts, key=lambda part: part.leaf.serial):
            of_leaf = list(group)
            fresh = self._last is None or self._last.serial != serial
            made += other._enter(of_leaf[0].leaf) if fresh else []
            made += other._add_marks(_PEEK.get(of_leaf[0].leaf.kind, _peek)(other, of_leaf, height))
        return made

    def _enter(self, leaf: Leaf) -> list[Row]:
        """Prepare for a leaf; return the blank row before it."""
        last = self._last
        if last and last.serial == leaf.serial and last.kind == leaf.kind:
            return []
        self._margin = margin_of(leaf.path, self._width, self._marked, self._look.dim)
        self._marked = max(self._marked, leaf.serial)
        self._last, self._started = leaf, False
        wraps = leaf.kind != "code" and (self._wraps_text or bool(leaf.path))
        self._flow = Flow(self._margin.width, wraps=wraps)
        self._code = self._new_code(leaf) if leaf.kind == "code" else None
        self._table = self._new_table(leaf) if leaf.kind == "table" else None
        apart, self._after_aside = self._after_aside, False
        return [()] if apart else self._gap(last, leaf) if last else []

    def _new_code(self, leaf: Leaf) -> Highlighter | None:
        return Highlighter(_language(leaf), self._code_style) if self._code_style else None

    def _new_table(self, leaf: Leaf) -> Table:
        return Table(leaf.aligns, self._margin.width, self._look)

    def _gap(self, last: Leaf, leaf: Leaf) -> list[Row]:
        if leaf.top != last.top:
            return [()]
        if leaf.kind in _APART_BEFORE or last.kind in _APART_AFTER:
            return [gap_row(last.path, leaf.path, self._width, self._look.dim)]
        return []

    def _add_marks(self, rows: list[Row]) -> list[Row]:
        """Put the containers' markers before rows."""
        if not rows:
            return rows
        first, others = self._margin.first, self._margin.others
        if not self._started:
            self._started = True
            head = first + rows[0] if rows[0] else strip_row(list(first))
            return [head, *self._add_marks(rows[1:])]
        blank = strip_row(list(others))
        return [others + row if row else blank for row in rows]

    def _read(self, text: str) -> list[Span]:
        """A paragraph's spans; within a quote line ends are kept, as in a letter or a poem."""
        quoted = self._last is not None and any(one.type == "quote" for one in self._last.path)
        return spans(text, self._look, keeps_lines=quoted)

    def _text(self, part: LeafPart) -> list[Row]:
        made = self._read(part.text)
        if not part.whole:
            return self._flow.feed(made)
        while made and not made[-1][0].strip(" \n"):  # a trailing HTML line break
            made.pop()
        return self._flow.feed(made) + self._flow.end() if made or self._flow.text else []

    def _heading(self, part: LeafPart) -> list[Row]:
        level = part.leaf.level
        text = spans(part.text, self._look, self._look.heading if level <= _MAX_BOLD else NO_STYLE)
        return self._flow.peek([("#" * level + " ", self._look.dim), *text])

    def _rule(self, _part: LeafPart) -> list[Row]:
        return [(("─" * self._margin.width, self._look.dim),)]

    def _edge(self, leaf: Leaf) -> Row:
        """What marks the start of a code block; its sides stay free, so that it can be copied."""
        told = [_language(leaf)] + [str(leaf.level)] * self._numbers_code
        name = " · ".join(filter(None, told)) or "code"
        return ((truncate(f"── {name} ──", self._margin.width), self._look.dim),)

    def _line(self, part: LeafPart) -> list[Row]:
        if part.first:
            return [self._edge(part.leaf)]
        if part.whole and not part.text.strip("\n") and not self._flow.text:
            self._code_spans("", keep=True)
            return [()] * (len(part.text) + 1)
        rows = self._flow.feed(self._code_spans(part.text, keep=True))
        return rows + self._flow.end() if part.whole else rows

    def _code_spans(self, text: str, *, keep: bool) -> list[Span]:
        text = text.expandtabs(4)
        if self._code:
            return self._code.line(text, keep=keep)
        return [(text, NO_STYLE)] if text else []

    def _row(self, part: LeafPart) -> list[Row]:
        table = self._table or self._new_table(part.leaf)
        if not part.last:
            return table.add(part.text)
        self._table = None
        return table.end()

    def _empty(self, _part: LeafPart) -> list[Row]:
        return [()]

    def _peek_text(self, parts: list[LeafPart], height: int) -> list[Row]:
        key = (parts[0].leaf.serial, self._margin.width, self._flow.text)
        text = "".join(part.text for part in parts)
        # one more than is shown, since a list marker goes with the first row of all
        return self._growing.rows(key, text, self._flow, self._read)[-height - 1 :]

    def _peek_line(self, parts: list[LeafPart], _height: int) -> list[Row]:
        made: list[Row] = []
        for part in parts:
            if part.first:
                made.append(self._edge(part.leaf))
            else:
                made += self._flow.peek(self._code_spans(part.text, keep=False))
        return made

    def _peek_row(self, parts: list[LeafPart], height: int) -> list[Row]:
        table = self._table or self._new_table(parts[0].leaf)
        line = next((part.text for part in parts if not part.last), None)
        return table.peek(line, height)


def _peek(layout: Layout, parts: list[LeafPart], _height: int) -> list[Row]:
    return [row for part in parts for row in _BODY[part.leaf.kind](layout, part)]


_BODY: dict[str, Callable[[Layout, LeafPart], list[Row]]] = {
    "paragraph": Layout._text,
    "heading": Layout._heading,
    "rule": Layout._rule,
    "code": Layout._line,
    "html": Layout._line,
    "table": Layout._row,
    "empty": Layout._empty,
}
_PEEK: dict[str, Callable[[Layout, list[LeafPart], int], list[Row]]] = {
    "paragraph": Layout._peek_text,
    "code": Layout._peek_line,
    "html": Layout._peek_line,
    "table": Layout._peek_row,
}


def _language(leaf: Leaf) -> str:
    return "".join(leaf.fence.info.split()[:1]) if leaf.fence else ""
