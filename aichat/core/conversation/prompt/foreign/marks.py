"""What foreign formats share: marks that become ours, and keys that mean nothing here."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat.core.config.schema import PROFILE
from aichat.core.conversation.prompt.marks import INPUT, PromptAction, actions_in
from aichat.core.conversation.prompt.prompt import SETTINGS, stays_text
from aichat.values import NamedTuple

#: Why a key is left out; any other one has no meaning here.
_WHY = {
    **dict.fromkeys(("tools", "use_tools", "allowed-tools"), "name tools with --tool"),
    **dict.fromkeys(("functions", "hooks"), "no code of a prompt runs"),
    "attachments": "name files with -f",
}

#: What other tools run or read, outside fences; here it is text until its file is trusted.
_ACTIVE = re.compile(
    r"```.*?(?:```|\Z)|!`([^`\n]+)`|!\{((?:[^{}\n]|\{\{\w+\}\}|\{[^{}\n]*\})+)\}"
    r"|(?<![\w`@])@(?:\{([^{}\n]+)\}|([\w~-]*[./][\w./~-]+))",
    re.DOTALL,
)

#: The input within a foreign command; ours get it as a variable, never spliced in.
_INPUT_IN_COMMAND = re.compile(r"\$ARGUMENTS\b|\{\{args\}\}")

INPUT_MARK = "{{" + INPUT + "}}"


class KnownSettings(NamedTuple):
    """The settings of a foreign head that exist here, and a remark on each that does not."""

    settings: Mapping[str, Any]
    notices: tuple[str, ...]


def escape(text: str) -> str:
    """The text, escaped so that nothing in it is one of our marks."""
    return text.replace("{{", "\\{{")


Mark = Callable[[re.Match[str]], str | None]


def convert(text: str, marks: re.Pattern[str], mark: Mark, *, acts: bool = False) -> str:
    """The text with our marks in place of foreign ones; those ``mark`` gives None for stay text.

    Unless it ``acts``, so do commands and files.
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
    """What to run or read; None for a fence, and for what a mark cannot hold."""
    command, name = found[1] or found[2], found[3] or found[4]
    if command:
        made = PromptAction("!", _INPUT_IN_COMMAND.sub(_quote_input, command.strip()))
    else:
        made = PromptAction("@", (name or "").strip())
    return made if actions_in(made.mark) == (made,) else None


def _quote_input(found: re.Match[str]) -> str:
    return f"${INPUT}" if found[0].startswith("$") else f'"${INPUT}"'


def known_settings(head: Mapping[str, Any], *own: str) -> KnownSettings:
    """What a head sets, apart from its ``own`` keys, which its format reads itself."""
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
    """A remark on each kind of mark that would run or read something; none if it ``acts``."""
    told: dict[str, str] = {}
    for found in (found for text in texts for found in _ACTIVE.finditer(text)):
        if action := _action(found):
            shown = action._replace(text=found[0])
            told.setdefault(action.sign, stays_text(shown))
    return () if acts else told.values()
