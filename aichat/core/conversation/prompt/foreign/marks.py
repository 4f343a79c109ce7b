"""What foreign formats have in common: marks that become ours, keys that mean nothing here."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat.core.config.schema import PROFILE
from aichat.core.conversation.prompt.prompt import INPUT, SETTINGS
from aichat.values import NamedTuple

#: Why a key is left out; any other has no meaning here.
_WHY = {
    **dict.fromkeys(("tools", "use_tools", "allowed-tools"), "name tools with --tool"),
    **dict.fromkeys(("functions", "hooks"), "no code of a prompt runs"),
    **dict.fromkeys(("fragments", "attachments"), "name files with -f"),
    "system_fragments": "name a file with -s @FILE",
}

#: Marks that the programs of others run or read files for: here they are text.
_ACTIVE = {
    "a command": re.compile(r"!`[^`\n]+`|!\{[^}\n]+\}"),
    "a file's name": re.compile(r"(?<![\w`@])@(?:\{[^}\n]+\}|[\w~-]*[./][\w./~-]+)"),
}

INPUT_MARK = "{{" + INPUT + "}}"


class KnownSettings(NamedTuple):
    """What of a foreign head can be set here, and a line on each key that cannot."""

    settings: Mapping[str, Any]
    notices: tuple[str, ...]


def escape(text: str) -> str:
    """Text in which nothing is a mark of ours."""
    return text.replace("{{", "\\{{")


def convert(text: str, marks: re.Pattern[str], mark: Callable[[re.Match[str]], str | None]) -> str:
    """Text with our marks in place of foreign ones; what ``mark`` gives None for stays text."""
    pieces, end = [], 0
    for found in marks.finditer(text):
        ours = mark(found)
        pieces += [escape(text[end : found.start()]), escape(found[0]) if ours is None else ours]
        end = found.end()
    return "".join(pieces) + escape(text[end:])


def known_settings(head: Mapping[str, Any], *own: str) -> KnownSettings:
    """What a head sets, but for its ``own`` keys, which its format reads."""
    settings, notices = {}, []
    for key, value in head.items():
        if key in own or value in (None, False, "", []):
            continue
        if key in SETTINGS and PROFILE[key].fits(value):
            settings[key] = value
        else:
            notices.append(f"'{key}' is not used: {_WHY.get(key, 'it means nothing here')}")
    return KnownSettings(settings, tuple(notices))


def active_marks(*texts: str) -> Iterable[str]:
    """A line on each kind of mark that would run or read something elsewhere."""
    for kind, pattern in _ACTIVE.items():
        found = next(filter(None, map(pattern.search, texts)), None)
        if found:
            yield f"{kind} stays text: {found[0]}"
