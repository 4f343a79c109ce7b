"""``aichat prompts import``: imports prompts of other tools."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from aichat.app.models import completion_names
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.conversation.prompt.foreign.formats import FORMATS
from aichat.core.conversation.prompt.prompt import PromptTemplate, stays_text
from aichat.core.conversation.prompt.render import render_prompt
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.config.prompts import (
    PromptFile,
    foreign_files,
    prompt_names,
    prompt_path,
    prompts_folder,
    read_prompt_file,
    trusts_to_show,
)
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple


class PromptImportOptions(NamedTuple):
    """The options of ``prompts import``."""

    paths: tuple[str, ...]
    from_: str | None
    force: bool
    config_dir: str | None


def import_prompts(world: World, options: PromptImportOptions) -> int:
    """Copy prompts to files in our format, and print their names."""
    config = config_dir(world.environ, options.config_dir)
    make_private_folder(config)
    make_private_folder(prompts_folder(config))
    outcomes, names = Counter[str](), list[str]()
    for path in _files(options.paths):
        try:
            prompt = _read(path, options.from_)
            outcome = _keep(config, prompt, force=options.force)
        except AichatError as error:
            world.say(f"aichat: {sanitize_line(str(path))}: {error.fault.message}")
            if path.suffix in _CONVERSATIONS:
                world.say("aichat: conversations come along with: aichat history import FILE")
            outcome = "left out"
        else:
            for notice in prompt.notices if outcome == "imported" else ():
                world.say(f"aichat: {sanitize_line(f'{prompt.name}: {notice}')}")
            if outcome == "imported":
                names.append(sanitize_line(prompt.name))
                world.print_lines(names[-1])
        outcomes[outcome] += 1
    if not outcomes:
        raise usage_error("no prompt there", "name files, or a folder with prompts")
    completion_names.update_prompts(world, prompt_names(config))
    counts = (f"{outcomes[name]} {name}" for name in _OUTCOMES if outcomes[name])
    world.say(f"aichat: {'; '.join(counts)}")
    if names and world.stderr_tty:
        world.say(
            f"aichat: ask with one: aichat ask -t {names[0]} WORDS; in the chat /{names[0]} WORDS"
        )
    return 2 if outcomes["left out"] else 0


#: Suffixes of conversations, which are not prompts.
_CONVERSATIONS = (".zip", ".json", ".jsonl", ".db")

_OUTCOMES = ("imported", "already there", "left out")


def _read(path: Path, kind: str | None) -> PromptTemplate:
    """A prompt, including its marks that run or read something, since its copy is not trusted."""
    found = read_prompt_file(PromptFile(path, kind=kind), trusts_to_show)
    stays = map(stays_text, found.actions)
    return found._replace(acts=False, notices=(*found.notices, *stays))


def _files(paths: tuple[str, ...]) -> Iterator[Path]:
    """The named files of prompts, and those in named folders. Errors: ``usage``."""
    for given in paths:
        path = expand_path(given)
        if path.is_dir():
            yield from foreign_files(path)
        elif path.exists():
            yield path
        else:
            raise usage_error(f"no file or folder {given}")


def _keep(config: Path, prompt: PromptTemplate, *, force: bool) -> str:
    """Save a prompt; returns a line about it. Errors: ``usage`` if its name exists; ``output``."""
    text = render_prompt(prompt).encode()
    path = prompt_path(config, prompt.name)
    if path.is_file() and path.read_bytes() == text:
        return "already there"
    if prompt.name in prompt_names(config) and not force:
        why = f"another prompt is called '{prompt.name}'"
        raise usage_error(f"{why}: --force takes its place")
    path = prompts_folder(config) / f"{prompt.name}.md"
    try:
        write_whole(path, text, private=True)
    except OSError as error:
        raise AichatError(Fault("output", f"cannot write {path}: {error.strerror}")) from error
    return "imported"


IMPORT = Command(
    "import",
    "Copy prompts of other tools: roles, macros, templates, patterns, commands, skills.",
    ("aichat prompts import ~/.claude/commands", "aichat prompts import --from role pirate.md"),
    options=(
        Option(
            ("--from",),
            "The format, where name and folder of a file do not tell it.",
            metavar="FORMAT",
            choices=FORMATS,
        ),
        Option(("--force",), "Take the place of a prompt of the same name.", bool),
    ),
    arguments=(Argument("paths", "Files, or folders with prompts.", many=True),),
    run=import_prompts,
    reads=PromptImportOptions,
)
