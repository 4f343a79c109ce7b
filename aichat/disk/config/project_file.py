"""A project's own file, and the files it includes. It is located by ``disk.paths``."""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from aichat.core.config.project import MAX_BYTES, Project, check_project
from aichat.disk.files.rooted import RootedFolder
from aichat.errors import AichatError, config_error
from aichat.values import NamedTuple

#: The name, which no file has, of the text that says who else may change a project.
OTHERS = "who else may change it"


class ProjectFile(NamedTuple):
    """A project: ``texts`` are its file and the file of its system prompt.

    ``OTHERS`` is among the texts if somebody else may change what the project uses, so that
    trust covers that too. ``warnings`` are about what was ignored.
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
    if others := [*_others(path, project)]:
        texts[OTHERS] = "\n".join(others)
    return ProjectFile(path, project, texts, tuple(told))


def _others(path: Path, project: Project) -> Iterator[str]:
    """How other users may change the file or add to its folders, which no pin of a text shows."""
    if not hasattr(os, "getuid"):
        return
    places = {path.name: path, "its folder": path.parent}
    places |= {name: path.parent / name for name in project.prompts}
    for name, place in places.items():
        try:
            about = place.stat()
        except OSError:  # not there, so nothing of it is used
            continue
        if about.st_uid not in (0, os.getuid()):
            yield f"{name} belongs to another user"
        if about.st_mode & stat.S_IWOTH:
            yield f"everyone may write to {name}"


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
