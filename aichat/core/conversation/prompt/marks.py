"""What stands in double braces in a prompt: open words, and what is run or read for it."""

import re
from collections.abc import Mapping

from aichat.values import NamedTuple

INPUT, PREVIOUS = "input", "previous"

#: Open words that are filled with what is so when and where a question is asked.
FACTS = frozenset(
    f"__{name}__"
    for name in ("os", "os_distro", "os_family", "arch", "shell", "locale", "now", "cwd")
)

#: Two braces of their own; a name or number; a command or file. No mark has another in it.
_MARK = re.compile(
    r"\\(\{\{)|\{\{\s*([A-Za-z_][\w-]*|[1-9])\s*\}\}"
    r"|\{\{([!@])[ \t]*+((?:(?!\{\{|\}\}(?!\}))[^\n])++)\}\}"
)


class PromptAction(NamedTuple):
    """What a prompt would have run (``!``, a command of the shell) or read (``@``, a file)."""

    sign: str
    text: str

    @property
    def mark(self) -> str:
        """How it stands in a prompt."""
        return f"{{{{{self.sign}{self.text}}}}}"

    @property
    def is_command(self) -> bool:
        """Whether it is run, and not read."""
        return self.sign == "!"


def names_in(text: str) -> list[str]:
    """The open words of a text, as often as they stand there."""
    return [found[2] for found in _MARK.finditer(text) if found[2]]


def actions_in(*texts: str) -> tuple[PromptAction, ...]:
    """What texts would have run and read, each once."""
    found = (one for text in texts for one in _MARK.finditer(text))
    return tuple(dict.fromkeys(_action(one) for one in found if one[3]))


def _action(found: re.Match[str]) -> PromptAction:
    return PromptAction(found[3], found[4].strip())


def is_of_input(name: str) -> bool:
    """Whether a mark stands for what is asked: all of it, or one of its words."""
    return name == INPUT or name.isdigit()


def takes_input(text: str) -> bool:
    """Whether what is asked has a place in a text."""
    return any(map(is_of_input, names_in(text)))


def fill(
    template: str, filled: Mapping[str, str], acted: Mapping[PromptAction, str] | None = None
) -> str:
    r"""The text with its marks replaced, in one pass: what a value says is never looked at.

    ``acted`` is what came of actions; those that it lacks stay text. ``\{{`` stands for two
    braces.
    """

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        if found[2]:
            return filled.get(found[2], found[0])
        return (acted or {}).get(_action(found), found[0])

    return _MARK.sub(replace, template)
