"""``aichat prompts``: the user's prompts, which are Markdown files in the config's folder."""

from aichat.app.models import completion_names
from aichat.app.question.prompts.role import project_folders
from aichat.commands.prompts.importing import IMPORT
from aichat.core.cli.argv import JSON_OPTION, Argument, Command
from aichat.core.conversation.prompt.marks import PromptAction
from aichat.core.conversation.prompt.prompt import PromptTemplate, stays_text
from aichat.core.message.message import text_of
from aichat.core.text.sanitize import sanitize, sanitize_line
from aichat.disk.config.prompts import (
    find_prompt,
    prompt_names,
    prompt_path,
    prompt_text,
    prompts_folder,
    read_all,
    read_prompt,
    read_prompt_file,
    trusts_to_show,
)
from aichat.disk.config.trusted_files import is_trusted
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.disk.paths import config_dir, data_dir
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

#: The most characters of a prompt's description.
_ABOUT = 60

_NEW = """---
description: {name}, in a sentence
# model: groq/MODEL
# temperature: 0.2
# vars:
#   language: English
# {{{{!COMMAND}}}} is run and {{{{@FILE}}}} is read once you trust this file: aichat trust {name}
# a line "### STEP:" begins another step, which has the answer before it as {{{{previous}}}}
---
{{{{input}}}}
"""


class PromptListOptions(NamedTuple):
    """The options of ``prompts list``."""

    json: bool
    config_dir: str | None


class PromptOptions(NamedTuple):
    """The options of commands about one prompt."""

    name: str
    config_dir: str | None


class PromptShowOptions(NamedTuple):
    """The options of ``prompts show``."""

    name: str
    json: bool
    config_dir: str | None


def list_prompts(world: World, options: PromptListOptions) -> int:
    """List prompts, one per line, with faults on stderr."""
    folder, more = config_dir(world.environ, options.config_dir), project_folders(world)
    completion_names.update_prompts(world, prompt_names(folder))
    found = list(read_all(folder, more))
    for error in (one for one in found if isinstance(one, AichatError)):
        world.say(f"aichat: warning: {error.fault.message}")
    prompts = [one for one in found if isinstance(one, PromptTemplate)]
    if options.json:
        world.write_json([_facts(prompt) for prompt in prompts])
        return 0
    rows = [
        (one.name, " ".join(map(_usage, one.variables.items())) or "-", _about(one))
        for one in prompts
    ]
    shown = [tuple(map(sanitize_line, row)) for row in rows]
    head, wide = ("prompt", "variables", "description"), world.columns()
    world.write_text(format_table(head, shown, terminal=world.stdout_tty, columns=wide))
    return 0


def _about(prompt: PromptTemplate) -> str:
    """A prompt's description, or else its first words below the headings."""
    lines = [line for line in (prompt.system or prompt.body).split("\n") if line.strip()]
    said = (line for line in lines if not line.startswith("#"))
    return prompt.description or next(said, *lines[:1] or ("-",)).strip()[:_ABOUT]


def _usage(variable: tuple[str, str | None]) -> str:
    name, default = variable
    return f"{name}=..." if default is None else f"[{name}={default}]"


def _facts(prompt: PromptTemplate) -> dict[str, object]:
    return {
        "name": prompt.name,
        "description": prompt.description,
        "variables": dict(prompt.variables),
        "settings": dict(prompt.settings),
        "system": prompt.system,
        "examples": [{"role": one.role, "text": text_of(one)} for one in prompt.examples],
        "prompt": prompt.body,
        "extract": prompt.extract,
        "steps": [_step_facts(step) for step in prompt.steps],
        "notices": list(prompt.notices),
    }


def _told_of(action: PromptAction, *, acts: bool) -> str:
    """A line on what a prompt runs or reads, or would if trusted."""
    if not acts:
        return stays_text(action)
    return f"it is trusted, and {'runs' if action.is_command else 'reads'}: {action.text}"


def _step_facts(step: PromptTemplate) -> dict[str, object]:
    return {"settings": dict(step.settings), "system": step.system, "prompt": step.body}


