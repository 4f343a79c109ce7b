"""What a line of the REPL is: a command, or a message; and whether it may be remembered."""

import re
import shlex
from typing import Literal
from urllib.parse import unquote

from aichat.values import NamedTuple


class ReplLine(NamedTuple):
    """A line: ``command`` is None for a message, which is then ``text``."""

    command: str | None
    text: str


def parse_line(line: str) -> ReplLine:
    """``/name rest`` is a command whether there is one of that name or not; ``//`` is a slash.

    A path, whose first word has a second slash, is none. ``/mcp:a:b`` is ``/mcp`` of ``:a:b``.
    """
    stripped = line.lstrip()
    if stripped.startswith("//"):
        return ReplLine(None, stripped[1:])
    if not stripped.startswith("/"):
        return ReplLine(None, line)
    name, *rest = stripped[1:].split(maxsplit=1) or [""]
    if name.startswith("mcp:"):  # whose prompt may have a slash in its name
        return ReplLine("mcp", stripped.removeprefix("/mcp").rstrip())
    if "/" in name:
        return ReplLine(None, line)
    return ReplLine(name, rest[0].rstrip() if rest else "")


#: What a key looks like: the prefixes of those who give them out, and words that announce one.
_SECRET = re.compile(
    r"\b(?:sk|gsk|pk|rk|xai|pplx|ghp|gho|glpat|hf|AKIA|AIza|ya29|xox[abp])[-_A-Za-z0-9./]{16,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?i:key|token|secret|password|passwd|bearer)['\"]?\s*[:= ]\s*['\"]?[^\s'\"]{12,}",
)


def can_remember(line: str) -> bool:
    """Whether a line may stand in the input history: a space before it says no, a secret too."""
    return bool(line.strip()) and line[0] not in " \t" and not holds_secret(line)


def holds_secret(line: str) -> bool:
    """Whether something in a line looks like a key, or is announced as one."""
    return bool(_SECRET.search(line))


_AT = re.compile(r'(?:(?<=\s)|^)@(?:"([^"\n]+)"|((?:\\.|[^\s\\])+))')


#: What stands for the clipboard's content where files are named.
CLIPBOARD = "clip:"

#: What a sentence puts behind a name.
_AFTER_NAME = ",;:!?)"


def mentioned_names(text: str) -> list[str]:
    """The names after ``@`` in a message: of files, folders, URLs. Quotes hold blanks."""
    found = []
    for quoted, plain in _AT.findall(text):
        name = quoted or re.sub(r"\\(.)", r"\1", plain)
        found.append(name if quoted or name == CLIPBOARD else name.rstrip(_AFTER_NAME))
    return [name for name in found if name]


#: Stands for an ``@`` that was not typed by hand, and mentions nothing; no text has it.
PASTED_AT = "\ufdd0"
#: The same for a ``!`` at the beginning, which runs nothing.
_PASTED_SHELL = "\ufdd1"


def mark_pasted(text: str) -> str:
    """A text that nobody typed here: no ``@`` of it mentions a file, and it is no command."""
    return _mark_shell(text.replace("@", PASTED_AT))


def _mark_shell(text: str) -> str:
    return re.sub(r"\A(\s*)!", rf"\1{_PASTED_SHELL}", text)


def unmark_pasted(text: str) -> str:
    """The same text as it is shown and sent."""
    return text.replace(PASTED_AT, "@").replace(_PASTED_SHELL, "!")


def mark_again(before: str, after: str) -> str:
    """``before``, whose pasted parts are marked, as something else made ``after`` of it.

    A word that was marked is so again, wherever it went.
    """
    pasted = {_bare(word) for word in re.findall(rf"{PASTED_AT}\S*", before)}

    def mark(found: re.Match[str]) -> str:
        return mark_pasted(found[0]) if _bare(found[0]) in pasted else found[0]

    marked = re.sub(r"@\S*", mark, after)
    return _mark_shell(marked) if _PASTED_SHELL in before else marked


def _bare(word: str) -> str:
    """A word after its ``@``, without what a sentence puts behind it."""
    return word[1:].rstrip(_AFTER_NAME)


def dropped_path(text: str) -> str | None:
    """The path that a pasted text is, as terminals give a file that is dropped on them."""
    line = text.strip()
    if "\n" in line or not line.lstrip("'\"").startswith(("/", "~/", "file:///")):
        return None
    if line.startswith("file://"):
        return unquote(line.removeprefix("file://"))
    named = split_words(line)
    return named[0] if len(named) == 1 else None


def format_mention(name: str) -> str:
    """What ``mentioned_names`` reads as ``name``."""
    plain = re.fullmatch(r"[^\s\\\"]*[^\s\\\",;:!?)]", name)
    return f"@{name}" if plain else f'@"{name}"'


def split_words(text: str) -> list[str]:
    """The words of a command's arguments, as a shell would part them; else at the blanks."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


EnterAction = Literal["send", "newline", "nothing"]


def enter_action(before: str, after: str) -> EnterAction:
    """What Enter does between ``before`` and ``after`` the cursor.

    A backslash before the cursor asks for another line and gives itself up for it; two
    of them are one that is meant.
    """
    if not (before + after).strip():
        return "nothing"
    slashes = len(before) - len(before.rstrip("\\"))
    return "newline" if slashes % 2 else "send"
