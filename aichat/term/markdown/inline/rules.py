"""Inline rules for markdown-it where CommonMark misreads what models mean.

Formulas are kept as written or, on a terminal, shown in Unicode if possible; a word between
double underscores is a name, ``<br>`` ends a line, and emphasis works next to full-width
punctuation.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import partial

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.rules_inline.state_inline import Scanned

from aichat.term.markdown.inline.formulas import formula_end, is_maths
from aichat.term.markdown.inline.maths import readable
from aichat.term.markdown.starts import MATHS_CLOSERS

#: A single word between double underscores.
_DUNDER = re.compile(r"(?<!\w)__(?!_)\w*?[^\W_]__(?!\w)")

#: An HTML line break, with the space around it.
_BREAK = re.compile(r"<br\s{0,9}/?>[ \t]*\n?[ \t]*", re.IGNORECASE)

#: Delimiters of displayed formulas, which stand on lines of their own.
_DISPLAYED = {"$$", "\\["}

_LITERAL = {*MATHS_CLOSERS, *MATHS_CLOSERS.values()}


_Draw = Callable[[StateInline, str, int], None]


def add_rules(parser: MarkdownIt, *, draws_formulas: bool = False) -> MarkdownIt:
    """Add these rules to a parser, and return it.

    With ``draws_formulas`` they are made readable, and displayed ones are tokens of the type
    ``display``.
    """
    ruler = parser.inline.ruler
    ruler.before("escape", "maths", partial(_read_maths, _draw_formula if draws_formulas else None))
    ruler.before("strikethrough", "dunder", _read_dunder)
    ruler.before("autolink", "break", _read_break)
    ruler.at("emphasis", _read_emphasis)
    ruler.at("strikethrough", _read_strikethrough)
    return parser


def _read_maths(draw: _Draw | None, state: StateInline, silent: bool) -> bool:
    """A formula, in which backslashes and underscores are not Markdown's."""
    text, start = state.src, state.pos
    opener = text[start : start + 2]
    if opener in _LITERAL:
        close = MATHS_CLOSERS.get(opener)
        end = text.find(close, start + 2, state.posMax) if close else -1
        stop = end + 2 if end >= 0 else start + 2
    else:
        stop = formula_end(text, start) if opener[:1] == "$" else -1
    if stop < 0 or stop > state.posMax:
        return False
    if draw and not silent:
        draw(state, opener, stop)
        state.pos = stop
        return True
    return _take_literally(state, stop, silent, lines=opener in _DISPLAYED)


def _draw_formula(state: StateInline, opener: str, stop: int) -> None:
    text, start = state.src, state.pos
    source = text[start:stop]
    if opener in _LITERAL:
        body = source[2:-2]
    else:
        body = source[1:-1] if is_maths(text, start, stop) else ""
    if opener in _DISPLAYED and body:
        state.push("display", "", 0).content = readable(body, lines=True) or source
    else:
        state.pending += readable(body) or source.replace("\n", " ")


def _read_dunder(state: StateInline, silent: bool) -> bool:
    found = _DUNDER.match(state.src, state.pos) if state.src[state.pos] == "_" else None
    if not found or found.end() > state.posMax:
        return False
    return _take_literally(state, found.end(), silent)


def _take_literally(state: StateInline, stop: int, silent: bool, *, lines: bool = False) -> bool:
    """Emit the text up to ``stop`` as it is; with ``lines`` it keeps its newlines."""
    if not silent:
        text = state.src[state.pos : stop]
        state.pending += text if lines else text.replace("\n", " ")
    state.pos = stop
    return True


def _read_break(state: StateInline, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos) if state.src[state.pos] == "<" else None
    if not found:
        return False
    if not silent:
        state.pending = state.pending.rstrip(" \t")
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _read_emphasis(state: StateInline, silent: bool) -> bool:
    state.scanDelims = partial(_scan_marks, state)  # type: ignore[method-assign]
    return emphasis.tokenize(state, silent)


def _read_strikethrough(state: StateInline, silent: bool) -> bool:
    state.scanDelims = partial(_scan_marks, state)  # type: ignore[method-assign]
    return strikethrough.tokenize(state, silent)


def _scan_marks(state: StateInline, start: int, can_split_word: bool) -> Scanned:
    """How a run of marks can open or close, ignoring full-width punctuation around it.

    CommonMark's rule assumes scripts with spaces between words.
    """
    found = StateInline.scanDelims(state, start, can_split_word)
    end = start + found.length
    before = state.src[start - 1] if start else " "
    after = state.src[end] if end < state.posMax else " "
    if before.isascii() and after.isascii():
        return found
    wide_before, wide_after = _is_wide(before), _is_wide(after)
    if not (wide_before or wide_after):
        return found
    opens = not after.isspace() and (wide_before or wide_after or found.can_open)
    closes = not before.isspace() and (wide_before or wide_after or found.can_close)
    return Scanned(opens, closes, found.length) if can_split_word else found


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