def show_prompt(world: World, options: PromptShowOptions) -> int:
    """Show a prompt's settings and text."""
    folder = config_dir(world.environ, options.config_dir)
    file = find_prompt(folder, options.name, project_folders(world))
    prompt = read_prompt_file(file, trusts_to_show)
    acts = bool(is_trusted(data_dir(world.environ), file.path, prompt_text(file)))
    told = (*prompt.notices, *(_told_of(action, acts=acts) for action in prompt.actions))
    prompt = prompt._replace(notices=told)
    if options.json:
        world.write_json(_facts(prompt))
        return 0
    facts = {"description": prompt.description, **prompt.settings}
    facts["variables"] = " ".join(map(_usage, prompt.variables.items()))
    said = [f"{name}: {value}" for name, value in facts.items() if value]
    turns = [("system", prompt.system)] if prompt.system else []
    turns += [(one.role, text_of(one)) for one in prompt.examples]
    blocks = ["\n".join(said), *(f"[{role}]\n{text}" for role, text in turns)]
    blocks.append(f"[user]\n{prompt.body or '{{input}}'}")
    for number, step in enumerate(prompt.steps, 2):
        settings = [f"{name}: {value}" for name, value in step.settings.items()]
        settings += [f"system: {step.system}"] if step.system else []
        blocks.append("\n".join([f"[step {number}]", *settings, step.body]))
    world.write_text(sanitize("\n\n".join(filter(None, blocks)).rstrip() + "\n"))
    for notice in prompt.notices:
        world.say(f"aichat: {sanitize_line(notice)}")
    return 0


def new_prompt(world: World, options: PromptOptions) -> int:
    """Create a prompt from a template, and print its path; none is overwritten."""
    folder = config_dir(world.environ, options.config_dir)
    path = prompt_path(folder, options.name)
    if path.exists():
        hint = f"edit it: aichat prompts edit {options.name}"
        raise usage_error(f"there is a prompt '{options.name}' already", hint)
    try:
        make_private_folder(folder)
        make_private_folder(prompts_folder(folder))
        write_whole(path, _NEW.format(name=options.name).encode(), private=True)
    except OSError as error:
        raise AichatError(Fault("output", f"cannot write {path}: {error.strerror}")) from error
    completion_names.update_prompts(world, prompt_names(folder))
    world.print_lines(str(path))
    return 0


def edit_prompt(world: World, options: PromptOptions) -> int:
    """Open a prompt in the editor, then check it."""
    from aichat.app.setup.keys import without_configured_keys
    from aichat.process import editor

    folder = config_dir(world.environ, options.config_dir)
    path = prompt_path(folder, options.name)
    if not path.is_file():
        find_prompt(folder, options.name)
    if code := editor.edit_file(without_configured_keys(world, options.config_dir), path):
        raise usage_error(f"the editor exited with status {code}")
    read_prompt(folder, options.name, trusts_to_show)
    return 0


_NAME = Argument("name", "The prompt's name.")

COMMAND = Command(
    name="prompts",
    summary="List, show, make, edit and import prompts of your own.",
    examples=("aichat prompts new translate", "aichat ask -t translate language=French good day"),
    commands=(
        Command(
            "list",
            "List prompts, one per line, with their variables.",
            ("aichat prompts list", "aichat prompts list --json"),
            options=(JSON_OPTION,),
            run=list_prompts,
            reads=PromptListOptions,
        ),
        Command(
            "show",
            "Show what a prompt sets and says.",
            ("aichat prompts show translate", "aichat prompts show ./review.md --json"),
            options=(JSON_OPTION,),
            arguments=(Argument("name", "The prompt's name, or a file."),),
            run=show_prompt,
            reads=PromptShowOptions,
        ),
        Command(
            "new",
            "Make a prompt to begin with, and print its path.",
            ("aichat prompts new translate", '$EDITOR "$(aichat prompts new review)"'),
            arguments=(_NAME,),
            run=new_prompt,
            reads=PromptOptions,
        ),
        Command(
            "edit",
            "Open a prompt in $VISUAL or $EDITOR, then check it.",
            ("aichat prompts edit translate", "EDITOR=nano aichat prompts edit review"),
            arguments=(_NAME,),
            run=edit_prompt,
            reads=PromptOptions,
        ),
        IMPORT,
    ),
)
