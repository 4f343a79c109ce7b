"""What a project's own file, ``.aichat.toml``, may set for its folder.

Nothing in it can change where requests go, run a program or name a key.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from aichat.core.config.check import Complaint
from aichat.core.config.schema import PROFILE, PROVIDER, TEXT, Config, Rule
from aichat.errors import suggestion
from aichat.values import NamedTuple

#: The most bytes of such a file, and of a file it names as its system prompt.
MAX_BYTES = 65_536


class Project(NamedTuple):
    """One of the user's profiles, a system prompt, folders of prompts, and files to attach.

    ``system`` may be ``@FILE``. Paths and patterns are relative to the project's folder.
    """

    profile: str | None = None
    system: str | None = None
    prompts: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()


def _is_inside(value: Any) -> bool:
    """Whether a value is a path, or a pattern of paths, that stays within a folder."""
    if not isinstance(value, str) or not value:
        return False
    path = PurePosixPath(value)
    return not path.is_absolute() and ".." not in path.parts and not value.startswith("~")


def _are_inside(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_inside, value))


_RULES: Mapping[str, Rule] = {
    "profile": TEXT,
    "system": Rule(
        "text, or @FILE in the project's folder",
        lambda v: TEXT.fits(v) and (not v.startswith("@") or _is_inside(v[1:])),
    ),
    "prompts": Rule("a list of folders in the project's folder", _are_inside),
    "attach": Rule("a list of files or patterns in the project's folder", _are_inside),
}

#: Keys that only the user's own config may have.
_NEVER = {*PROFILE, *PROVIDER, *Config._fields, "key", "keys", "api_key", "allow", "tool"}


def check_project(document: Mapping[str, Any]) -> tuple[Project, list[Complaint]]:
    """The project in a parsed document, and everything wrong with it."""
    complaints: list[Complaint] = []
    good: dict[str, Any] = {}
    for key, value in document.items():
        if key in _RULES and _RULES[key].fits(value):
            good[key] = tuple(value) if isinstance(value, list) else value
        elif key in _RULES:
            complaints.append(Complaint((key,), f"expected {_RULES[key].expected}"))
        elif key in _NEVER:
            why = "never taken from a project: it is for your own config"
            complaints.append(Complaint((key,), why, warning=True))
        else:
            close = suggestion(key, _RULES)
            complaints.append(Complaint((key,), f"unknown key{close}", warning=True))
    return Project(**good), complaints
