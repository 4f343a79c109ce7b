"""Syntax highlighting line by line: the lexer's state is carried from one line to the next."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, SupportsIndex

from pygments.lexer import ExtendedRegexLexer, Lexer, LexerContext, RegexLexer
from pygments.lexers.c_cpp import CFamilyLexer
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    _TokenType,
)
from rich.style import Style
from rich.syntax import Syntax

from aichat.core.text.theme import Role, Theme
from aichat.term.markdown.code.lexers import find_lexer
from aichat.term.markdown.style import NO_STYLE, Span
from aichat.values import NamedTuple

Token = tuple[_TokenType, str]
Styler = Callable[[_TokenType], Style]

#: The role of each token type, inherited by its subtypes without one of their own.
_ROLES: dict[_TokenType, Role] = {
    Comment: "dim",
    Comment.Preproc: "keyword",
    Comment.PreprocFile: "string",
    Generic.Deleted: "error",
    Generic.Error: "error",
    Generic.Heading: "heading",
    Generic.Inserted: "success",
    Generic.Prompt: "dim",
    Generic.Subheading: "heading",
    Keyword: "keyword",
    Keyword.Constant: "number",
    Literal: "string",
    Name.Class: "strong",
    Name.Decorator: "number",
    Name.Function: "strong",
    Name.Tag: "keyword",
    Number: "number",
    Operator.Word: "keyword",
    String: "string",
}

#: The closing delimiters of tokens that many lexers match as one, even across lines.
_SPAN_ENDS = {"/*": "*/", "<!--": "-->", "`": "`", "/+": "+/", "{-": "-}"}

#: Token types that the opening delimiter has while the closing one is missing.
_UNCLOSED_TYPES = (Operator, Punctuation, Error, Text, Comment)

#: Longer lines are not coloured, nor what exceeds so many characters of a block.
_MAX_LINE, _MAX_BLOCK = 500, 1_000_000

#: Once a line took so many seconds, or a block so many in all, the rest of the block is plain.
_MAX_LINE_SECONDS, _MAX_BLOCK_SECONDS = 0.25, 5.0


class LexerState(NamedTuple):
    """What is carried to the next line: the lexer's stack, and the open span."""

    stack: tuple[str, ...] = ("root",)
    opener: str = ""
    head: bool = False  # a function's head was read, but not its brace yet
    context: Any = None


