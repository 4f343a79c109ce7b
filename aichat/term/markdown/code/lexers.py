"""Finding lexers by the language of a fence, without those that crafted code makes slow."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pygments.lexers
from pygments.lexer import Lexer
from pygments.lexers._mapping import LEXERS

#: A rule's pattern, its token types, and the next state.
Rule = tuple[Any, ...]

#: Lexers that take over 0.1 s for some line of 500 characters, or guess at other languages, which
#: loads all of them; found with crafted lines for every lexer
#: (``tests.term.markdown.test_lexers``).
UNSAFE = frozenset(
    {
        "AutoItLexer",
        "EasytrieveLexer",
        "FantomLexer",
        "Inform6TemplateLexer",
        "MCSchemaLexer",
        "MapleLexer",
        "NotmuchLexer",
        "PugLexer",
        "RegeditLexer",
        "RellLexer",
        "RitaLexer",
        "SystemdLexer",
        "UrbiscriptLexer",
        "apdlexer",
    }
)

#: Lexers slow only in unterminated strings, where they read a backslash in two ways.
MENDED = frozenset(
    {
        "CddlLexer",
        "ChapelLexer",
        "FactorLexer",
        "FishShellLexer",
        "NCLLexer",
        "PanLexer",
        "RegoLexer",
        "ScalaLexer",
        "SmithyLexer",
        "TcshLexer",
    }
)

#: Their rules for strings: ``\\\\|\\"|[^"]`` and ``\\\\|\\[0-7]+|\\.|[^"\\]``.
_ESCAPE_OR_ANY = re.compile(r"""\\\\\\\\\|(?:\\n\|)?\\\\(["'])\|\[\^\1\]""")
_ESCAPE_OR_ESCAPE = r"\\\\|\\[0-7]+|\\.|"


@lru_cache(64)
def find_lexer(language: str) -> Lexer | None:
    """The lexer of a language; None if there is none or it is not safe.

    Only Pygments' own are considered, since plug-ins would run code nobody asked for.
    """
    name = _class_names().get(language.lower())
    if name is None or name in UNSAFE:
        return None
    lexer: Lexer = getattr(pygments.lexers, name)(stripnl=False, ensurenl=True)
    if name in MENDED:
        lexer._tokens = _mend(lexer._tokens)
    return lexer


def _mend(table: Mapping[str, Iterable[Rule]]) -> dict[str, list[Rule]]:
    """A lexer's rules, changed to read each backslash in a string in one way only."""
    return {
        state: [(_mend_match(match), *rest) for match, *rest in rules]
        for state, rules in table.items()
    }


def _mend_match(match: Any) -> Any:
    pattern = getattr(match, "__self__", None)
    if not isinstance(pattern, re.Pattern):
        return match
    source = pattern.pattern.replace(_ESCAPE_OR_ESCAPE, r"\\.|")
    source = _ESCAPE_OR_ANY.sub(r"\\\\[\\s\\S]|[^\1\\\\]", source)
    return match if source == pattern.pattern else re.compile(source, pattern.flags).match


@lru_cache(1)
def _class_names() -> dict[str, str]:
    """The class of each alias: the first to claim it, as in Pygments' own lookup."""
    return {
        alias.lower(): name
        for name, (_, _, aliases, _, _) in reversed(LEXERS.items())
        for alias in aliases
    }
