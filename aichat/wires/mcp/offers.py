"""What a server offers besides tools: resources to read, and prompts to fill in.

Source: https://modelcontextprotocol.io/specification/2026-07-28/server/resources and /prompts
"""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aichat.core.text.json import get_object, objects, text_or_none
from aichat.errors import usage_error
from aichat.values import NamedTuple
from aichat.wires.mcp.tools import visible_text


class ResourceContent(NamedTuple):
    """One piece of a resource: its URI, and its text or bytes."""

    uri: str
    text: str | None = None
    data: bytes = b""


class PromptArgument(NamedTuple):
    """An argument of a prompt."""

    name: str
    is_needed: bool = False


class ListedPrompt(NamedTuple):
    """A prompt as its server lists it."""

    name: str
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()

    @property
    def usage(self) -> str:
        """Its name and arguments, for people."""
        gaps = (f"{a.name}=..." if a.is_needed else f"[{a.name}=...]" for a in self.arguments)
        return " ".join((self.name, *gaps))


class FilledPrompt(NamedTuple):
    """The text of a filled-in prompt, and its media."""

    text: str
    resources: tuple[ResourceContent, ...] = ()


def read_resource(result: Mapping[str, Any]) -> list[ResourceContent]:
    """The result of ``resources/read``; anything but text and base64 is left out."""
    found = map(_read_content, objects(result.get("contents")))
    return [content for content in found if content]


def _read_content(item: Mapping[str, Any]) -> ResourceContent | None:
    uri = visible_text(text_or_none(item.get("uri")) or "")
    if isinstance(item.get("text"), str):
        return ResourceContent(uri, visible_text(item["text"]))
    data = _bytes_of(item.get("blob"))
    return None if data is None else ResourceContent(uri, data=data)


def _bytes_of(encoded: Any) -> bytes | None:
    try:
        return b64decode(encoded, validate=True) if isinstance(encoded, str) else None
    except (binascii.Error, ValueError):
        return None


def read_prompts(items: Iterable[Mapping[str, Any]]) -> list[ListedPrompt]:
    """The prompts of a list, without those whose names cannot be typed."""
    prompts = map(_read_prompt, items)
    return [prompt for prompt in prompts if prompt.name and not prompt.name.isspace()]


def _read_prompt(item: Mapping[str, Any]) -> ListedPrompt:
    arguments = (
        PromptArgument(name, argument.get("required") is True)
        for argument in objects(item.get("arguments"))
        if (name := text_or_none(argument.get("name")))
    )
    described = visible_text(text_or_none(item.get("description")) or "")
    return ListedPrompt(text_or_none(item.get("name")) or "", described, tuple(arguments))


def fill_arguments(prompt: ListedPrompt, words: Sequence[str]) -> dict[str, str]:
    """The arguments from ``words``: ``name=value``, or values in order.

    Errors: ``usage`` for a missing required argument, and for a word too many.
    """
    names = [argument.name for argument in prompt.arguments]
    filled: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not (sign and name in names):
            name, value = next((n for n in names if n not in filled), ""), word
        if not name:
            raise usage_error(f"'{word}' is one word too many", f"usage: {prompt.usage}")
        filled[name] = value
    lacking = [a.name for a in prompt.arguments if a.is_needed and a.name not in filled]
    if lacking:
        raise usage_error(f"it needs {' and '.join(lacking)}", f"usage: {prompt.usage}")
    return filled


def read_filled_prompt(result: Mapping[str, Any]) -> FilledPrompt:
    """The result of ``prompts/get`` as one text, which names the roles if not all are the user's.

    Pictures and sound go with it under the names ``image 1``, ``audio 2``.
    """
    messages = [*objects(result.get("messages"))]
    has_roles = any(message.get("role") != "user" for message in messages)
    texts: list[str] = []
    resources: list[ResourceContent] = []
    for number, message in enumerate(messages, 1):
        content = get_object(message, "content")
        kind = content.get("type")
        if kind == "text":
            said = visible_text(text_or_none(content.get("text")) or "")
            texts.append(f"{_role(message)}: {said}" if has_roles else said)
        elif kind == "resource":
            held = _read_content(get_object(content, "resource"))
            resources += [held] if held else []
        elif (data := _bytes_of(content.get("data"))) is not None:
            resources.append(ResourceContent(f"{kind} {number}", data=data))
    return FilledPrompt("\n\n".join(texts), tuple(resources))


def _role(message: Mapping[str, Any]) -> str:
    return "Assistant" if message.get("role") == "assistant" else "User"
