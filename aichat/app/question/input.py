"""What ``ask`` takes in: words, stdin, files, the system prompt, headers."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aichat.app.question.attachments import Tell, read_attachments, read_text
from aichat.core.config.precedence import SourcedValue
from aichat.core.message import tool_schema
from aichat.core.message.compose import Attachment, compose_prompt
from aichat.core.message.tool_schema import Tool
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process import stdin
from aichat.process.world import World

_USAGE = "usage: aichat ask [OPTIONS] WORDS..."


class Question(NamedTuple):
    """What is asked: words and files."""

    text: str = ""
    files: tuple[Attachment, ...] = ()


def read_question(world: World, values: Mapping[str, Any], tell: Tell, *, needed: bool) -> Question:
    """The question of a command line and stdin. Errors: ``usage``."""
    text, piped = read_prompt(world, values, needed=needed)
    return Question(text, tuple(collect_attachments(values["file"], piped, tell)))


def read_prompt(
    world: World, values: Mapping[str, Any], *, needed: bool = True
) -> tuple[str, str | None]:
    """The prompt, and the piped text where ``-f -`` asks for it as a file.

    Errors: ``usage`` where there is nothing to ask, but it is ``needed``.
    """
    words: tuple[str, ...] = values["words"]
    attached = "-" in values["file"]
    readable = stdin.is_wanted(world, values["no_stdin"])
    if not readable and ("-" in words or attached):
        raise usage_error("- stands for stdin, but there is none to read", _USAGE)
    limit = stdin.parse_size(values["max_stdin"]) if values["max_stdin"] else stdin.DEFAULT_LIMIT
    piped = stdin.read(world, limit) if readable else None
    text = compose_prompt(words, None if attached else piped)
    if needed and not text.strip() and not values["file"]:
        raise usage_error("nothing to ask: no words and no text on stdin", _USAGE)
    return text, piped if attached else None


def collect_attachments(names: Iterable[str], piped: str | None, tell: Tell) -> list[Attachment]:
    """What is attached, in order. Errors: ``usage``, naming the file."""
    found: list[Attachment] = []
    for name in names:
        found += [Attachment("stdin", piped or "")] if name == "-" else read_attachments(name, tell)
    return found


def read_system_prompt(
    system: SourcedValue | None, folder: Path, tell: Tell | None = None
) -> str | None:
    """The system prompt; ``@FILE`` is read, in a profile relative to ``folder``."""
    if system is None:
        return None
    text = str(system.value)
    if not text.startswith("@"):
        return text
    base = folder if system.origin.startswith("profile") else Path()
    return read_text(base / expand_path(text[1:]), tell)


def read_tools(given: str | None) -> tuple[Tool, ...]:
    """The tools of ``--tools``: JSON, or the name of a file with it."""
    if not given:
        return ()
    return tool_schema.parse_tools(
        given if given.lstrip()[:1] in ("[", "{") else read_text(expand_path(given))
    )


def parse_header(text: str) -> tuple[str, str]:
    """``Name: value`` of ``--header``. Errors: ``usage``."""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    known = name.replace("-", "").replace("_", "").isalnum() and text.isascii()
    if not colon or not known or not value.isprintable():
        raise usage_error("--header: expected 'Name: value' in plain characters")
    return name, value
