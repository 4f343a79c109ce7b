"""A project's own file, and the files it includes. It is located by ``disk.paths``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from aichat.core.config.project import MAX_BYTES, Project, check_project
from aichat.disk.files.rooted import RootedFolder
from aichat.errors import AichatError, config_error
from aichat.values import NamedTuple


class ProjectFile(NamedTuple):
    """A project: ``texts`` are its file and the file of its system prompt.

    ``warnings`` are about what was ignored.
    """

    path: Path
    project: Project
    texts: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.path.parent

    @property
    def system(self) -> str | None:
        """The text of its system prompt."""
        given = self.project.system
        return self.texts[given[1:]] if given and given.startswith("@") else given


def read_project(path: Path) -> ProjectFile:
    """The project of a file. Errors: ``config``, naming the file and what is wrong."""
    folder = RootedFolder(path.parent)
    texts = {path.name: _read(folder, path.name)}
    try:
        document = tomllib.loads(texts[path.name].removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise config_error(f"{path}: not TOML: {error}") from None
    project, complaints = check_project(document)
    if wrong := [one for one in complaints if not one.warning]:
        raise config_error(f"{path}: '{wrong[0].path[0]}': {wrong[0].message}")
    keys: dict[str, list[str]] = {}  # of all that the same is said of
    for one in complaints:
        keys.setdefault(one.message, []).append(f"'{one.path[0]}'")
    told = [f"{path}: {', '.join(names)}: {why}" for why, names in keys.items()]
    if project.system and project.system.startswith("@"):
        texts[project.system[1:]] = _read(folder, project.system[1:])
    return ProjectFile(path, project, texts, tuple(told))


def _read(folder: RootedFolder, name: str) -> str:
    try:
        data = folder.read(name, MAX_BYTES + 1)
    except AichatError as error:
        raise config_error(f"{folder.path}: {error.fault.message}") from None
    if len(data) > MAX_BYTES:
        raise config_error(f"{folder.path / name} has more than {MAX_BYTES // 1024} KB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise config_error(f"{folder.path / name} is not UTF-8 text") from None
