"""A user's prompt as a value: its text, its variables and its settings."""

import re
import shlex
from collections.abc import Mapping
from itertools import chain
from typing import Any

from aichat.core.config.schema import NAMES, PROFILE
from aichat.core.conversation.prompt.front_matter import split_head
from aichat.core.conversation.prompt.marks import (
    FACTS,
    INPUT,
    PREVIOUS,
    PromptAction,
    actions_in,
    fill,
    is_of_input,
    names_in,
    takes_input,
)
from aichat.core.message.message import Message, Text
from aichat.core.text.numbers import count_of
from aichat.errors import suggestion, usage_error
from aichat.values import NamedTuple

#: What a prompt may set: the profile keys that run nothing, read nothing and redirect nothing.
SETTINGS = (
    *("model", "provider", "temperature", "top_p", "max_tokens", "stop", "seed", "effort"),
    *("strict", "schema", "cache", "search", "search_x", "search_domain", "search_recency"),
    *("search_context", "search_location", "fetch", "code", "maps", "resolve_links"),
)
#: Keys that a prompt, which may come from anywhere, must not have, and why.
_REFUSED = {
    "base_url": "would send your key elsewhere: set it in the config",
    "headers": "would send what you did not type: set them in the config",
}
#: What it may ask for once its file is trusted: the option for each, and what that does.
ACTIVE_SETTINGS = {
    "tools": ("tool", "would run programs: name them with --tool, or trust the file with --trust"),
    "mcp": ("mcp", "would run programs: name them with --mcp, or trust the file with --trust"),
    "files": ("file", "would read files: name them with -f, or trust the file with --trust"),
}
_OWN = ("description", "system", "target", "vars", "extract")
_EXAMPLE = re.compile(r"^### (INPUT|OUTPUT):[ \t]*\n?", re.MULTILINE)
_STEP = re.compile(r"^### STEP:[^\n]*\n?", re.MULTILINE)
_NO_ACTIONS: Mapping[PromptAction, str] = {}


class PromptTemplate(NamedTuple):
    """A prompt: ``body`` is the user's message, ``variables`` are its names with defaults.

    A variable that is None has to be given. ``extract``: only code is shown, in this language
    if it names one. ``notices`` tell what in another tool's file means nothing here, and what
    stays text. ``steps`` are asked one after another once this is answered. ``acts``: its file
    is trusted, so that its commands are run and its files are read.
    """

    name: str
    body: str = ""
    description: str = ""
    system: str = ""
    variables: Mapping[str, str | None] = {}
    settings: Mapping[str, Any] = {}
    examples: tuple[Message, ...] = ()
    extract: bool | str = False
    notices: tuple[str, ...] = ()
    steps: tuple["PromptTemplate", ...] = ()
    acts: bool = False

    @property
    def needs_input(self) -> bool:
        """Whether it needs words or stdin to make a question."""
        bodies = [self.body, *(step.body for step in self.steps)]
        return not self.body.strip() or any(map(takes_input, bodies))

    @property
    def facts(self) -> frozenset[str]:
        """The facts that it refers to."""
        said = "".join(text for each in (self, *self.steps) for text in (each.system, each.body))
        return FACTS & {*names_in(said)}

    @property
    def actions(self) -> tuple[PromptAction, ...]:
        """What it asks to run and read, once its file is trusted."""
        return actions_in(*chain.from_iterable((p.system, p.body) for p in (self, *self.steps)))

    def every_step(self) -> tuple["PromptTemplate", ...]:
        """The prompt itself and its steps, each with the settings that apply to it.

        General settings apply to each of them; those on the form of the answer, to the last.
        """
        if not self.steps:
            return (self,)
        settings = {name: value for name, value in self.settings.items() if name != "schema"}
        first = self._replace(steps=(), settings=settings, extract=False)
        *between, last = (_below(self, settings, step) for step in self.steps)
        if "schema" in self.settings and "schema" not in last.settings:
            last = last._replace(settings={**last.settings, "schema": self.settings["schema"]})
        return (first, *between, last._replace(extract=last.extract or self.extract))