class Highlighter:
    """Colours the lines of a code block, as long as that costs little."""

    def __init__(
        self,
        language: str,
        style: Styler = lambda _: NO_STYLE,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._lexer = find_lexer(language) if language else None
        self._style, self._clock = style, clock
        self._state = LexerState()
        self._length, self._seconds = 0, 0.0

    def line(self, text: str, *, keep: bool = True) -> list[Span]:
        """Colour the next line; with ``keep`` false the state does not change."""
        return [
            (value, NO_STYLE if value.isspace() else self._style(kind))
            for kind, value in self.tokens(text, keep=keep)
            if value
        ]

    def tokens(self, text: str, *, keep: bool = True) -> list[Token]:
        """The same as tokens of Pygments."""
        if self._lexer is None or len(text) > _MAX_LINE:
            return [(Text, text)]
        begin = self._clock()
        found, carry = lex(self._lexer, text, self._state)
        if keep:
            self._state = carry
        self._count(len(text) if keep else 0, self._clock() - begin)
        return found

    def _count(self, length: int, seconds: float) -> None:
        """Count the cost of a line; once it is too much, the next lines are plain."""
        self._length += length
        self._seconds += seconds
        slow = seconds > _MAX_LINE_SECONDS or self._seconds > _MAX_BLOCK_SECONDS
        if slow or self._length > _MAX_BLOCK:
            self._lexer = None


def lex(lexer: Lexer, line: str, carry: LexerState) -> tuple[list[Token], LexerState]:
    """The tokens of a line without its newline, and the state after it."""
    if carry.head and line.lstrip().startswith("{"):
        return _lex_body(lexer, line, carry)
    opener = carry.opener
    if opener and _SPAN_ENDS[opener] not in line:
        closed, _ = _run(lexer, f"{opener}{line}{_SPAN_ENDS[opener]}\n", carry)
        return _slice_tokens(closed, len(opener), len(line)), carry
    tokens, after = _run(lexer, f"{opener}{line}\n", carry)
    tokens = _slice_tokens(tokens, len(opener), len(line))
    found = _find_open_span(tokens)
    if not found:
        return _lex_head(lexer, line, carry) or (tokens, after)
    place, mark = found
    tokens, _ = _run(lexer, f"{opener}{line}{_SPAN_ENDS[mark]}\n", carry)
    _, stack = _run(lexer, f"{opener}{line[:place]}", carry)
    return _slice_tokens(tokens, len(opener), len(line)), stack._replace(opener=mark)


def _lex_head(lexer: Lexer, line: str, carry: LexerState) -> tuple[list[Token], LexerState] | None:
    """A function's head in C: the lexer needs the brace, which may be on the next line."""
    if not line.endswith(")") or carry.stack[-1] != "root" or not isinstance(lexer, CFamilyLexer):
        return None
    tokens, after = _run(lexer, f"{line} {{\n", carry._replace(opener=""))
    if after.stack[-1] != "function":
        return None
    return _slice_tokens(tokens, 0, len(line)), LexerState(head=True)


def _lex_body(lexer: Lexer, line: str, carry: LexerState) -> tuple[list[Token], LexerState]:
    """The opening brace after the head above."""
    place = line.index("{")
    tokens, after = lex(lexer, line[place + 1 :], LexerState((*carry.stack, "function")))
    return [(Text, line[:place]), (Punctuation, "{"), *tokens], after


def _find_open_span(tokens: list[Token]) -> tuple[int, str] | None:
    """Where a span begins that does not end on this line."""
    place = 0
    line = "".join(value for _, value in tokens)
    for kind, value in tokens:
        for mark, end in (
            _SPAN_ENDS.items() if any(kind in loose for loose in _UNCLOSED_TYPES) else ()
        ):
            if line.startswith(mark, place) and end not in line[place + len(mark) :]:
                return place, mark
        place += len(value)
    return None


def _slice_tokens(tokens: list[Token], start: int, length: int) -> list[Token]:
    """The tokens of ``length`` characters, from ``start`` on."""
    kept, place, stop = [], 0, start + length
    for kind, value in tokens:
        end = place + len(value)
        if end > start and place < stop:
            kept.append((kind, value[max(0, start - place) : stop - place]))
        place = end
    return kept


def _run(lexer: Lexer, text: str, carry: LexerState) -> tuple[list[Token], LexerState]:
    if isinstance(lexer, ExtendedRegexLexer):
        return _run_extended(lexer, text, carry)
    if isinstance(lexer, RegexLexer):
        return _run_regex(lexer, text, carry)
    return [(kind, value) for _, kind, value in lexer.get_tokens_unprocessed(text)], carry


def _run_extended(
    lexer: ExtendedRegexLexer, text: str, carry: LexerState
) -> tuple[list[Token], LexerState]:
    """Run a lexer that keeps all its state in a context, which we carry to the next line."""
    context = carry.context
    made = _context(lexer, text) if context is None else _copy(context, text)
    made.stack = _Stack(made)
    tokens: list[Token] = []
    with suppress(_EndError):
        for _, kind, value in lexer.get_tokens_unprocessed(context=made):
            tokens.append((kind, value))
    made.stack = list(made.stack)
    return tokens, carry._replace(context=made)


class _EndError(Exception):
    """A lexer took the end of the line for the end of the text."""


class _Stack(list[str]):
    """The states of a context; at the end of the line an empty match leaves none of them."""

    def __init__(self, context: Any) -> None:
        super().__init__(context.stack)
        self._context = context

    def pop(self, place: SupportsIndex = -1) -> str:
        """Leave a state."""
        if self._context.pos >= self._context.end:
            raise _EndError
        return super().pop(place)


def _context(lexer: Lexer, text: str) -> Any:
    """A context of the class that the lexer's module defines, or else the general one."""
    kinds = [
        kind
        for kind in vars(import_module(type(lexer).__module__)).values()
        if isinstance(kind, type) and issubclass(kind, LexerContext) and kind is not LexerContext
    ]
    kind: type[LexerContext] = kinds[0] if kinds else LexerContext
    return kind(text, 0)


def _copy(context: Any, text: str) -> Any:
    """The same state at the start of another text."""
    made = object.__new__(type(context))
    for name, value in vars(context).items():
        setattr(made, name, value.copy() if isinstance(value, list | dict) else value)
    made.text, made.pos, made.end = text, 0, len(text)
    return made


def _run_regex(lexer: RegexLexer, text: str, carry: LexerState) -> tuple[list[Token], LexerState]:
    stack = list(carry.stack)
    found = list(_walk(lexer, text, stack))
    if type(lexer).get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        found = _retag(lexer, text, found)
    return [(kind, value) for _, kind, value in found], LexerState(tuple(stack))


PlacedToken = tuple[int, _TokenType, str]


def _walk(lexer: RegexLexer, text: str, stack: list[str]) -> Iterator[PlacedToken]:
    """Pygments' own loop over its table of states, but on the caller's stack."""
    table = lexer._tokens
    place, length = 0, len(text)
    while place < length:
        for match, action, change in table[stack[-1]]:
            found = match(text, place)
            if not found:
                continue
            if type(action) is _TokenType:
                yield place, action, found[0]
            elif action is not None:
                yield from action(lexer, found)
            place = found.end()
            if change is not None:
                _change_stack(stack, change)
            break
        else:
            if text[place] == "\n":
                stack[:] = ["root"]
                yield place, Text, "\n"
            else:
                yield place, Error, text[place]
            place += 1


def _change_stack(stack: list[str], change: Any) -> None:
    """Change the stack as a rule says: pop so many states, or push names."""
    for one in change if isinstance(change, tuple) else (change,):
        if one == "#pop":
            one = -1
        if isinstance(one, int):
            del stack[max(1, len(stack) + one) :]
        else:
            stack.append(stack[-1] if one == "#push" else one)


class _WholeMatch(NamedTuple):
    """A match of a whole text, for ``_retag``."""

    text: str

    def end(self) -> int:
        return len(self.text)


def _retag(lexer: RegexLexer, text: str, found: list[PlacedToken]) -> list[PlacedToken]:
    """Let a lexer post-process the loop's tokens, for instance to find library names.

    Such a lexer calls the loop itself: we give it a table of one state whose only rule
    returns the tokens we have.
    """

    def match(whole: str, place: int) -> _WholeMatch | None:
        return _WholeMatch(whole) if place == 0 and whole else None

    def again(_lexer: Lexer, _match: _WholeMatch) -> list[PlacedToken]:
        return found

    kept = lexer._tokens
    lexer._tokens = MappingProxyType({"root": [(match, again, None)]})
    try:
        return list(lexer.get_tokens_unprocessed(text))
    finally:
        lexer._tokens = kept


def role_styler(theme: Theme) -> Styler:
    """Highlighting in the roles of a theme."""
    styles = {role: Style.parse(theme.look(role)) for role in _ROLES.values()}

    @lru_cache(512)
    def style(kind: _TokenType) -> Style:
        roles = (_ROLES[one] for one in reversed(kind.split()) if one in _ROLES)
        return styles.get(next(roles, "text"), NO_STYLE)

    return style


@lru_cache(8)
def token_styler(code_theme: str) -> Styler:
    """Highlighting in a Pygments style, without backgrounds: the terminal has its own."""
    found = Syntax.get_theme(code_theme)

    @lru_cache(512)
    def style(kind: _TokenType) -> Style:
        made = found.get_style_for_token(kind)
        colour = made.color and (None if made.color.name == "#000000" else made.color)
        return Style(
            color=colour,
            bold=made.bold or None,
            dim=made.dim or None,
            italic=made.italic or None,
            underline=made.underline or None,
        )

    return style
