"""Completion at the cursor. It runs in a thread of prompt-toolkit."""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from aichat.core.cli.candidate import Candidate, Choice, match_candidates
from aichat.disk.paths import expand_path
from aichat.errors import AichatError
from aichat.repl.prompt.choices import SOURCES, prompt_choices
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashTable

_COMMAND = re.compile(r"/(\S*)")
_ARGUMENT = re.compile(r"/(\S+)\s+(?:.*\s)?(\S*)", re.DOTALL)
_MENTION = re.compile(r"(?:.*\s)?@(\S*)", re.DOTALL)

#: The most entries of a folder that are offered.
_MAX_OFFERED = 200


def complete(session: Session, slashes: SlashTable, before: str) -> Iterable[Candidate]:
    """The completions for the text ``before`` the cursor; none in case of an error."""
    with suppress(AichatError, OSError, sqlite3.Error, RuntimeError):
        return list(_candidates(session, slashes, before))
    return ()


def _candidates(session: Session, slashes: SlashTable, before: str) -> Iterable[Candidate]:
    if found := _MENTION.fullmatch(before):
        return path_candidates(found[1])
    if found := _COMMAND.fullmatch(before):
        return match_candidates(found[1], [*_commands(slashes), *prompt_choices(session)])
    if found := _ARGUMENT.fullmatch(before):
        source = slashes.find(found[1]).completion_source
        if source == "paths":
            return path_candidates(found[2])
        if source:
            return match_candidates(found[2], _choices(session, slashes, source))
    return ()


def path_candidates(typed: str) -> Iterator[Candidate]:
    """The files and folders that begin as ``typed`` does; folders end in a slash."""
    folder, _, name = typed.rpartition("/")
    place = expand_path(f"{folder}/") if folder or typed.startswith("/") else Path()
    with os.scandir(place) as entries:
        found = sorted(
            (entry.name, entry.is_dir())
            for entry in entries
            if entry.name.lower().startswith(name.lower())
            and (name.startswith(".") or not entry.name.startswith("."))
        )
    for entry, is_dir in found[:_MAX_OFFERED]:
        text = f"{entry}/" if is_dir else entry
        yield Candidate(text.replace(" ", "\\ "), len(name), "", text, name)


def _choices(session: Session, slashes: SlashTable, source: str) -> list[Choice]:
    return _commands(slashes) if source == "commands" else SOURCES[source](session)


def _commands(slashes: SlashTable) -> list[Choice]:
    return [Choice(command.name, command.summary) for command in slashes.commands().values()]