def _below(
    whole: PromptTemplate, settings: Mapping[str, Any], step: PromptTemplate
) -> PromptTemplate:
    """A step with the general settings; its own model or provider replaces both."""
    own = step.settings
    shared = {
        name: value
        for name, value in settings.items()
        if name not in ("model", "provider") or not {"model", "provider"} & own.keys()
    }
    return step._replace(
        name=whole.name, settings={**shared, **own}, system=step.system or whole.system
    )


def parse_prompt(name: str, text: str, *, acts: bool = False) -> PromptTemplate:
    """The prompt in a file called ``name``. Errors: ``usage``, with the name and what is wrong."""
    head, body = split_head(text)
    first, *rest = _STEP.split(body)
    if rest and not first.strip():
        own, first = split_head(rest.pop(0))
        head = {**head, **own}
    made = _parse_one(name, head, first, acts=acts)
    steps = tuple(_parse_one(name, *split_head(each), acts=acts, is_step=True) for each in rest)
    if PREVIOUS in names_in(made.system + made.body):
        raise usage_error("nothing is said before its first step: {{previous}} is of the others")
    return with_variables(made._replace(steps=steps, acts=acts), _variables(head.get("vars")))


def with_variables(prompt: PromptTemplate, given: Mapping[str, str | None]) -> PromptTemplate:
    """The prompt with every name in it as a variable, and a notice on each mark that stays text."""
    texts = (text for each in (prompt, *prompt.steps) for text in (each.system, each.body))
    names = {name for text in texts for name in names_in(text)}
    used = sorted(name for name in names - FACTS if not is_of_input(name) and name != PREVIOUS)
    systems = "".join(each.system for each in (prompt, *prompt.steps))
    open_there = [n for n in (INPUT, PREVIOUS) if n in names_in(systems)]
    told = [f"{{{{{name}}}}} in its system prompt stays text" for name in open_there]
    told += () if prompt.acts else map(stays_text, prompt.actions)
    variables = {**dict.fromkeys(used), **given}
    return prompt._replace(variables=variables, notices=(*prompt.notices, *told))


def stays_text(action: PromptAction) -> str:
    """The notice that something is neither run nor read."""
    kind, verb = ("a command", "runs") if action.is_command else ("a file's name", "reads")
    return f"{kind} stays text: {action.text}; --trust {verb} it"


def _parse_one(
    name: str, head: Mapping[str, Any], body: str, *, acts: bool, is_step: bool = False
) -> PromptTemplate:
    """The text and settings of one step."""
    own = [key for key in _OWN if not (is_step and key in ("vars", "description"))]
    for key in head:
        if key in _REFUSED:
            raise usage_error(f"'{key}' {_REFUSED[key]}")
        if key in ACTIVE_SETTINGS and not acts:
            raise usage_error(f"'{key}' {ACTIVE_SETTINGS[key][1]}")
        if key not in (*SETTINGS, *ACTIVE_SETTINGS, *own):
            raise usage_error(f"unknown key '{key}'{suggestion(key, (*SETTINGS, *own))}")
    known = (*SETTINGS, *ACTIVE_SETTINGS)
    settings = {key: head[key] for key in known if head.get(key) is not None}
    for key, value in settings.items():
        rule = PROFILE.get(key, NAMES)
        if not rule.fits(value):
            raise usage_error(f"'{key}': expected {rule.expected}")
    system, examples, body = _speech(head, body)
    body = body.strip() if is_step else body
    if is_step and (examples or not body.strip()):
        raise usage_error("a step says one thing: examples stand before the first")
    about = str(head.get("description") or "")
    return PromptTemplate(
        name, body, about, system, {}, settings, examples, head.get("extract") or False
    )


