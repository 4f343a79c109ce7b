"""Templates that are YAML: those of ``llm``, and GitHub's ``.prompt.yml``.

Sources: llm ``llm/templates.py`` (0.32), GitHub's documentation of stored prompts.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from aichat.core.conversation.prompt.foreign.marks import (
    INPUT_MARK,
    KnownSettings,
    convert,
    known_settings,
)
from aichat.core.conversation.prompt.marks import INPUT, PromptAction
from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.core.message.message import Message, Text
from aichat.errors import usage_error

_DOLLAR = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_BRACES = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\s*\}\}")

_TEXTS = ("name", "description", "prompt", "system")
_FRAGMENTS = {"prompt": "fragments", "system": "system_fragments"}
_LLM = (
    *(*_TEXTS, *_FRAGMENTS.values()),
    *("defaults", "options", "extract", "extract_last", "schema_object"),
)
#: A fragment that is a file; others are URLs, or names that only llm knows.
_FILE_NAME = re.compile(r"(?!\w+:)[^\n{}]*[./][^\n{}]*")

#: Keys of which a template has at least one: other YAML too may have names and defaults.
_OF_TEMPLATES = {"prompt", "system", "model", "options", "extract", "schema_object"}

#: GitHub's names for our settings.
_PARAMETERS = {"maxTokens": "max_tokens", "topP": "top_p"}


def parse_template(name: str, document: Mapping[str, Any], *, acts: bool = False) -> PromptTemplate:
    """The prompt of an ``llm`` template: ``$name`` is a variable, ``$input`` the input.

    Its fragments are read only if it ``acts``. Errors: ``usage`` if it is no template.
    """
    if not _OF_TEMPLATES & document.keys():
        raise usage_error(f"no template: it has none of {', '.join(sorted(_OF_TEMPLATES))}")
    for key in _TEXTS:
        if not isinstance(document.get(key, ""), str):
            raise usage_error(f"'{key}': expected text")
    texts = {key: document.get(key, "") for key in ("prompt", "system")}
    settings, notices = _settings(document)
    names = [n for text in texts.values() for n in _dollar_names(text) if n != INPUT]
    defaults = document.get("defaults") or {}
    if not isinstance(defaults, dict):
        raise usage_error("'defaults': expected names with their values")
    if INPUT in _dollar_names(texts["system"]):
        notices += ("$input in its system prompt stays text",)
    said = {key: convert(text, _DOLLAR, _dollar_mark).strip() for key, text in texts.items()}
    for key in said:
        files, lines = _fragments(document.get(_FRAGMENTS[key]), acts=acts)
        said[key] = "\n".join(filter(None, (*files, said[key])))
        notices += lines
    return PromptTemplate(
        name,
        said["prompt"],
        document.get("description", ""),
        said["system"],
        {**dict.fromkeys(names), **{key: str(value) for key, value in defaults.items()}},
        settings,
        extract=bool(document.get("extract") or document.get("extract_last")),
        notices=notices,
        acts=acts,
    )


def _fragments(given: Any, *, acts: bool) -> tuple[list[str], tuple[str, ...]]:
    """Marks for the files to read, and a remark on each fragment that is left out."""
    names = given if isinstance(given, list) else []
    files = [name for name in map(str, names) if acts and _FILE_NAME.fullmatch(name)]
    lines = [
        f"fragment {name} is left out: "
        + ("--trust reads it" if _FILE_NAME.fullmatch(name) else "name it with -f")
        for name in map(str, names)
        if name not in files
    ]
    return [PromptAction("@", name).mark for name in files], tuple(lines)


def _settings(document: Mapping[str, Any]) -> KnownSettings:
    """The model, options and schema of a template, and remarks on what means nothing here."""
    options = document.get("options") or {}
    if not isinstance(options, dict):
        raise usage_error("'options': expected names with their values")
    settings, notices = known_settings({**document, **options}, *_LLM)
    if schema := document.get("schema_object"):
        settings = {**settings, "schema": json.dumps(schema)}
    if document.get("extract_last"):
        notices += ("'extract_last' shows the first block of code here, not the last",)
    return KnownSettings(settings, notices)


def _dollar_names(text: str) -> list[str]:
    return [found[2] or found[3] for found in _DOLLAR.finditer(text) if found[2] or found[3]]


def _dollar_mark(found: re.Match[str]) -> str:
    return found[1] or "{{" + (found[2] or found[3]) + "}}"


def parse_prompt_yml(
    name: str, document: Mapping[str, Any], *, acts: bool = False
) -> PromptTemplate:
    """The prompt of a ``.prompt.yml``: messages with ``{{name}}``, the last being the question.

    Errors: ``usage``.
    """
    messages = [_message(one) for one in document.get("messages") or ()]
    system = "\n\n".join(text for role, text in messages if role == "system")
    turns = [one for one in messages if one[0] != "system"]
    roles = [role for role, _ in turns]
    if not turns or roles != ["user", "assistant"] * (len(turns) // 2) + ["user"]:
        raise usage_error("its messages have to take turns, and to end with one of the user's")
    parameters = document.get("modelParameters") or {}
    given = {_PARAMETERS.get(key, key): value for key, value in parameters.items()}
    own = ("messages", "modelParameters", *_TEXTS)
    settings, notices = known_settings({**document, **given}, *own)
    body = convert(turns[-1][1], _BRACES, _braces_mark)
    system = convert(system, _BRACES, _braces_mark)
    names = {found[1]: None for text in (system, body) for found in _BRACES.finditer(text)}
    names.pop(INPUT, None)
    examples = tuple(Message(_SPEAKERS[role], (Text(text),)) for role, text in turns[:-1])
    about = str(document.get("description") or "")
    body = body if INPUT_MARK in body or names else body.strip()
    made = PromptTemplate(name, body, about, system, names, settings, examples)
    return made._replace(notices=notices, acts=acts)


_SPEAKERS: Mapping[str, Any] = {"user": "user", "assistant": "assistant"}


def _message(given: Any) -> tuple[str, str]:
    if not isinstance(given, dict) or not isinstance(given.get("content"), str):
        raise usage_error("'messages': expected a list of role and content")
    return str(given.get("role")), given["content"].strip()


def _braces_mark(found: re.Match[str]) -> str:
    return "{{" + found[1] + "}}"
