"""What Rich makes of a whole text, with nothing but the written differences applied.

Each change below names the difference (``tests.term.markdown.differences``) that it stands for.
"""

import io
import re
from typing import Any, ClassVar, NamedTuple
from unittest.mock import patch

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich import markdown as rich_markdown
from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from aichat.core.text.cells import truncate
from aichat.core.text.sanitize import sanitize
from aichat.term.markdown.inline import rules, spans
from tests.term.rendering import Stage

BOX = re.compile(r"\[([ xX])\][ \t]+(?=\S)")

WIDE = 200  # nesting that markdown-it reads


class Code(rich_markdown.CodeBlock):
    """``code``: an edge, no padding, no background, tabs as they would be."""

    @classmethod
    def create(cls, markdown: rich_markdown.Markdown, token: Token) -> "Code":
        made = super().create(markdown, token)
        assert isinstance(made, Code)
        made.name = " · ".join([*token.info.split()[:1], str(token.meta["number"])])
        return made

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(truncate(f"── {self.name} ──", options.max_width))
        code = str(self.text).rstrip()
        if code:
            yield Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, padding=0)


class Heading(rich_markdown.Heading):
    """``headings``: on the left, behind their marks."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("#" * int(self.tag[1]) + " ") + self.text


class HorizontalRule(rich_markdown.HorizontalRule):
    """``rules``: a line."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("─" * options.max_width)


