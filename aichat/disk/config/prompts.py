"""Prompts of one's own on the disk: files in ``prompts/`` of the config's folder.

Those of other tools are read there as they are: by their names and folders they are told apart.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, suggestion, usage_error

FOLDER = "prompts"
#: Bytes of a prompt; a larger file is none.
MAX_BYTES = 1 << 20

#: What is looked at in the folder of prompts; of two files with one name the first counts.
_PLACES = (
    *("*.md", "*.yaml", "*.yml", "*.toml", "*/system.md", "*/SKILL.md"),
    *("roles/*.md", "templates/*.yaml", "patterns/*/system.md", "commands/**/*.*"),
)
#: Files of a folder that are looked at, so that nobody waits for a whole disk.
_MOST = 20_000


def prompts_folder(config: Path) -> Path:
    """Where they are."""
    return config / FOLDER


def prompt_names(config: Path) -> list[str]:
    """The names of all prompts, in order."""
    return sorted(_prompt_files(config))


def _prompt_files(config: Path) -> dict[str, Path]:
    """Every prompt's file by its name."""
    from aichat.core.conversation.prompt.foreign.formats import format_of, name_of

    folder, found = prompts_folder(config), dict[str, Path]()
    for place in _PLACES:
        for path in _glob(folder, place):
            below = path.relative_to(folder)
            if format_of(below):
                found.setdefault(name_of(below), path)
    return found


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(islice(folder.glob(pattern), _MOST))
    except OSError:
        return []


def prompt_path(config: Path, name: str) -> Path:
    """The file of a prompt's name, there or not. Errors: ``usage`` for what is no name."""
    if not name or name.startswith(".") or not name.isprintable() or "/" in name or "\\" in name:
        raise usage_error(f"'{name}' is no name of a prompt", "letters, digits, - and _ make one")
    own = prompts_folder(config) / f"{name}.md"
    return own if own.is_file() else _prompt_files(config).get(name, own)


def read_prompt(config: Path, wanted: str) -> PromptTemplate:
    """The prompt of this name, else of this file or folder. Errors: ``usage``, naming it."""
    if "/" in wanted or wanted.endswith((".md", ".yaml", ".yml", ".toml")):
        return read_prompt_file(_file_of(expand_path(wanted)), shown=wanted)
    path = prompt_path(config, wanted)
    if not path.is_file():
        close = suggestion(wanted, prompt_names(config))
        raise usage_error(
            f"no prompt '{wanted}'{close}",
            f"list them: aichat prompts list; they are in {path.parent}",
        )
    from aichat.core.conversation.prompt.foreign.formats import format_of

    below = path.relative_to(prompts_folder(config))
    return read_prompt_file(path, name=wanted, kind=format_of(below))


def _file_of(path: Path) -> Path:
    """The file that a folder of a prompt is about; a file itself."""
    if not path.is_dir():
        return path
    from aichat.core.conversation.prompt.foreign.formats import NAMED_BY_FOLDER

    return next((path / name for name in NAMED_BY_FOLDER if (path / name).is_file()), path)


def read_all(config: Path) -> Iterator[PromptTemplate | AichatError]:
    """Every prompt by name, or what is wrong with it."""
    for name in prompt_names(config):
        try:
            yield read_prompt(config, name)
        except AichatError as error:
            yield error


def foreign_files(folder: Path) -> Iterator[Path]:
    """The prompts of any format in a folder; a link that leads out of it is none."""
    from aichat.core.conversation.prompt.foreign.formats import NAMED_BY_FOLDER, format_of

    root = folder.resolve()
    for path in _glob(folder, "**/*"):
        inside = path.is_file() and path.resolve().is_relative_to(root)
        beside = [path.parent / name for name in NAMED_BY_FOLDER]
        is_part = path not in beside and any(each.is_file() for each in beside)
        if inside and not is_part and path.name != "README.md" and format_of(path):
            yield path


def read_prompt_file(
    path: Path, *, name: str = "", kind: str | None = None, shown: str = ""
) -> PromptTemplate:
    """The prompt of a file, of the format ``kind`` or else of that which its place has.

    Errors: ``usage``, naming the file as it is ``shown``, else the prompt.
    """
    from aichat.core.conversation.prompt.foreign.formats import format_of, name_of, parse_as
    from aichat.disk.config.yaml_text import read_yaml

    place = path if path.is_absolute() else path.absolute()
    name = name or name_of(place)
    shown = shown or name
    text = _read_text(path, shown)
    try:
        return parse_as(kind or format_of(place) or "aichat", name, text, read_yaml)
    except AichatError as error:
        message = f"prompt {shown}: {error.fault.message}"
        raise AichatError(error.fault._replace(message=message)) from None


def _read_text(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise usage_error(f"cannot read prompt {shown}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise usage_error(f"prompt {shown}: more than 1 MB is no prompt")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise usage_error(f"prompt {shown}: not UTF-8 text") from None
