"""Texts of the help: what the program is, first steps, and headings for a question's options."""

from collections.abc import Iterable, Mapping

from aichat.core.cli.argv import Option
from aichat.core.cli.each.options import EACH
from aichat.core.cli.options import (
    CONVERSATION,
    INPUT,
    MONEY,
    OUTPUT,
    SAMPLING,
    SERVER_TOOLS,
    TOOLING,
    TRANSPORT,
)

#: What the program is.
SUMMARY = "A terminal chat client for people who live in the shell."

#: What follows the summary in the program's help; ``\b`` keeps Typer from refilling the lines.
FIRST_STEPS = """

\b
Getting started:
  aichat keys set groq        store a key, of groq or another
  aichat Why is the sky blue  ask; no quotes but for ? * ' $
  aichat                      chat

\b
Examples:
  git diff | aichat write a commit message for this
  aichat -f notes.md summarise this
"""

_MODEL = "Model"

#: Options that help lists under another heading than that of their table.
_PLACED = {
    **dict.fromkeys(("max_tokens", "stop", "verbosity", "prefill", "logprobs"), "The answer"),
    **dict.fromkeys(("schema", "schema_list", "rows", "csv", "tsv"), "The answer"),
    **dict.fromkeys(("effort", "show_reasoning", "hide_reasoning"), "Reasoning"),
    **dict.fromkeys(("tools", "tool_result"), "Tools"),
    "option": "Connection",
}

_TABLES: Mapping[str, tuple[Option, ...]] = {
    _MODEL: (),  # and whatever is not placed elsewhere
    "Conversation": CONVERSATION,
    "Input": INPUT,
    "Many inputs": EACH,
    "The answer": (),
    "Sampling": SAMPLING,
    "Reasoning": (),
    "Tools": TOOLING,
    "Provider's tools": SERVER_TOOLS,
    "Output": OUTPUT,
    "Money": MONEY,
    "Connection": TRANSPORT,
}


def group_options(options: Iterable[Option]) -> dict[str, list[Option]]:
    """The options under their headings, in the order of the headings; empty ones are left out."""
    groups: dict[str, list[Option]] = {title: [] for title in _TABLES}
    for option in options:
        groups[_title_of(option)].append(option)
    return {title: found for title, found in groups.items() if found}


def _title_of(option: Option) -> str:
    if option.name in _PLACED:
        return _PLACED[option.name]
    return next((title for title, table in _TABLES.items() if option in table), _MODEL)
