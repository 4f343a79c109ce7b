"""Lexers by the names that fences give them, but for those that crafted code makes slow."""

from functools import lru_cache

import pygments.lexers
from pygments.lexer import Lexer
from pygments.lexers._mapping import LEXERS

#: Classes of lexers that take more than a tenth of a second for some line of 500 characters, or
#: guess at other languages, which loads all of them; found by crafted lines over every lexer
#: (``tests.term.markdown.test_lexers``).
UNSAFE = frozenset(
    {
        "AutoItLexer",
        "CddlLexer",
        "ChapelLexer",
        "EasytrieveLexer",
        "FactorLexer",
        "FantomLexer",
        "FishShellLexer",
        "MCSchemaLexer",
        "MapleLexer",
        "NCLLexer",
        "NotmuchLexer",
        "PanLexer",
        "RegeditLexer",
        "RegoLexer",
        "RellLexer",
        "RitaLexer",
        "ScalaLexer",
        "SmithyLexer",
        "TcshLexer",
    }
)


@lru_cache(64)
def find_lexer(language: str) -> Lexer | None:
    """The lexer of a language, unless there is none or it is not safe.

    Only Pygments' own are looked at: those of plug-ins would run code that nobody asked for.
    """
    name = _class_names().get(language.lower())
    if name is None or name in UNSAFE:
        return None
    lexer: Lexer = getattr(pygments.lexers, name)(stripnl=False, ensurenl=True)
    return lexer


@lru_cache(1)
def _class_names() -> dict[str, str]:
    """The class of each alias: the first that claims it, as Pygments looks them up."""
    return {
        alias.lower(): name
        for name, (_, _, aliases, _, _) in reversed(LEXERS.items())
        for alias in aliases
    }
