"""A prompt as a file in our own format, which reads back as the same prompt."""

import json
from collections.abc import Iterator
from typing import Any

from aichat.core.conversation.prompt.prompt import PromptTemplate, parse_prompt
from aichat.core.message.message import text_of
from aichat.errors import AichatError, usage_error

_HEADINGS = {"user": "### INPUT:", "assistant": "### OUTPUT:"}


def render_prompt(prompt: PromptTemplate) -> str:
    """The text of a prompt's file. Errors: ``usage`` if the format cannot express it."""
    wanted = prompt._replace(notices=(), acts=False)
    for text in _renderings(prompt):
        try:
            found = parse_prompt(prompt.name, text, acts=True)
            if found._replace(notices=(), acts=False) == wanted:
                return text
        except AichatError:
            continue
    raise usage_error(f"prompt {prompt.name} says what a prompt's file cannot")


def _renderings(prompt: PromptTemplate) -> Iterator[str]:
    """Ways to write it, the most readable first."""
    if prompt.examples or not prompt.body:
        yield _render(prompt, apart=False, plain=True)
    yield _render(prompt, apart=True, plain=True)
    yield _render(prompt, apart=True, plain=False)


def _render(prompt: PromptTemplate, *, apart: bool, plain: bool) -> str:
    """A prompt and its steps, each under a heading."""
    steps = (_render_one(step, apart=True, plain=plain) for step in prompt.steps)
    return "\n### STEP:\n".join((_render_one(prompt, apart=apart, plain=plain), *steps))


def _render_one(prompt: PromptTemplate, *, apart: bool, plain: bool) -> str:
    """One step. ``apart``: its system prompt is in the head; ``plain``: texts are block texts."""
    system = prompt.system if apart else ""
    head: dict[str, Any] = {"description": prompt.description, **prompt.settings}
    head["extract"] = prompt.extract
    lines = [line for key, value in head.items() for line in _entry(key, value, plain=plain)]
    if system:
        block = [f"  {line}" if line else "" for line in system.split("\n")]
        lines += ["system: |", *block] if plain else [f"system: {_quote(system)}"]
    if not apart and not prompt.examples:
        lines.append("target: system")
    if prompt.variables:
        lines += ["vars:", *(f"  {name}: {_quote(v)}" for name, v in prompt.variables.items())]
    before = "" if apart else prompt.system
    said = [before, *(f"{_HEADINGS[one.role]}\n{text_of(one)}" for one in prompt.examples)]
    said += [f"### INPUT:\n{prompt.body}"] if prompt.examples and prompt.body else [prompt.body]
    head_lines = ["---", *lines, "---", ""] if lines else []
    return "\n".join([*head_lines, "\n\n".join(filter(None, said)), ""])


def _entry(key: str, value: Any, *, plain: bool) -> list[str]:
    """The lines of one key; none if it is unset."""
    if value in ("", False, None, [], ()):
        return []
    if isinstance(value, list):
        return [f"{key}:", *(f"  - {_quote(each)}" for each in value)]
    bare = isinstance(value, str) and value.isprintable() and "#" not in value
    if plain and bare and value[0].isalpha():
        return [f"{key}: {value}"]
    return [f"{key}: {_quote(value)}"]


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