class Item(rich_markdown.ListItem):
    """``number column``, ``empty item`` and ``tasks``."""

    box = ""

    @classmethod
    def create(cls, markdown: rich_markdown.Markdown, token: Token) -> "Item":
        made = super().create(markdown, token)
        assert isinstance(made, Item)
        made.box = token.meta.get("box", "")
        return made

    def render_bullet(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return self._marked(f" {self.box or '•'} ", console, options)

    def render_number(
        self, console: Console, options: ConsoleOptions, number: int, last_number: int
    ) -> RenderResult:
        box = f" {self.box}" if self.box else ""
        return self._marked(f"{number:>2}{box} ", console, options)

    def _marked(self, mark: str, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=options.max_width - len(mark))
        rows = console.render_lines(self.elements, inner, style=self.style)
        rows = [row for row in rows if "".join(s.text for s in row).strip("▌ ")] or [[]]
        for number, row in enumerate(rows):
            yield Segment(mark if number == 0 else " " * len(mark))
            yield from row
            yield Segment("\n")


class BrokenWordError(Exception):
    """Rich breaks a word of a table."""


class TableOf(rich_markdown.TableElement):
    """``cells``: where Rich breaks a word, the table has another shape."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            assert isinstance(table, Table)
            extra = table._extra_width
            widths = table._calculate_column_widths(
                console, options.update_width(options.max_width - extra)
            )
            for column, width in zip(table.columns, widths, strict=True):
                room = width - (column is not table.columns[-1])
                words = [w for cell in column.cells for w in _plain(cell).split()]
                if any(cell_len(word) > room for word in words):
                    raise BrokenWordError
            yield table


def _plain(cell: object) -> str:
    assert isinstance(cell, Text)
    return cell.plain


class Html(rich_markdown.TextElement):
    """``html``: shown as it is written."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip("\n").split("\n"):
            yield Text(line.expandtabs(4))


class Reference(rich_markdown.Markdown):
    elements: ClassVar = {
        **rich_markdown.Markdown.elements,
        "fence": Code,
        "code_block": Code,
        "heading_open": Heading,
        "hr": HorizontalRule,
        "list_item_open": Item,
        "html_block": Html,
        "table_open": TableOf,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False, code_theme="ansi_dark")
        parser = MarkdownIt("commonmark", {"maxNesting": WIDE})
        parser.enable("strikethrough").enable("table").disable("reference")  # ``references``
        rules.add_rules(
            parser, draws_formulas=True
        )  # ``maths``, ``names``, ``line ends``, ``full width``
        self.parsed = parser.parse(sanitize(text))
        _add_boxes(parser, self.parsed)
        _keep_quoted_lines(self.parsed)
        self.parsed = [_changed(token) for token in self.parsed]
        code = (token for token in self.parsed if token.type in ("fence", "code_block"))
        for number, token in enumerate(code, 1):
            token.meta["number"] = number


def _add_boxes(parser: MarkdownIt, found: list[Token]) -> None:
    """``tasks``: what an item's text begins with is its mark."""
    for item, _, text in zip(found, found[1:], found[2:], strict=False):
        box = BOX.match(text.content) if text.type == "inline" else None
        if item.type == "list_item_open" and box:
            item.meta["box"] = "☐" if box[1] == " " else "☑"
            text.content, text.children = text.content[box.end() :], []
            parser.inline.parse(text.content, parser, {}, text.children)
            for one in text.children:
                one.type = one.type.removesuffix("_special")


def _keep_quoted_lines(found: list[Token]) -> None:
    """``quotes``: line ends stay."""
    depth = 0
    for place, token in enumerate(found):
        depth += token.nesting * token.type.startswith("blockquote")
        if depth and token.type == "inline" and found[place - 1].type == "paragraph_open":
            for one in token.children or []:
                one.type = "hardbreak" if one.type == "softbreak" else one.type


def _changed(token: Token) -> Token:
    if token.type == "inline":
        token.children = _inlines(token.children or [])
    return token


def _inlines(tokens: list[Token]) -> list[Token]:
    """``images``, ``links``, ``html`` and ``definitions`` inside a paragraph."""
    made: list[Token] = []
    target: list[tuple[str, int]] = []
    for place, token in enumerate(tokens):
        if token.type == "image":
            alt = _inlines(token.children or [])
            made += alt + _target(token.attrs["src"], alt)
        elif token.type == "link_open":
            target.append((str(token.attrs["href"]), len(made)))
        elif token.type == "link_close":
            href, start = target.pop()
            made += _target(href, made[start:])
        elif token.type == "html_inline":
            made.append(_text(token.content))
        elif token.type == "display":
            made.append(_text(sanitize(token.content)))
        elif token.type == "softbreak" and spans.ends_row(tokens, place):
            made.append(Token("hardbreak", "br", 0))
        else:
            if token.content:
                token.content = sanitize(token.content)
            made.append(token)
    return made


def _target(href: Any, text: list[Token]) -> list[Token]:
    plain = "".join(
        " " if t.type == "softbreak" else "\n" if t.type == "hardbreak" else t.content for t in text
    )
    if plain in (href, str(href).removeprefix("mailto:")):
        return []
    return [_text(f"{' ' if plain else ''}({sanitize(str(href))})")]


def _text(content: str) -> Token:
    token = Token("text", "", 0)
    token.content = content
    return token


class Rendered(NamedTuple):
    """The rows of Rich's render that are not blank, and whether it broke a word in one of them."""

    rows: list[str]
    broke: bool


def reference(text: str, columns: int = 80) -> Rendered | None:
    """Rich's render; ``None`` if it breaks a word of a table."""
    console = Console(file=io.StringIO(), width=columns, color_system=None, legacy_windows=False)
    with patch("rich._wrap.chop_cells", wraps=chop_cells) as chopped:
        try:
            console.print(Reference(text))
        except BrokenWordError:
            return None
    rows = solid(console.file.getvalue().split("\n"))  # type: ignore[attr-defined]
    return Rendered(rows, chopped.called)


def is_as_rich_has_it(text: str, columns: int = 80) -> bool:
    """Whether what we show is Rich's, but for words and lines that are wider than a row.

    Of a text with such (``long words``) only the letters are compared.
    """
    theirs, stage = reference(text, columns), Stage(columns).play([text]).close()
    ours = solid(stage.terminal.text())
    if theirs is None or ours == theirs.rows:
        return True
    wide = theirs.broke or any(line.wrapped for line in stage.terminal.lines)
    return wide and _letters(ours) == _letters(theirs.rows)


def _letters(rows: list[str]) -> str:
    return "".join("".join(rows).replace("▌", "").split())


def solid(rows: list[str]) -> list[str]:
    """Rows that show more than space and the bars of quotes: blank rows have tests of their own."""
    return [row.rstrip() for row in rows if row.strip("▌ \t\u00a0")]
