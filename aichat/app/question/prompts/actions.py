"""Running a prompt's commands and reading its files, once the user trusts it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from aichat.app.question.attachments import read_text
from aichat.core.conversation.prompt.marks import INPUT, PromptAction
from aichat.core.conversation.prompt.prompt import PromptTemplate, split_words
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.config.prompts import Trusts
from aichat.disk.config.trusted_files import is_trusted, trust_file
from aichat.disk.paths import data_dir, expand_path
from aichat.errors import config_error
from aichat.process.programs.command import command_output
from aichat.process.world import World
from aichat.values import NamedTuple

Tell = Callable[[str], object]

#: Seconds for a command of a prompt.
_SECONDS = 30.0
_SHELL = "/bin/sh"


class ActionContext(NamedTuple):
    """The means of a prompt's actions; ``tell`` announces them, ``is_dry`` runs no command."""

    world: World
    tell: Tell
    is_dry: bool = False


def trust_check(world: World, *, trust_now: bool) -> Trusts:
    """The check whether a prompt's file is trusted as it is; ``trust_now`` trusts it first.

    Errors of the check: ``config`` if the file has changed since it was trusted; ``output``.
    """
    data = data_dir(world.environ)

    def trusts(path: Path, text: str) -> bool:
        if trust_now:
            trust_file(data, path, {path.name: text})
            return True
        known = is_trusted(data, path, text)
        if known is False:
            raise config_error(
                "its file is not as it was trusted, so nothing of it is run, read or sent",
                f"see what changed, and trust it: aichat trust {path}",
            )
        return bool(known)

    return trusts


def run_actions(
    context: ActionContext, prompt: PromptTemplate, filled: Mapping[str, str], words: str
) -> dict[PromptAction, str]:
    """The results of a trusted prompt's commands and files; each one is announced.

    A command gets the variables, and ``words`` as ``input``, in its environment, and the words
    as ``$1`` and on; they are never inserted into its text. Errors: ``usage``.
    """
    if not prompt.acts:
        return {}
    world, tell = context.world, context.tell
    named = {name.replace("-", "_"): value for name, value in {**filled, INPUT: words}.items()}
    acted: dict[PromptAction, str] = {}
    for action in prompt.actions:
        shown = sanitize_line(action.text)
        if action.is_command and context.is_dry:
            tell(f"prompt {prompt.name} would run: {shown}")
        elif action.is_command:
            tell(f"prompt {prompt.name} runs: {shown}")
            acted[action] = _output(world, action.text, named, words).removesuffix("\n")
        elif (path := expand_path(action.text)).is_file():
            tell(f"prompt {prompt.name} reads: {shown}")
            acted[action] = read_text(path).removesuffix("\n")
        else:
            tell(f"prompt {prompt.name}: there is no file {shown}, so its name stays text")
    return acted


def _output(world: World, command: str, named: Mapping[str, str], words: str) -> str:
    """The output of a command in the shell that every system has."""
    given = ("sh", *split_words(words))
    return command_output(world, command, named, given, interpreter=_SHELL, seconds=_SECONDS)