def _speech(head: Mapping[str, Any], body: str) -> tuple[str, tuple[Message, ...], str]:
    """System prompt, examples and the user's message."""
    system = str(head.get("system") or "")
    before, *parts = _EXAMPLE.split(body.strip())
    if parts:
        kinds, texts = parts[::2], [text.strip() for text in parts[1::2]]
        if kinds != ["INPUT", "OUTPUT"] * (len(kinds) // 2) + ["INPUT"] * (len(kinds) % 2):
            raise usage_error("### INPUT: and ### OUTPUT: have to take turns")
        said = texts.pop() if len(kinds) % 2 else ""
        examples = tuple(
            Message("assistant" if place % 2 else "user", (Text(one),))
            for place, one in enumerate(texts)
        )
        return "\n\n".join(filter(None, (system, before.strip()))), examples, said
    if head.get("target") == "system":
        return "\n\n".join(filter(None, (system, before))), (), ""
    return system, (), before


def _variables(given: Any) -> dict[str, str | None]:
    """The variables in ``vars``: a table of defaults, or a list of names without any."""
    if given is None:
        return {}
    if isinstance(given, list):
        return {str(name): None for name in given}
    if not isinstance(given, dict):
        raise usage_error("'vars': expected names with their defaults")
    return {name: None if value is None else str(value) for name, value in given.items()}


def fill_body(
    prompt: PromptTemplate,
    filled: Mapping[str, str],
    given: str,
    acted: Mapping[PromptAction, str] = _NO_ACTIONS,
) -> str:
    """The question: ``given`` replaces ``{{input}}``, else it follows after a blank line.

    ``{{1}}`` is its first word (quotes make one word). Errors: ``usage`` if there are too few.
    """
    said = fill_step(prompt, filled, given, acted)
    if any(_has_input(prompt, each.body) for each in (prompt, *prompt.steps)):
        return said
    return "\n\n".join(filter(None, (said, given)))


def _has_input(prompt: PromptTemplate, text: str) -> bool:
    """Whether a text, or a command in it that is run, has a mark for the input."""
    commands = (one.text for one in actions_in(text) if prompt.acts and one.is_command)
    return takes_input(text) or any(f"${INPUT}" in command for command in commands)


def fill_step(
    step: PromptTemplate,
    filled: Mapping[str, str],
    given: str,
    acted: Mapping[PromptAction, str] = _NO_ACTIONS,
) -> str:
    """The same for a step, which takes in ``given`` only if it has a mark for it.

    Errors: ``usage``.
    """
    numbers = [int(name) for name in names_in(step.body) if name.isdigit()]
    words = split_words(given) if numbers else []
    if numbers and len(words) < max(numbers):
        raise usage_error(f"prompt {step.name} needs {count_of(max(numbers), 'word')}")
    places = {str(number): words[number - 1] for number in numbers}
    return fill(step.body, {**filled, **places, INPUT: given}, acted).strip()


def split_words(text: str) -> list[str]:
    """The words of a text, split as a shell would; at spaces if its quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def take_values(
    prompt: PromptTemplate, words: tuple[str, ...]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values of a prompt's variables, from ``name=value`` at the beginning, and other words.

    Errors: ``usage`` for a variable that is missing or given twice, or a name that is nearly one
    of them.
    """
    values, given = dict[str, str](), set[str]()
    values |= {name: value for name, value in prompt.variables.items() if value is not None}
    place = 0
    for place, word in enumerate((*words, "")):  # noqa: B007  used below: where the values end
        name, equals, value = word.partition("=")
        if not equals or name not in prompt.variables:
            close = suggestion(name, prompt.variables) if equals else ""
            if close:
                raise usage_error(f"prompt {prompt.name} has no variable '{name}'{close}")
            break
        if name in given:
            raise usage_error(f"prompt {prompt.name}: '{name}' is given twice")
        given.add(name)
        values[name] = value
    missing = [name for name in prompt.variables if name not in values]
    if missing:
        usage = " ".join(f"{name}=..." for name in missing)
        raise usage_error(
            f"prompt {prompt.name} needs {', '.join(missing)}",
            f"example: aichat ask -t {prompt.name} {usage} WORDS",
        )
    return values, words[place:]
