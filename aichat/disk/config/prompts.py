"""The user's prompts: files in ``prompts/`` of the config folder.

Those of other tools are read as they are, and recognised by their names and folders.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from aichat.core.conversation.prompt.prompt import PromptTemplate
from aichat.disk.paths import check_no_named_pipe, expand_path
from aichat.errors import AichatError, suggestion, usage_error
from aichat.values import NamedTuple

FOLDER = "prompts"
#: Bytes of a prompt; a larger file is none.
MAX_BYTES = 1 << 20

#: Patterns of files in the folder of prompts; of two with the same name the first counts.
_PLACES = (
    *("*.md", "*.yaml", "*.yml", "*.toml", "*/system.md", "*/SKILL.md"),
    *("roles/*.md", "templates/*.yaml", "macros/*.yaml", "patterns/*/system.md"),
    *("skills/*/SKILL.md", "commands/**/*.*"),
)
#: The most files of a folder that are visited.
_MOST = 20_000


class PromptFile(NamedTuple):
    """A prompt's file; ``kind`` is its format, if not given by its path.

    ``shown`` is its name for people; if empty, that is ``name``.
    """

    path: Path
    name: str = ""
    kind: str | None = None
    shown: str = ""


def prompts_folder(config: Path) -> Path:
    """Where they are."""
    return config / FOLDER


def prompt_names(config: Path, more: Sequence[Path] = ()) -> list[str]:
    """The names of all prompts, in order: the user's own, and those in the folders ``more``."""
    return sorted(_prompt_files((prompts_folder(config), *more)))


def _prompt_files(folders: Sequence[Path]) -> dict[str, PromptFile]:
    """Every prompt's file by its name; of two with one name the first counts."""
    from aichat.core.conversation.prompt.foreign.formats import format_of, name_of

    found: dict[str, PromptFile] = {}
    for folder in folders:
        for path in (path for place in _PLACES for path in _glob(folder, place)):
            below = path.relative_to(folder)
            kind = None if path.is_fifo() else format_of(below)  # reading one could wait for ever
            if kind:
                name = name_of(below)
                found.setdefault(name, PromptFile(path, name, kind))
    return found


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(islice(folder.glob(pattern), _MOST))
    except OSError:
        return []


def prompt_path(config: Path, name: str) -> Path:
    """The file for a prompt's name, which need not exist. Errors: ``usage`` for an invalid name."""
    if not name or name.startswith(".") or not name.isprintable() or "/" in name or "\\" in name:
        raise usage_error(
            f"'{name}' is not a valid prompt name", "letters, digits, - and _ make one"
        )
    own = prompts_folder(config) / f"{name}.md"
    if own.is_file():
        return own
    found = _prompt_files((prompts_folder(config),)).get(name)
    return found.path if found else own


#: Tells whether a prompt's file with this text is trusted.
Trusts = Callable[[Path, str], bool]


def trusts_nothing(_path: Path, _text: str) -> bool:
    """No file is trusted."""
    return False


def trusts_to_show(_path: Path, _text: str) -> bool:
    """For prompts that are only shown, with marks for what they would run and read."""
    return True


def read_prompt(
    config: Path, wanted: str, trusts: Trusts = trusts_nothing, more: Sequence[Path] = ()
) -> PromptTemplate:
    """The prompt of this name, else of this file or folder. Errors: ``usage``, naming it."""
    return read_prompt_file(find_prompt(config, wanted, more), trusts)


def find_prompt(config: Path, wanted: str, more: Sequence[Path] = ()) -> PromptFile:
    """Find a prompt: among the user's own, then in the folders ``more``, else as a file.

    Errors: ``usage``.
    """
    if "/" in wanted or wanted.endswith((".md", ".yaml", ".yml", ".toml")):
        return PromptFile(_file_of(expand_path(wanted)), shown=wanted)
    path = prompt_path(config, wanted)
    found = _prompt_files((prompts_folder(config), *more)).get(wanted)
    if found is None:
        close = suggestion(wanted, prompt_names(config, more))
        raise usage_error(
            f"no prompt '{wanted}'{close}",
            f"list them: aichat prompts list; they are in {path.parent}",
        )
    return found


def _file_of(path: Path) -> Path:
    """The file of a prompt's folder; a file itself."""
    if not path.is_dir():
        return path
    from aichat.core.conversation.prompt.foreign.formats import NAMED_BY_FOLDER

    return next((path / name for name in NAMED_BY_FOLDER if (path / name).is_file()), path)


def read_all(config: Path, more: Sequence[Path] = ()) -> Iterator[PromptTemplate | AichatError]:
    """Every prompt, by name, or the error it has."""
    for name in prompt_names(config, more):
        try:
            yield read_prompt(config, name, trusts_to_show, more)
        except AichatError as error:
            yield error


def foreign_files(folder: Path) -> Iterator[Path]:
    """The prompts of any format in a folder, without links that lead out of it."""
    from aichat.core.conversation.prompt.foreign.formats import NAMED_BY_FOLDER, format_of

    root = folder.resolve()
    for path in _glob(folder, "**/*"):
        inside = path.is_file() and path.resolve().is_relative_to(root)
        beside = [path.parent / name for name in NAMED_BY_FOLDER]
        is_part = path not in beside and any(each.is_file() for each in beside)
        if inside and not is_part and path.name != "README.md" and format_of(path):
            yield path


def read_prompt_file(file: PromptFile, trusts: Trusts = trusts_nothing) -> PromptTemplate:
    """The prompt in a file; it may run and read what it names if the file is trusted.

    Errors: ``usage``, naming the file as it is shown, else the prompt.
    """
    from aichat.core.conversation.prompt.foreign.formats import format_of, name_of, parse_as
    from aichat.disk.config.yaml_text import read_yaml

    place = file.path if file.path.is_absolute() else file.path.absolute()
    name = file.name or name_of(place)
    kind = file.kind or format_of(place) or "aichat"
    text = prompt_text(file)
    try:
        return parse_as(kind, name, text, read_yaml, acts=trusts(file.path, text))
    except AichatError as error:
        message = f"prompt {file.shown or name}: {error.fault.message}"
        raise AichatError(error.fault._replace(message=message)) from None


def prompt_text(file: PromptFile) -> str:
    """What stands in the file. Errors: ``usage``."""
    shown = file.shown or file.name or file.path.name
    check_no_named_pipe(file.path)
    try:
        with file.path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise usage_error(f"cannot read prompt {shown}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise usage_error(f"prompt {shown}: more than 1 MB is no prompt")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise usage_error(f"prompt {shown}: not UTF-8 text") from None
    if "\0" in text:
        raise usage_error(f"prompt {shown}: no text, for it has a zero byte in it")
    return text
