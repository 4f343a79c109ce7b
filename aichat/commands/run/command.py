"""``aichat run``: runs a prompt's file as a program, like ``aichat ask -t FILE``.

With ``#!/usr/bin/env -S aichat run`` as its first line, the file itself can be executed.
"""

from collections.abc import Sequence
from pathlib import Path

from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.options import ASK_OPTIONS
from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.core.text.sanitize import sanitize
from aichat.disk.config.prompts import read_prompt, trusts_to_show
from aichat.disk.paths import config_dir
from aichat.errors import usage_error
from aichat.process.world import World


def as_question(world: World, rest: Sequence[str]) -> Sequence[str] | None:
    """The command line of ``ask`` for the file; None if its help was shown.

    Errors: ``usage`` if the first argument is not the file of a prompt.
    """
    file, *given = rest
    if file.startswith("-"):
        raise usage_error(f"name the file before {file}", "usage: aichat run FILE [OPTIONS] WORDS")
    own = given[: given.index("--")] if "--" in given else given
    path = file if "/" in file else f"./{file}"
    if "--help" not in own:
        return ["ask", "-t", path, *given]
    prompt = read_prompt(config_dir(world.environ, None), path, trusts_to_show)
    world.write_text(sanitize(_help(Path(file).name, prompt)))
    return None


def _help(name: str, prompt: PromptTemplate) -> str:
    """The help: usage and description."""
    open_words = [f"{n}=..." if v is None else f"[{n}={v}]" for n, v in prompt.variables.items()]
    words = "WORDS" if prompt.needs_input else "[WORDS]"
    blocks = [f"usage: {' '.join([name, '[OPTIONS]', *open_words, words])}", prompt.description]
    settings = [f"  {key}: {value}" for key, value in prompt.settings.items()]
    blocks += ["\n".join(["it sets:", *settings])] if settings else []
    if prompt.steps:
        blocks.append(f"it asks in {1 + len(prompt.steps)} steps, and prints the last answer")
    blocks.append("stdin follows WORDS, or takes their place; for OPTIONS: aichat ask --help")
    return "\n\n".join(filter(None, blocks)) + "\n"


COMMAND = Command(
    name="run",
    summary="Run a prompt's file as a program.",
    examples=(
        "aichat run review.md language=German --effort high < main.py",
        "aichat run ./review.md --help",
    ),
    options=tuple(option for option in ASK_OPTIONS if option.name != "prompt"),
    arguments=(
        Argument("script", "The prompt; its first line may be #!/usr/bin/env -S aichat run."),
        Argument(
            "words",
            "name=value of its variables, then the question; - marks where stdin goes.",
            many=True,
            required=False,
        ),
    ),
    becomes=as_question,
    has_groups=True,
)
