"""Parsing a line of the REPL: command or message, what it mentions, whether to remember it."""

import re
import shlex
from typing import Literal
from urllib.parse import unquote

from aichat.core.message.compose import CLIPBOARD
from aichat.values import NamedTuple


class ReplLine(NamedTuple):
    """A line: ``command`` is None for a message, which is then ``text``."""

    command: str | None
    text: str


def parse_line(line: str) -> ReplLine:
    """A line as a command or a message: ``/name rest`` is a command, known or not.

    ``//`` begins a message with a slash, and so does a path, which has a second slash in its
    first word. ``/mcp:a:b`` is the command ``/mcp`` with ``:a:b``.
    """
    stripped = line.lstrip()
    if stripped.startswith("//"):
        return ReplLine(None, stripped[1:])
    if not stripped.startswith("/"):
        return ReplLine(None, line)
    name, *rest = stripped[1:].split(maxsplit=1) or [""]
    if name.startswith("mcp:"):  # a prompt may have a slash in its name
        return ReplLine("mcp", stripped.removeprefix("/mcp").rstrip())
    if "/" in name:
        return ReplLine(None, line)
    return ReplLine(name, rest[0].rstrip() if rest else "")


#: What a key looks like: the prefixes that providers use, and words that announce one.
_SECRET = re.compile(
    r"\b(?:sk|gsk|pk|rk|xai|pplx|ghp|gho|glpat|hf|AKIA|AIza|ya29|xox[abp])[-_A-Za-z0-9./]{16,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?i:key|token|secret|password|passwd|bearer)['\"]?\s*[:= ]\s*['\"]?[^\s'\"]{12,}",
)


def can_remember(line: str) -> bool:
    """Whether a line may go into the input history: not with a leading space, nor with a secret."""
    return bool(line.strip()) and line[0] not in " \t" and not holds_secret(line)


def holds_secret(line: str) -> bool:
    """Whether a line contains what looks like a key, or is announced as one."""
    return bool(_SECRET.search(line))


_AT = re.compile(r'(?:(?<=\s)|^)@(?:"([^"\n]+)"|((?:\\.|[^\s\\])+))')


#: Punctuation that may follow a name in a sentence.
_AFTER_NAME = ",;:!?)"


def mentioned_names(text: str) -> list[str]:
    """The names after ``@`` in a message: files, folders, URLs. Quotes allow spaces in them."""
    found = []
    for quoted, plain in _AT.findall(text):
        name = quoted or re.sub(r"\\(.)", r"\1", plain)
        found.append(name if quoted or name == CLIPBOARD else name.rstrip(_AFTER_NAME))
    return [name for name in found if name]


#: A noncharacter for an ``@`` that was pasted, not typed, and so mentions nothing.
PASTED_AT = "\ufdd0"
#: The same for a ``!`` at the beginning, which then runs nothing.
_PASTED_SHELL = "\ufdd1"


def mark_pasted(text: str) -> str:
    """Pasted text, marked so that no ``@`` in it mentions a file and it runs no command."""
    return _mark_shell(text.replace("@", PASTED_AT))


def _mark_shell(text: str) -> str:
    return re.sub(r"\A(\s*)!", rf"\1{_PASTED_SHELL}", text)


def unmark_pasted(text: str) -> str:
    """The inverse of ``mark_pasted``: the text as it is shown and sent."""
    return text.replace(PASTED_AT, "@").replace(_PASTED_SHELL, "!")


def mark_again(before: str, after: str) -> str:
    """``after``, which an editor made of ``before``, with the pasted parts marked again.

    Each word that was marked is marked again, wherever it went.
    """
    pasted = {_bare(word) for word in re.findall(rf"{PASTED_AT}\S*", before)}

    def mark(found: re.Match[str]) -> str:
        return mark_pasted(found[0]) if _bare(found[0]) in pasted else found[0]

    marked = re.sub(r"@\S*", mark, after)
    return _mark_shell(marked) if _PASTED_SHELL in before else marked


def _bare(word: str) -> str:
    """A word after its ``@``, without the punctuation that follows."""
    return word[1:].rstrip(_AFTER_NAME)


def dropped_path(text: str) -> str | None:
    """The path in a pasted text, as terminals write it when a file is dropped on them."""
    line = text.strip()
    if "\n" in line or not line.lstrip("'\"").startswith(("/", "~/", "file:///")):
        return None
    if line.startswith("file://"):
        return unquote(line.removeprefix("file://"))
    named = split_words(line)
    return named[0] if len(named) == 1 else None


def format_mention(name: str) -> str:
    """A mention that ``mentioned_names`` reads as ``name``."""
    plain = re.fullmatch(r"[^\s\\\"]*[^\s\\\",;:!?)]", name)
    return f"@{name}" if plain else f'@"{name}"'


def split_words(text: str) -> list[str]:
    """A command's arguments, split as a shell would; at spaces if the quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


EnterAction = Literal["send", "newline", "nothing"]


def enter_action(before: str, after: str) -> EnterAction:
    """What Enter does between ``before`` and ``after`` the cursor.

    A backslash before the cursor is replaced by a line break; two of them are a literal one.
    """
    if not (before + after).strip():
        return "nothing"
    slashes = len(before) - len(before.rstrip("\\"))
    return "newline" if slashes % 2 else "send"
