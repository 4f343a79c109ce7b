"""A question put through a prompt of one's own: what the prompt sets, and what is then said."""

import json
from collections.abc import Mapping

from aichat.app.question.input import Question
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.prompt.prompt import PromptTemplate, fill, fill_body, take_values
from aichat.core.message.json_schema.shorthand import parse_shorthand
from aichat.disk.config.prompts import read_prompt
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple


class Role(NamedTuple):
    """A prompt, and the values that its variables have."""

    prompt: PromptTemplate
    values: Mapping[str, str]

    def notices(self) -> list[str]:
        """What of the prompt's file means nothing here, a line each."""
        return [f"prompt {self.prompt.name}: {notice}" for notice in self.prompt.notices]

    def apply(self, question: Question) -> Question:
        """The question as the prompt has it. Errors: ``usage`` where the prompt waits for one."""
        if self.prompt.needs_input and not (question.text.strip() or question.files):
            raise usage_error(f"nothing to ask: prompt {self.prompt.name} needs words or stdin")
        return question._replace(text=fill_body(self.prompt, self.values, question.text))


class RoleQuestion(NamedTuple):
    """The words that are left for the question, and its options with what the prompt sets."""

    role: Role
    words: tuple[str, ...]
    options: AskOptions


def open_role(
    world: World, words: tuple[str, ...], options: AskOptions, wanted: str
) -> RoleQuestion:
    """The prompt called ``wanted``; what the command line says goes before what the prompt sets.

    Errors: ``usage`` for no such prompt, what it may not say, and values that it lacks.
    """
    prompt = read_prompt(config_dir(world.environ, options.config_dir), wanted)
    if prompt.notices and options.transport.strict:
        raise AichatError(Fault("invalid_request", f"prompt {prompt.name}: {prompt.notices[0]}"))
    values, rest = take_values(prompt, words)
    return RoleQuestion(Role(prompt, values), rest, _with_settings(options, prompt, values))


def _with_settings(
    options: AskOptions, prompt: PromptTemplate, filled: Mapping[str, str]
) -> AskOptions:
    wanted = dict(prompt.settings)
    if prompt.system:
        wanted["system"] = fill(prompt.system, filled)
        if wanted["system"].startswith("@"):
            raise usage_error(f"prompt {prompt.name}: its system prompt may not name a file")
    if "schema" in wanted and not wanted["schema"].lstrip().startswith("{"):
        wanted["schema"] = json.dumps(parse_shorthand(wanted["schema"]))  # so that no file is read
    if prompt.extract:
        language = isinstance(prompt.extract, str)
        wanted["extract_lang" if language else "extract"] = prompt.extract
    if isinstance(wanted.get("stop"), str):
        wanted["stop"] = (wanted["stop"],)
    changes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in wanted.items()
        if _is_unset(options.option_value(name))
    }
    if options.model is not None:
        changes.pop("provider", None)
    if options.target.provider is not None:
        changes.pop("model", None)
    return options.with_changes(**changes)


def _is_unset(value: object) -> bool:
    return value is None or value is False or value == ()
