"""Finding the sessions of coding agents.

Sources: the folders that Claude Code, Codex, Gemini CLI and kimi-cli write to (2026); none of
them documents how it names a project's folder.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import md5, sha256
from pathlib import Path

from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.values import NamedTuple

#: Bytes at the beginning of a session that are read.
_HEAD = 4096


class AgentSession(NamedTuple):
    """A session's file, its id, when it was last written, and whether it belongs to this folder."""

    path: Path
    id: str
    at: float
    is_here: bool


class _Agent(NamedTuple):
    """Where an agent keeps its sessions: ``variable`` may name another ``folder``."""

    variable: str
    folder: str
    pattern: str
    id_of: Callable[[Path], str]
    is_here: Callable[[Path, str], bool]


def _held_id(path: Path) -> str:
    """The id at the beginning of a session."""
    found = re.search(r'"sessionId"\s*:\s*"([\w-]{1,150})"', _head(path))
    return found[1] if found else ""


def _last_uuid(path: Path) -> str:
    found = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", path.stem)
    return found[0] if found else path.stem


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_named_here(path: Path, folder: str) -> bool:
    """Whether Claude Code's folder is for ``folder``: all but letters and digits become dashes."""
    return path.parent.name == re.sub(r"[^A-Za-z0-9]", "-", folder)


def _is_hashed_here(path: Path, folder: str) -> bool:
    """Whether Gemini CLI's or kimi-cli's folder is for ``folder``: by its path's hash, or name."""
    data = folder.encode()
    names = {sha256(data).hexdigest(), md5(data, usedforsecurity=False).hexdigest()}
    return path.parents[1].name in {*names, Path(folder).name} - {""}


def _tells_here(path: Path, folder: str) -> bool:
    return f'"cwd":"{folder}"' in _head(path).replace('": "', '":"')


AGENTS: Mapping[str, _Agent] = {
    "claude": _Agent(
        *("CLAUDE_CONFIG_DIR", "~/.claude", "projects/*/*.jsonl"),
        *(lambda path: path.stem, _is_named_here),
    ),
    "codex": _Agent(
        *("CODEX_HOME", "~/.codex", "sessions/**/rollout-*.jsonl"),
        *(_last_uuid, _tells_here),
    ),
    "gemini": _Agent(
        *("GEMINI_CLI_HOME", "~/.gemini", "tmp/*/chats/session-*.json*"),
        *(_held_id, _is_hashed_here),
    ),
    "kimi": _Agent(
        *("KIMI_SHARE_DIR", "~/.kimi", "sessions/*/*/context.jsonl"),
        *(lambda path: path.parent.name, _is_hashed_here),
    ),
}


def find_sessions(agent: str, environ: Mapping[str, str], here: Path) -> list[AgentSession]:
    """The sessions of an agent, one of ``AGENTS``, the latest first. Errors: ``usage`` for none."""
    about = AGENTS[agent]
    folder = expand_path(environ.get(about.variable) or about.folder)
    found = sorted(_sessions(about, folder, str(here)), key=lambda one: one.at, reverse=True)
    if not found:
        raise usage_error(f"no sessions of {agent} in {folder}")
    return found


def _sessions(about: _Agent, folder: Path, here: str) -> Iterator[AgentSession]:
    for path in folder.glob(about.pattern):
        if path.name.startswith("agent-"):  # a side conversation of Claude Code
            continue
        try:
            at = path.stat().st_mtime
        except OSError:
            continue
        yield AgentSession(path, about.id_of(path), at, about.is_here(path, here))
