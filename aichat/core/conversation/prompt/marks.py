"""Marks, in double braces in a prompt: variables, commands to run and files to read."""

import re
from collections.abc import Mapping

from aichat.values import NamedTuple

INPUT, PREVIOUS = "input", "previous"

#: Marks filled in with facts about the time and place of asking.
FACTS = frozenset(
    f"__{name}__"
    for name in ("os", "os_distro", "os_family", "arch", "shell", "locale", "now", "cwd")
)

#: Escaped braces; a name or number; a command or file. Marks are not nested.
_MARK = re.compile(
    r"\\(\{\{)|\{\{\s*([A-Za-z_][\w-]*|[1-9])\s*\}\}"
    r"|\{\{([!@])[ \t]*+((?:(?!\{\{|\}\}(?!\}))[^\n])++)\}\}"
)


class PromptAction(NamedTuple):
    """Something a prompt asks to run (``!``, a shell command) or to read (``@``, a file)."""

    sign: str
    text: str

    @property
    def mark(self) -> str:
        """How it is written in a prompt."""
        return f"{{{{{self.sign}{self.text}}}}}"

    @property
    def is_command(self) -> bool:
        """Whether it is run rather than read."""
        return self.sign == "!"


def names_in(text: str) -> list[str]:
    """The names of a text's variables, in order and with repetitions."""
    return [found[2] for found in _MARK.finditer(text) if found[2]]


def actions_in(*texts: str) -> tuple[PromptAction, ...]:
    """The actions in the texts, each once."""
    found = (one for text in texts for one in _MARK.finditer(text))
    return tuple(dict.fromkeys(_action(one) for one in found if one[3]))


def _action(found: re.Match[str]) -> PromptAction:
    return PromptAction(found[3], found[4].strip())


def is_of_input(name: str) -> bool:
    """Whether a mark stands for the input: all of it, or one of its words."""
    return name == INPUT or name.isdigit()


def takes_input(text: str) -> bool:
    """Whether a text has a mark for the input."""
    return any(map(is_of_input, names_in(text)))


def fill(
    template: str, filled: Mapping[str, str], acted: Mapping[PromptAction, str] | None = None
) -> str:
    r"""The text with its marks replaced, in one pass: marks within a value are not replaced.

    ``acted`` has the output of actions; those it lacks stay text. ``\{{`` is a literal pair
    of braces.
    """

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        if found[2]:
            return filled.get(found[2], found[0])
        return (acted or {}).get(_action(found), found[0])

    return _MARK.sub(replace, template)
