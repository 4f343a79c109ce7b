"""Prompts of one's own on the disk: Markdown files in ``prompts/`` of the config's folder."""

from collections.abc import Iterator
from pathlib import Path

from aichat.core.conversation.prompt.prompt import PromptTemplate, parse_prompt
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, suggestion, usage_error

FOLDER = "prompts"
#: Bytes of a prompt; a larger file is none.
MAX_BYTES = 1 << 20


def prompts_folder(config: Path) -> Path:
    """Where they are."""
    return config / FOLDER


def prompt_names(config: Path) -> list[str]:
    """The names of all prompts, in order."""
    try:
        return sorted(path.stem for path in prompts_folder(config).glob("*.md"))
    except OSError:
        return []


def prompt_path(config: Path, name: str) -> Path:
    """The file of a prompt's name, there or not. Errors: ``usage`` for what is no name."""
    if not name or name.startswith(".") or not name.isprintable() or "/" in name or "\\" in name:
        raise usage_error(f"'{name}' is no name of a prompt", "letters, digits, - and _ make one")
    return prompts_folder(config) / f"{name}.md"


def read_prompt(config: Path, wanted: str) -> PromptTemplate:
    """The prompt of this name, else of this file. Errors: ``usage``, naming it."""
    if "/" in wanted or wanted.endswith(".md"):
        path = expand_path(wanted)
        return _read(path.stem, path, wanted)
    path = prompt_path(config, wanted)
    if not path.is_file():
        close = suggestion(wanted, prompt_names(config))
        raise usage_error(
            f"no prompt '{wanted}'{close}",
            f"list them: aichat prompts list; they are in {path.parent}",
        )
    return _read(wanted, path, wanted)


def read_all(config: Path) -> Iterator[PromptTemplate | AichatError]:
    """Every prompt by name, or what is wrong with it."""
    for name in prompt_names(config):
        try:
            yield read_prompt(config, name)
        except AichatError as error:
            yield error


def _read(name: str, path: Path, shown: str) -> PromptTemplate:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise usage_error(f"cannot read prompt {shown}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise usage_error(f"prompt {shown}: more than 1 MB is no prompt")
    try:
        return parse_prompt(name, data.decode())
    except UnicodeDecodeError:
        raise usage_error(f"prompt {shown}: not UTF-8 text") from None
    except AichatError as error:
        message = f"prompt {shown}: {error.fault.message}"
        raise AichatError(error.fault._replace(message=message)) from None
