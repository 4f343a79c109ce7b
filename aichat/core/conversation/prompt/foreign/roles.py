"""Roles of the older aichat, and patterns of fabric: Markdown that is mostly a system prompt.

Sources: sigoden/aichat ``src/config/role.rs`` (2026-02), fabric ``internal/plugins/template``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.conversation.prompt.foreign.marks import (
    INPUT_MARK,
    active_marks,
    convert,
    escape,
    known_settings,
)
from aichat.core.conversation.prompt.front_matter import split_head
from aichat.core.conversation.prompt.prompt import INPUT, PromptTemplate
from aichat.core.message.message import Message, Text
from aichat.errors import AichatError

#: What the older aichat calls providers, where it is not as here.
_CLIENTS = {"claude": "anthropic", "qianwen": "qwen", "vertexai": "gemini"}

_EXAMPLE = re.compile(r"^### (?:INPUT|OUTPUT):[ \t]*\n?", re.MULTILINE)
_FACT = re.compile(r"\{\{__\w+__\}\}")
_PATTERN_MARK = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def split_tolerantly(text: str) -> tuple[Mapping[str, Any], str, tuple[str, ...]]:
    """Head, body and lines on them; a head that is not understood is left out."""
    try:
        head, body = split_head(text)
    except AichatError as error:
        body = text.replace("\r\n", "\n").partition("\n---\n")[2]
        if not body:
            raise
        return {}, body, (f"its head is left out: {error.fault.message}",)
    return head, body, ()


def parse_role(name: str, text: str) -> PromptTemplate:
    """A role: its text is the system prompt, or around ``__INPUT__`` what the user says."""
    head, body, notices = split_tolerantly(text)
    model = _model_name(head.get("model"))
    settings, unused = known_settings({**head, "model": model})
    facts = [f"{found} stays text" for found in sorted({*_FACT.findall(body)})]
    said = PromptTemplate(name, settings=settings, notices=(*notices, *unused, *facts))
    body = body.strip()
    if "__INPUT__" in body:
        return said._replace(body=INPUT_MARK.join(map(escape, body.split("__INPUT__"))))
    before, *examples = _EXAMPLE.split(body)
    if len(examples) % 2:
        return said._replace(system=escape(body))
    turns = (
        Message("assistant" if place % 2 else "user", (Text(one.strip()),))
        for place, one in enumerate(examples)
    )
    return said._replace(system=escape(before.strip()), examples=tuple(turns))


def _model_name(given: Any) -> Any:
    """``provider:model`` in our words."""
    if not isinstance(given, str) or ":" not in given:
        return given
    client, model = given.split(":", 1)
    return f"{_CLIENTS.get(client, client)}/{model}"


def parse_pattern(name: str, text: str) -> PromptTemplate:
    """A pattern: the system prompt, or with ``{{input}}`` what the user says."""
    notices: list[str] = []

    def mark(found: re.Match[str]) -> str | None:
        if re.fullmatch(r"[A-Za-z_][\w-]*", found[1]):
            return "{{" + found[1] + "}}"
        notices.append(f"{found[0]} stays text: nothing of a prompt runs")
        return None

    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    said = convert(text, _PATTERN_MARK, mark)
    asks = any(found[1] == INPUT for found in _PATTERN_MARK.finditer(text))
    names = dict.fromkeys(_variables(text))
    found = PromptTemplate(name, variables=names, notices=(*notices, *active_marks(text)))
    return found._replace(body=said) if asks else found._replace(system=said)


def _variables(text: str) -> Iterator[str]:
    for found in _PATTERN_MARK.finditer(text):
        if found[1] != INPUT and re.fullmatch(r"[A-Za-z_][\w-]*", found[1]):
            yield found[1]
