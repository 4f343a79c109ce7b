"""Commands of coding agents: Claude Code's (and its skills, and Codex's), Gemini's, GitHub's.

Sources: the change log of Claude Code, gemini-cli ``packages/cli/src/services`` (2026-08),
GitHub's documentation of ``.prompt.md``. Commands to run and files to read stay plain text.
"""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.config.schema import PROFILE
from aichat.core.conversation.prompt.foreign.marks import (
    INPUT_MARK,
    active_marks,
    convert,
    known_settings,
)
from aichat.core.conversation.prompt.foreign.roles import split_tolerantly
from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.errors import usage_error

_CLAUDE = re.compile(r"\\(\$)|\$(ARGUMENTS)\b|\$([1-9])\b|\$\{\w+\}")
_GEMINI = re.compile(r"\{\{args\}\}")
_GITHUB = re.compile(r"\$\{input:([A-Za-z_]\w*)(?::[^}$]*)?\}|\$\{\w+(?::[^}$]*)?\}")


def parse_command(name: str, text: str, *, acts: bool = False) -> PromptTemplate:
    """A slash command or skill as a prompt: ``$ARGUMENTS`` is the input, ``$1`` its first word."""
    head, body, notices = split_tolerantly(text)
    own = ("name", "description", "argument-hint", "model", "effort", "user-invocable")
    settings, unused = known_settings(head, *own)
    effort = head.get("effort")
    if PROFILE["effort"].fits(effort):
        settings = {**settings, "effort": effort}
    elif effort:
        unused += (f"'effort' is not used: {effort} is none here",)
    unused += _unnamed_model(head)
    stays = {found[0] for found in _CLAUDE.finditer(body) if not any(found.groups())}

    def mark(found: re.Match[str]) -> str | None:
        if found[2]:
            return INPUT_MARK
        return "{{" + found[3] + "}}" if found[3] else found[1]

    hint = head.get("argument-hint")
    hint = " ".join(f"[{one}]" for one in hint) if isinstance(hint, list) else hint
    about = " ".join(str(one) for one in (head.get("description"), hint) if one)
    notices += (
        *unused,
        *(f"{one} stays text" for one in sorted(stays)),
        *active_marks(body, acts=acts),
    )
    said = convert(body.strip(), _CLAUDE, mark, acts=acts)
    return PromptTemplate(name, said, about, settings=settings, notices=notices, acts=acts)


def _unnamed_model(head: Mapping[str, Any]) -> tuple[str, ...]:
    """A remark on a model that only its own tool has a name for."""
    model = head.get("model")
    if not model or model == "inherit":
        return ()
    return (f"'model' is not used: '{model}' is a name of another tool; choose one with -m",)


def parse_gemini(name: str, document: Mapping[str, Any], *, acts: bool = False) -> PromptTemplate:
    """The prompt of a Gemini CLI command: ``{{args}}`` is the input. Errors: ``usage``."""
    text = document.get("prompt")
    if not isinstance(text, str):
        raise usage_error("a TOML prompt needs prompt = '...'")
    settings, unused = known_settings(document, "prompt", "description")
    about = str(document.get("description") or "")
    said = convert(text.strip(), _GEMINI, lambda _: INPUT_MARK, acts=acts)
    notices = (*unused, *active_marks(text, acts=acts))
    return PromptTemplate(name, said, about, settings=settings, notices=notices, acts=acts)


def parse_prompt_md(name: str, text: str, *, acts: bool = False) -> PromptTemplate:
    """The prompt of a ``.prompt.md``: ``${input:name}`` is a variable."""
    head, body, notices = split_tolerantly(text)
    settings, unused = known_settings(head, "name", "description", "model")
    stays = {found[0] for found in _GITHUB.finditer(body) if not found[1]}
    names = dict.fromkeys(found[1] for found in _GITHUB.finditer(body) if found[1])
    names.pop("input", None)
    notices += (*unused, *_unnamed_model(head))
    notices += (*(f"{one} stays text" for one in sorted(stays)), *active_marks(body, acts=acts))

    def mark(found: re.Match[str]) -> str | None:
        return "{{" + found[1] + "}}" if found[1] else None

    said = convert(body.strip(), _GITHUB, mark, acts=acts)
    about = str(head.get("description") or "")
    return PromptTemplate(name, said, about, "", names, settings, notices=notices, acts=acts)
