"""What foreign formats have in common: marks that become ours, keys that mean nothing here."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat.core.config.schema import PROFILE
from aichat.core.conversation.prompt.marks import INPUT, PromptAction, actions_in
from aichat.core.conversation.prompt.prompt import SETTINGS, stays_text
from aichat.values import NamedTuple

#: Why a key is left out; any other has no meaning here.
_WHY = {
    **dict.fromkeys(("tools", "use_tools", "allowed-tools"), "name tools with --tool"),
    **dict.fromkeys(("functions", "hooks"), "no code of a prompt runs"),
    "attachments": "name files with -f",
}

#: What the programs of others run or read files for, but in fences: here it is text till trusted.
_ACTIVE = re.compile(
    r"```.*?(?:```|\Z)|!`([^`\n]+)`|!\{((?:[^{}\n]|\{\{\w+\}\}|\{[^{}\n]*\})+)\}"
    r"|(?<![\w`@])@(?:\{([^{}\n]+)\}|([\w~-]*[./][\w./~-]+))",
    re.DOTALL,
)

#: How a command of others has what is asked in it; ours has it in a variable, never spliced in.
_INPUT_IN_COMMAND = re.compile(r"\$ARGUMENTS\b|\{\{args\}\}")

INPUT_MARK = "{{" + INPUT + "}}"


class KnownSettings(NamedTuple):
    """What of a foreign head can be set here, and a line on each key that cannot."""

    settings: Mapping[str, Any]
    notices: tuple[str, ...]


def escape(text: str) -> str:
    """Text in which nothing is a mark of ours."""
    return text.replace("{{", "\\{{")


Mark = Callable[[re.Match[str]], str | None]


def convert(text: str, marks: re.Pattern[str], mark: Mark, *, acts: bool = False) -> str:
    """Text with our marks in place of foreign ones; what ``mark`` gives None for stays text.

    Unless it ``acts``, so does what would be run or read.
    """
    if not acts:
        return _convert(text, marks, mark)
    pieces, end = [], 0
    for found in _ACTIVE.finditer(text):
        if action := _action(found):
            pieces += [_convert(text[end : found.start()], marks, mark), action.mark]
            end = found.end()
    return "".join(pieces) + _convert(text[end:], marks, mark)


def _convert(text: str, marks: re.Pattern[str], mark: Mark) -> str:
    pieces, end = [], 0
    for found in marks.finditer(text):
        ours = mark(found)
        pieces += [escape(text[end : found.start()]), escape(found[0]) if ours is None else ours]
        end = found.end()
    return "".join(pieces) + escape(text[end:])


def _action(found: re.Match[str]) -> PromptAction | None:
    """What is to be run or read; None for a fence, and for what a mark cannot hold."""
    command, name = found[1] or found[2], found[3] or found[4]
    if command:
        made = PromptAction("!", _INPUT_IN_COMMAND.sub(_quote_input, command.strip()))
    else:
        made = PromptAction("@", (name or "").strip())
    return made if actions_in(made.mark) == (made,) else None


def _quote_input(found: re.Match[str]) -> str:
    return f"${INPUT}" if found[0].startswith("$") else f'"${INPUT}"'


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


def active_marks(*texts: str, acts: bool = False) -> Iterable[str]:
    """A line on each kind of mark that would run or read something; none where it ``acts``."""
    told: dict[str, str] = {}
    for found in (found for text in texts for found in _ACTIVE.finditer(text)):
        if action := _action(found):
            shown = action._replace(text=found[0])
            told.setdefault(action.sign, stays_text(shown))
    return () if acts else told.values()
