"""What help says: what the program is, its first steps, the headings of a question's options."""

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

#: What the program's own help begins with; the marks keep Typer from filling the lines.
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

#: What stands together though it is read into values of several groups.
_REASONING_AND_TOOLS = frozenset(
    ("effort", "tools", "tool_result", "show_reasoning", "hide_reasoning")
)
_MODEL = "Model"

_TABLES: Mapping[str, tuple[Option, ...]] = {
    _MODEL: (),  # and whatever is in no other table
    "Conversation": CONVERSATION,
    "Input": INPUT,
    "Many inputs": EACH,
    "Sampling": SAMPLING,
    "Provider's tools": SERVER_TOOLS,
    "Reasoning and tools": TOOLING,
    "Output": OUTPUT,
    "Money": MONEY,
    "Connection": TRANSPORT,
}


def group_options(options: Iterable[Option]) -> dict[str, list[Option]]:
    """The options under their headings, headings in their order; one with no option is left out."""
    groups: dict[str, list[Option]] = {title: [] for title in _TABLES}
    for option in options:
        groups[_title_of(option)].append(option)
    return {title: found for title, found in groups.items() if found}


def _title_of(option: Option) -> str:
    if option.name in _REASONING_AND_TOOLS:
        return "Reasoning and tools"
    return next((title for title, table in _TABLES.items() if option in table), _MODEL)
