"""One clean command line, taken from whatever a model said; or an error that says why not."""

import re
from collections.abc import Iterable, Iterator

from aichat.core.text.cells import truncate
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

#: The most characters that a command may have.
MAX_LENGTH = 2000

#: Columns of an answer that an error message quotes.
_TOLD = 200

_FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n(.*?)^ {0,3}\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL
)
_OPEN_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)

#: The end of a line that continues below: an odd number of backslashes.
_GOES_ON = re.compile(r"(?<!\\)(?:\\\\)*\\$")
_OPERATOR_AT_END = re.compile(r"(\||&&)$")

#: Words that models begin sentences with, and that are hardly ever a command's name.
_PROSE_WORDS = frozenset(
    (
        *("A", "After", "An", "As", "At", "Certainly", "For", "First", "Here", "Here's", "Hi"),
        *("Hello", "However", "I", "I'm", "I'd", "I'll", "If", "In", "It", "Just", "Note"),
        *("Of", "Okay", "OK", "On", "One", "Please", "Run", "Simply", "Sorry", "Sure", "The"),
        *("There", "This", "To", "Try", "Unfortunately", "Use", "Using", "We", "With", "Yes"),
        *("You", "Your"),
    )
)
_SENTENCE = re.compile(r"[A-Z][a-z']+,? .*[a-z)`][.!?:]")

#: Characters that Python calls printable, yet are invisible or alter the one before them.
_UNSEEN = re.compile("[\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class ShellSuggestion(NamedTuple):
    """A command on one line, and the model's remark on it after ``#``."""

    command: str
    why: str = ""


def parse_suggestion(text: str) -> ShellSuggestion:
    """The one command in an answer: in its only fence, else on its only line that is no comment.

    Errors: ``no_code`` (exit 12) for prose, several commands, none, or invisible characters.
    """
    blocks = {found[2].strip() for found in _FENCE.finditer(text.replace("\r\n", "\n"))}
    if len(blocks) > 1:
        raise _no_command("the answer has several commands", text)
    body = blocks.pop() if blocks else text.replace("\r\n", "\n").strip()
    if _OPEN_FENCE.search(body):
        raise _no_command("the answer is cut off", text)
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    remarks = [line for line in lines if line.startswith("#")]
    why = " ".join(remark.lstrip("# ") for remark in remarks)
    commands = [*_join(line for line in lines if not line.startswith("#"))]
    if not commands:
        raise _no_command("no command does that" if why else "the answer is empty", why)
    if len(commands) > 1:
        raise _no_command("the answer is no single line", text)
    return ShellSuggestion(clean_line(commands[0]), why)


def clean_line(line: str) -> str:
    """A command that is safe to put on a shell's prompt.

    Errors: ``no_code``, as in ``parse_suggestion``.
    """
    command = line.strip().removeprefix("$ ").strip()
    if command.count("`") == 2 and command[0] == command[-1] == "`":
        command = command[1:-1].strip()
    if not command:
        raise _no_command("the answer is empty")
    if len(command) > MAX_LENGTH:
        raise _no_command(f"the command has more than {MAX_LENGTH} characters")
    if not command.isprintable() or _UNSEEN.search(command):
        raise _no_command("the command has characters that nobody can see", command)
    if command.split(None, 1)[0].rstrip(",.:!") in _PROSE_WORDS or _SENTENCE.fullmatch(command):
        raise _no_command("the answer is no command", command)
    return command


def _join(lines: Iterable[str]) -> Iterator[str]:
    """Join lines continued by a backslash, except within quotes, where a line break counts."""
    begun = ""
    for line in lines:
        line = f"{begun} {line}" if begun else line
        goes_on, operator = _GOES_ON.search(line), _OPERATOR_AT_END.search(line)
        begun = ""
        if (goes_on or operator) and not _has_open_quotation(line):
            begun = line[:-1].rstrip() if goes_on else line
        else:
            yield line
    if begun:
        yield begun


def _has_open_quotation(line: str) -> bool:
    bare = re.sub(r"\\.|'[^']*'", "", line)
    return bare.count('"') % 2 == 1 or bare.count("'") % 2 == 1


def _no_command(message: str, said: str = "") -> AichatError:
    told = f": {truncate(sanitize_line(said.strip()), _TOLD)}" if said.strip() else ""
    return AichatError(Fault("no_code", f"{message}{told}", "say it in other words"))
