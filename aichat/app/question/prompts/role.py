"""Asking through a saved prompt: the options it sets, and the resulting text."""

import json
from collections.abc import Mapping
from pathlib import Path

from aichat.app.question.input import Question
from aichat.app.question.prompts.actions import ActionContext, Tell, run_actions, trust_check
from aichat.app.question.prompts.facts import prompt_facts
from aichat.app.setup.options import current_project
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.prompt.marks import PromptAction, fill
from aichat.core.conversation.prompt.prompt import (
    ACTIVE_SETTINGS,
    PromptTemplate,
    fill_body,
    fill_step,
    take_values,
)
from aichat.core.message.json_schema.shorthand import parse_shorthand
from aichat.disk.config.prompts import read_prompt
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple

#: Options about making or showing the answer that only the last step gets.
_OF_THE_LAST = {
    **dict.fromkeys(("schema", "schema_list", "rows", "output", "extract_lang", "prefill")),
    **dict.fromkeys(("extract", "json", "events", "csv", "tsv", "play"), False),
}


class Role(NamedTuple):
    """A prompt, the values of its variables, and the results of its actions."""

    prompt: PromptTemplate
    filled: Mapping[str, str]
    acted: Mapping[PromptAction, str] = {}

    def notices(self) -> list[str]:
        """What in the prompt's file has no effect here, a line each."""
        return [f"prompt {self.prompt.name}: {notice}" for notice in self.prompt.notices]

    @property
    def steps(self) -> tuple[PromptTemplate, ...]:
        """The questions to ask in turn, each with its complete settings."""
        return self.prompt.every_step()

    def options_for(self, options: AskOptions, step: int = 0) -> AskOptions:
        """The options with those that a step sets; the command line takes precedence.

        Options about showing the answer apply to the last step. Errors: ``usage`` for a system
        prompt that names a file.
        """
        steps = self.steps
        if step not in (-1, len(steps) - 1):
            options = options.with_changes(**_OF_THE_LAST)
        return _with_settings(options, self, steps[step])

    def step_text(self, step: int, given: str, known: Mapping[str, str]) -> str:
        """The question of a step after the first; ``given`` is the input of the first.

        Errors: ``usage`` if that has too few words.
        """
        return fill_step(self.steps[step], {**self.filled, **known}, given, self.acted)

    def apply(self, question: Question) -> Question:
        """The question filled into the prompt. Errors: ``usage`` if it needs one and has none."""
        if self.prompt.needs_input and not (question.text.strip() or question.files):
            raise usage_error(f"nothing to ask: prompt {self.prompt.name} needs words or stdin")
        text = fill_body(self.prompt, self.filled, question.text, self.acted)
        return question._replace(text=text)


def project_folders(world: World) -> tuple[Path, ...]:
    """The folders with prompts of the current project."""
    project = current_project(world)
    return project.prompt_folders if project else ()


def open_role(
    world: World, words: tuple[str, ...], options: AskOptions, wanted: str, tell: Tell
) -> tuple[Role, tuple[str, ...]]:
    """The prompt called ``wanted``, and the words left for the question.

    Errors: ``usage`` if it is unknown or invalid, or lacks values; ``config`` if its file has
    changed since it was trusted.
    """
    folder = config_dir(world.environ, options.config_dir)
    more = () if options.target.no_project else project_folders(world)
    trusts = trust_check(world, trust_now=options.target.trust)
    prompt = read_prompt(folder, wanted, trusts, more)
    if prompt.notices and options.transport.strict:
        raise AichatError(Fault("invalid_request", f"prompt {prompt.name}: {prompt.notices[0]}"))
    given, rest = take_values(prompt, words)
    filled = {**given, **prompt_facts(world, prompt.facts)} if prompt.facts else given
    context = ActionContext(world, tell, options.transport.dry_run)
    return Role(prompt, filled, run_actions(context, prompt, filled, " ".join(rest))), rest


def _with_settings(options: AskOptions, role: Role, prompt: PromptTemplate) -> AskOptions:
    """The options with the settings of a prompt or one of its steps."""
    wanted = {ACTIVE_SETTINGS.get(n, (n,))[0]: value for n, value in prompt.settings.items()}
    if prompt.system:
        wanted["system"] = fill(prompt.system, role.filled, role.acted)
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
