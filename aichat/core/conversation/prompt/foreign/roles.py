"""Roles of sigoden's aichat and patterns of fabric: Markdown that is mostly a system prompt.

Sources: sigoden/aichat ``src/config/role.rs`` (2026-02), fabric ``internal/plugins/template``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aichat.core.conversation.prompt.foreign.marks import (
    INPUT_MARK,
    convert,
    known_settings,
)
from aichat.core.conversation.prompt.front_matter import split_head
from aichat.core.conversation.prompt.marks import FACTS, INPUT, PromptAction
from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.core.message.message import Message, Text
from aichat.errors import AichatError

#: The names of providers in sigoden's aichat, where they differ from ours.
_CLIENTS = {"claude": "anthropic", "qianwen": "qwen", "vertexai": "gemini"}

_EXAMPLE = re.compile(r"^### (?:INPUT|OUTPUT):[ \t]*\n?", re.MULTILINE)
_FACT = re.compile(r"\{\{(__\w+__)\}\}")
_PATTERN_MARK = re.compile(r"\{\{([^{}]+)\}\}")
_VARIABLE = re.compile(r"[A-Za-z_][\w-]*")
_PLUGIN_FILE = re.compile(r"plugin:file:read:(.+)")


def split_tolerantly(text: str) -> tuple[Mapping[str, Any], str, tuple[str, ...]]:
    """Head, body and remarks; a head that cannot be parsed is left out."""
    try:
        head, body = split_head(text)
    except AichatError as error:
        body = text.replace("\r\n", "\n").partition("\n---\n")[2]
        if not body:
            raise
        return {}, body, (f"its head is left out: {error.fault.message}",)
    return head, body, ()


def parse_role(name: str, text: str, *, acts: bool = False) -> PromptTemplate:
    """A role: its text is the system prompt, or with ``__INPUT__`` the user's message."""
    head, body, notices = split_tolerantly(text)
    model = model_name(head.get("model"))
    settings, unused = known_settings({**head, "model": model})
    told = (*notices, *unused, *(f"{one} stays text" for one in sorted({*_unknown_facts(body)})))
    said = PromptTemplate(name, settings=settings, notices=told, acts=acts)
    body = body.strip()
    if "__INPUT__" in body:
        return said._replace(body=INPUT_MARK.join(map(_with_facts, body.split("__INPUT__"))))
    before, *examples = _EXAMPLE.split(body)
    if len(examples) % 2:
        return said._replace(system=_with_facts(body))
    turns = (
        Message("assistant" if place % 2 else "user", (Text(one.strip()),))
        for place, one in enumerate(examples)
    )
    return said._replace(system=_with_facts(before.strip()), examples=tuple(turns))


def _unknown_facts(text: str) -> Iterable[str]:
    return (found[0] for found in _FACT.finditer(text) if found[1] not in FACTS)


def _with_facts(text: str) -> str:
    """Text in which only the facts known here are marks."""
    return convert(text, _FACT, lambda found: found[0] if found[1] in FACTS else None)


def model_name(given: Any) -> Any:
    """The model of a ``provider:model`` in our notation."""
    if not isinstance(given, str) or ":" not in given:
        return given
    client, model = given.split(":", 1)
    return f"{_CLIENTS.get(client, client)}/{model}"


def parse_pattern(name: str, text: str, *, acts: bool = False) -> PromptTemplate:
    """The prompt of a pattern: the system prompt, or with ``{{input}}`` the user's message."""
    notices: list[str] = []

    def mark(found: re.Match[str]) -> str | None:
        inner = found[1].strip()
        if _VARIABLE.fullmatch(inner):
            return "{{" + inner + "}}"
        named = _PLUGIN_FILE.fullmatch(inner)
        action = PromptAction("@", named[1]) if named else None
        if action and acts:
            return action.mark
        why = "nothing of a prompt runs" if action is None else "--trust reads it"
        notices.append(f"{found[0]} stays text: {why}")
        return None

    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    said = convert(text, _PATTERN_MARK, mark)
    names = [found[1].strip() for found in _PATTERN_MARK.finditer(text)]
    variables = dict.fromkeys(n for n in names if _VARIABLE.fullmatch(n) and n != INPUT)
    found = PromptTemplate(name, variables=variables, notices=tuple(notices), acts=acts)
    return found._replace(body=said) if INPUT in names else found._replace(system=said)
