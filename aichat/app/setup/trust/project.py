"""The current project, as far as the user trusts it. It is located by ``disk.paths``."""

from collections.abc import Mapping
from pathlib import Path

from aichat.core.config.precedence import Layer, Origin
from aichat.disk.config.project_file import ProjectFile, read_project
from aichat.disk.config.trusted_files import trusted_texts
from aichat.disk.paths import data_dir
from aichat.errors import AichatError
from aichat.values import NamedTuple


class ProjectUse(NamedTuple):
    """A project's file and its settings; none if the file is not trusted as it is."""

    path: Path
    file: ProjectFile | None = None
    notices: tuple[str, ...] = ()

    @property
    def profile(self) -> str | None:
        """The user's profile that it chooses."""
        return self.file.project.profile if self.file else None

    @property
    def layer(self) -> Layer:
        """Its own settings."""
        origin = Origin("project", str(self.path))
        return Layer(origin, {"system": self.file.system} if self.file else {})

    @property
    def prompt_folders(self) -> tuple[Path, ...]:
        """Its folders of prompts."""
        if self.file is None:
            return ()
        return tuple(self.file.folder / name for name in self.file.project.prompts)


def open_project(environ: Mapping[str, str], path: Path) -> ProjectUse:
    """Open a project; only what was trusted as it is applies."""
    known = trusted_texts(data_dir(environ), path)
    if known is None:
        return ProjectUse(path, None, (f"{path} is not trusted, so nothing of it is used: {_SEE}",))
    try:
        file = read_project(path)
    except AichatError as error:
        return ProjectUse(path, None, (f"{error.fault.message}; nothing of it is used",))
    if file.texts != known:
        why = "is not as it was trusted, so nothing of it is used"
        return ProjectUse(path, None, (f"{path} {why}: {_SEE}",))
    return ProjectUse(path, file, file.warnings)


_SEE = "aichat trust shows it and asks"
