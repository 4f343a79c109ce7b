"""What a provider's tool is doing, on one line: what is searched, opened or run."""

from typing import Any

from aichat.core.exchange.event import ServerToolProgress
from aichat.core.text.json import loads
from aichat.core.text.sanitize import sanitize_line

#: Fields of a tool's input that tell what people want to know.
_TELLING = ("query", "queries", "url", "urls", "code", "command", "input")


def tool_line(event: ServerToolProgress) -> str:
    """The tool and its input; empty if that is not known yet."""
    text = event.input or (event.output if event.phase == "end" else "")
    words = " ".join(_telling_words(text).split())
    return sanitize_line(f"{event.tool}: {words}") if words else ""


def _telling_words(text: str) -> str:
    """The telling words of a JSON text; anything else unchanged."""
    if text[:1] not in ("{", "["):
        return text
    try:
        found = loads(text)
    except ValueError:
        return text
    if isinstance(found, dict):
        told = next((found[name] for name in _TELLING if found.get(name)), None)
        found = found if told is None else told
    return found if isinstance(found, str) else _join(found) or text


def _join(value: Any) -> str:
    """A list of words, if it is one."""
    plain = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return ", ".join(value) if plain else ""
