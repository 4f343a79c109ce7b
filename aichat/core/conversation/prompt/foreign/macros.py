"""Macros of sigoden's aichat: lines of its chat, asked one after another.

Source: sigoden/aichat ``src/config/mod.rs`` and ``src/repl/mod.rs`` (2026-02).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.conversation.prompt.foreign.marks import INPUT_MARK, convert
from aichat.core.conversation.prompt.foreign.roles import model_name
from aichat.core.conversation.prompt.marks import PREVIOUS, PromptAction
from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.errors import usage_error

_BRACES = re.compile(r"\{\{(\w+)\}\}")
#: ``.file %% a.txt -- TEXT``: a question about the last answer and some files.
_FILES = re.compile(r"\.file[ \t]+(?P<files>.*?)[ \t]--[ \t]+(?P<said>.*)", re.DOTALL)
_LAST_ANSWER = "%%"


def parse_macro(name: str, document: Mapping[str, Any], *, acts: bool = False) -> PromptTemplate:
    """The prompt of a macro: each line that asks something is a step.

    Errors: ``usage`` if none does.
    """
    lines, given = document.get("steps"), document.get("variables") or []
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise usage_error("no macro: 'steps' has to be a list of lines")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise usage_error("'variables': expected a list of names")
    reader = _MacroReader(name, {str(one.get("name")): one for one in given}, acts=acts)
    steps = [*reader.steps(lines)]
    if not steps:
        raise usage_error("no macro: none of its steps says anything")
    notices = [f"'{key}' is not used" for key in document if key not in ("steps", "variables")]
    first, *rest = steps
    return first._replace(
        variables=reader.variables, notices=(*notices, *reader.notices), steps=tuple(rest)
    )


class _MacroReader:
    """Reads lines; what a dot command changes applies to the lines below it."""

    def __init__(self, name: str, given: Mapping[str, Mapping[str, Any]], *, acts: bool) -> None:
        self._name, self._acts = name, acts
        self._rest = {name for name, about in given.items() if about.get("rest")}
        self.variables: dict[str, str | None] = {
            name: None if about.get("default") is None else str(about["default"])
            for name, about in given.items()
            if name not in self._rest
        }
        self._known = {*given}
        self._settings: dict[str, Any] = {}
        self._system = ""
        self.notices: list[str] = []

    def steps(self, lines: list[str]) -> Iterator[PromptTemplate]:
        """The questions, in order."""
        is_first = True
        for line in map(str.strip, lines):
            said = self._words_of(line, is_first=is_first)
            if said:
                made = PromptTemplate(self._name, said, system=self._system)
                yield made._replace(settings={**self._settings}, acts=self._acts and is_first)
                is_first = False

    def _words_of(self, line: str, *, is_first: bool) -> str:
        """The question in a line; empty if it changes a setting, or means nothing here."""
        word, _, rest = line.partition(" ")
        if not line.startswith("."):
            return self._convert(line)
        if word == ".model" and rest:
            self._settings["model"] = model_name(rest.strip())
        elif word == ".prompt" and rest:
            self._system = self._convert(rest.strip())
        elif word == ".file" and (found := _FILES.fullmatch(line)):
            return self._with_files(found["files"].split(), found["said"], is_first=is_first)
        else:
            self.notices.append(f"step '{line}' is left out: it means nothing here")
        return ""

    def _with_files(self, files: list[str], said: str, *, is_first: bool) -> str:
        pieces = [self._convert(said)]
        for file in files:
            action = PromptAction("@", file)
            if file == _LAST_ANSWER and not is_first:
                pieces.append("{{" + PREVIOUS + "}}")
            elif self._acts and file != _LAST_ANSWER:
                pieces.append(action.mark)
            else:
                self.notices.append(f"file {file} is left out: --trust reads it")
        return "\n\n".join(pieces)

    def _convert(self, text: str) -> str:
        def mark(found: re.Match[str]) -> str | None:
            if found[1] in self._rest:
                return INPUT_MARK
            return found[0] if found[1] in self._known else None

        return convert(text, _BRACES, mark)
