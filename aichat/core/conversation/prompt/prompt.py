"""A prompt of one's own as a value: what it says, which words it leaves open, what it sets."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

from aichat.core.config.schema import PROFILE
from aichat.core.conversation.prompt.front_matter import split_head
from aichat.core.message.message import Message, Text
from aichat.core.text.numbers import count_of
from aichat.errors import suggestion, usage_error
from aichat.values import NamedTuple

#: What a prompt may set: keys of a profile that neither run, read nor lead anywhere else.
SETTINGS = (
    *("model", "provider", "temperature", "top_p", "max_tokens", "stop", "seed", "effort"),
    *("strict", "schema", "cache", "search", "search_x", "search_domain", "search_recency"),
    *("search_context", "search_location", "fetch", "code", "maps"),
)
#: What a file that came from anywhere may not ask for.
_REFUSED = {
    "tools": "would run programs: name them with --tool",
    "mcp": "would run programs: name them with --mcp",
    "files": "would read files: name them with -f",
    "base_url": "would send your key elsewhere: set it in the config",
    "headers": "would send what you did not type: set them in the config",
}
_OWN = ("description", "system", "target", "vars", "extract")
_MARK = re.compile(r"\\(\{\{)|\{\{\s*([A-Za-z_][\w-]*|[1-9])\s*\}\}")
_EXAMPLE = re.compile(r"^### (INPUT|OUTPUT):[ \t]*\n?", re.MULTILINE)
INPUT = "input"


class PromptTemplate(NamedTuple):
    """A prompt: ``body`` is what the user says, ``variables`` are its open words with defaults.

    A variable of None has to be given. ``extract``: only code is shown, of this language
    if it names one. ``notices`` tell what a file of another tool says that means nothing here.
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

    @property
    def needs_input(self) -> bool:
        """Whether it says nothing without words or stdin."""
        return not self.body.strip() or _takes_input(self.body)


def parse_prompt(name: str, text: str) -> PromptTemplate:
    """The prompt of a file called ``name``. Errors: ``usage``, with the name and what is wrong."""
    head, body = split_head(text)
    for key in head:
        if key in _REFUSED:
            raise usage_error(f"'{key}' {_REFUSED[key]}")
        if key not in (*SETTINGS, *_OWN):
            raise usage_error(f"unknown key '{key}'{suggestion(key, (*SETTINGS, *_OWN))}")
    settings = {key: head[key] for key in SETTINGS if head.get(key) is not None}
    for key, value in settings.items():
        if not PROFILE[key].fits(value):
            raise usage_error(f"'{key}': expected {PROFILE[key].expected}")
    system, examples, body = _speech(head, body)
    used = {name for name in (*_names(system), *_names(body)) if not _is_of_input(name)}
    variables = {**dict.fromkeys(sorted(used)), **_variables(head.get("vars"))}
    extract = head.get("extract") or False
    description = str(head.get("description") or "")
    return PromptTemplate(name, body, description, system, variables, settings, examples, extract)


def _speech(head: Mapping[str, Any], body: str) -> tuple[str, tuple[Message, ...], str]:
    """System prompt, examples and what the user says."""
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
    """``vars`` as a table of defaults, or as a list of names that have none."""
    if given is None:
        return {}
    if isinstance(given, list):
        return {str(name): None for name in given}
    if not isinstance(given, dict):
        raise usage_error("'vars': expected names with their defaults")
    return {name: None if value is None else str(value) for name, value in given.items()}


def _names(text: str) -> list[str]:
    return [match[2] for match in _MARK.finditer(text) if match[2]]


def _is_of_input(name: str) -> bool:
    """Whether a mark stands for what is asked: all of it, or one of its words."""
    return name == INPUT or name.isdigit()


def _takes_input(text: str) -> bool:
    return any(map(_is_of_input, _names(text)))


def fill(template: str, filled: Mapping[str, str]) -> str:
    r"""The text with its marks replaced, in one pass: what a value says is never looked at.

    ``\{{`` stands for two braces.
    """
    return _MARK.sub(lambda found: found[1] or filled.get(found[2], found[0]), template)


def fill_body(prompt: PromptTemplate, filled: Mapping[str, str], given: str) -> str:
    """What is asked: ``given`` stands where ``{{input}}`` is, else after a blank line.

    ``{{1}}`` is its first word, quoted ones being one. Errors: ``usage`` where there are fewer.
    """
    numbers = [int(name) for name in _names(prompt.body) if name.isdigit()]
    words = _split_words(given) if numbers else []
    if numbers and len(words) < max(numbers):
        raise usage_error(f"prompt {prompt.name} needs {count_of(max(numbers), 'word')}")
    places = {str(number): words[number - 1] for number in numbers}
    said = fill(prompt.body, {**filled, **places, INPUT: given}).strip()
    if _takes_input(prompt.body):
        return said
    return "\n\n".join(filter(None, (said, given)))


def _split_words(text: str) -> list[str]:
    """The words of a text as a shell has them; where its quotes have no end, as they stand."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def take_values(
    prompt: PromptTemplate, words: tuple[str, ...]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values of its variables, from the ``name=value`` that begin the words, and the rest.

    Errors: ``usage`` for one that is missing, or whose name is nearly one of its own.
    """
    values = {name: value for name, value in prompt.variables.items() if value is not None}
    place = 0
    for place, word in enumerate((*words, "")):  # noqa: B007  it is where the values end
        name, equals, value = word.partition("=")
        if not equals or name not in prompt.variables:
            close = suggestion(name, prompt.variables) if equals else ""
            if close:
                raise usage_error(f"prompt {prompt.name} has no variable '{name}'{close}")
            break
        values[name] = value
    missing = [name for name in prompt.variables if name not in values]
    if missing:
        usage = " ".join(f"{name}=..." for name in missing)
        raise usage_error(
            f"prompt {prompt.name} needs {', '.join(missing)}",
            f"example: aichat ask -t {prompt.name} {usage} WORDS",
        )
    return values, words[place:]
