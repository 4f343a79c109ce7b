"""Which format a prompt file has: by its name and folder, never by its text.

The same Markdown is the user's message in one format, and the system prompt in another.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from aichat.core.conversation.prompt.foreign.commands import (
    parse_command,
    parse_gemini,
    parse_prompt_md,
)
from aichat.core.conversation.prompt.foreign.macros import parse_macro
from aichat.core.conversation.prompt.foreign.roles import parse_pattern, parse_role
from aichat.core.conversation.prompt.foreign.templates import parse_prompt_yml, parse_template
from aichat.core.conversation.prompt.prompt import PromptTemplate, parse_prompt
from aichat.errors import usage_error

#: Reads YAML, which may be more than the subset that our own heads take.
ReadYaml = Callable[[str], Mapping[str, Any]]

_TEXT_FORMATS: Mapping[str, Callable[..., PromptTemplate]] = {
    "aichat": parse_prompt,
    "role": parse_role,
    "fabric": parse_pattern,
    "claude": parse_command,
    "prompt.md": parse_prompt_md,
}
_YAML_FORMATS: Mapping[str, Callable[..., PromptTemplate]] = {
    "llm": parse_template,
    "macro": parse_macro,
    "prompt.yml": parse_prompt_yml,
}

#: Every format by its name.
FORMATS = (*_TEXT_FORMATS, *_YAML_FORMATS, "gemini")

#: File names that make a file a prompt, which is named after its folder, and their formats.
NAMED_BY_FOLDER = {"system.md": "fabric", "SKILL.md": "claude"}

_ENDINGS = {
    ".prompt.md": "prompt.md",
    ".prompt.yml": "prompt.yml",
    ".prompt.yaml": "prompt.yml",
    ".toml": "gemini",
    ".yaml": "llm",
    ".yml": "llm",
    ".md": "aichat",
}
#: Folders of tools, at any depth in which Markdown has another format.
_TOOLS = {".claude": "claude", ".codex": "claude"}


def format_of(path: PurePath) -> str | None:
    """The format of a file; None if it is no prompt.

    A relative path is within the folder of prompts.
    """
    if path.name in NAMED_BY_FOLDER:
        return NAMED_BY_FOLDER[path.name]
    ending = next((each for each in _ENDINGS if path.name.endswith(each)), "")
    if ending in (".yaml", ".yml") and path.parent.name == "macros":
        return "macro"
    if ending != ".md":
        return _ENDINGS.get(ending)
    if path.parent.name == "roles":
        return "role"
    if path.parts[0] == "commands":
        return "claude"
    return next((_TOOLS[part] for part in path.parts if part in _TOOLS), "aichat")


def name_of(path: PurePath) -> str:
    """The name of a prompt, by its file: the name of a command in subfolders includes them."""
    if path.name in NAMED_BY_FOLDER:
        return path.parent.name
    ending = next((each for each in _ENDINGS if path.name.endswith(each)), "")
    parts = list(path.parts)
    below = len(parts) - parts[::-1].index("commands") if "commands" in parts[:-1] else -1
    return "-".join(parts[below:]).removesuffix(ending)


def parse_as(
    kind: str, name: str, text: str, read_yaml: ReadYaml, *, acts: bool = False
) -> PromptTemplate:
    """A text in this format as a prompt. Errors: ``usage``, saying what is wrong.

    If it ``acts``, its commands and files become marks, else they stay text.
    """
    if kind in _TEXT_FORMATS:
        return _TEXT_FORMATS[kind](name, text, acts=acts)
    if kind in _YAML_FORMATS:
        return _YAML_FORMATS[kind](name, read_yaml(text), acts=acts)
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise usage_error(f"not TOML: {error}") from None
    return parse_gemini(name, document, acts=acts)
