"""Asking the user a server's question: the server is named, and Enter means no."""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.app.tools.mcp.channel import quoted, quoted_rows
from aichat.core.cli.repl_line import holds_secret
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line
from aichat.wires.mcp.elicitation import AskedField, Elicitation, parse_field

#: The answer for a server that gets nothing.
DECLINED: Mapping[str, Any] = {"action": "decline"}

#: How often a field is asked for.
_TRIES = 3


def ask_user(
    world: World, label: str, wanted: Elicitation, tell: Callable[[str], object]
) -> Mapping[str, Any] | None:
    """The user's answer to the server ``label``; None if nobody can be asked.

    To be called by the thread that has the terminal. Errors: ``Interrupted``.
    """
    if not can_ask(world):
        return None
    tell(f"{label} asks:")
    for row in quoted_rows(world, quoted(wanted.message)):
        tell(row)
    try:
        word = read_typed_line(world, f"Answer {label}? [y/N] ").text or ""
        if word.strip().lower() not in ("y", "yes"):
            return DECLINED
        content: dict[str, Any] = {}
        for field in wanted.fields:
            value = _typed(world, field, tell)
            if value is None and field.is_needed:
                tell(f"without {quoted(field.name)} it was told no")
                return DECLINED
            content |= {} if value is None else {field.name: value}
    except OSError:
        return None
    return {"action": "accept", "content": content}


def _typed(world: World, field: AskedField, tell: Callable[[str], object]) -> Any:
    """The value typed for a field; None for nothing, and for what should not be given away."""
    if field.label:
        for row in quoted_rows(world, quoted(field.label)):
            tell(row)
    for _ in range(_TRIES):
        text = (read_typed_line(world, f"{_prompt(field)}: ").text or "").strip()
        if not text:
            return field.default
        if holds_secret(text):
            tell("that looks like a key, and was not sent")
            return None
        try:
            return parse_field(field, text)
        except ValueError as fits:
            tell(f"it takes {quoted(str(fits))}")
    return None


def _prompt(field: AskedField) -> str:
    """A field's name, what it accepts, and what an empty line means."""
    kinds = {"boolean": "y/n", "array": "several, with commas"}
    takes = "|".join(field.choices) or kinds.get(field.kind, field.kind)
    empty = "needed" if field.is_needed else "may be empty"
    if field.default is not None:
        empty = f"empty: {field.default}"
    return quoted(f"{field.name} ({takes}; {empty})")
