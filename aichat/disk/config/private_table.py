"""A table in the data folder, as JSON in a private file (0600)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aichat.core.text.json import get_object, parse_object
from aichat.disk.files.atomic import make_private_folder, write_whole
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple


class PrivateTable(NamedTuple):
    """Rows by name, under ``title`` in the file, which has at most ``max_bytes``."""

    path: Path
    title: str
    max_bytes: int

    def read(self) -> dict[str, Any]:
        """The rows; none where the file cannot be read."""
        try:
            with self.path.open("rb") as file:
                text = file.read(self.max_bytes).decode("utf-8", "replace")
        except OSError:
            return {}
        return get_object(parse_object(text), self.title)

    def write(self, rows: Mapping[str, Any]) -> None:
        """Replace all of them at once. Errors: ``output``."""
        make_private_folder(self.path.parent)
        text = json.dumps({"version": 1, self.title: rows})
        try:
            write_whole(self.path, text.encode(), private=True)
        except OSError as error:
            why = f"cannot write {self.path}: {error.strerror}"
            raise AichatError(Fault("output", why)) from error
