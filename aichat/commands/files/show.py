"""Output of a provider's files, for people and programs."""

from collections.abc import Sequence
from typing import Any

from aichat.app.calls.resource import document
from aichat.app.media.files.context import FilesContext
from aichat.core.text.dates import format_time
from aichat.errors import Fault
from aichat.term.widgets.table import format_table
from aichat.wires.resources.files import RemoteFile

_HEAD = ("id", "bytes", "type", "created", "expires", "state", "name")


def print_files(
    context: FilesContext,
    command: str,
    found: Sequence[RemoteFile],
    fault: Fault | None = None,
    *,
    as_json: bool,
) -> None:
    """Print a table, with tabs in a pipe, or a JSON object that includes the ``fault``."""
    world = context.world
    if as_json:
        entries = [*map(_entry, found)]
        world.write_json(document(context.endpoint, f"files {command}", fault, files=entries))
        return
    rows = [_row(each) for each in found]
    columns = world.columns()
    world.write_text(
        format_table(_HEAD, rows, terminal=world.stdout_tty, columns=columns, cuts=True)
    )


def _row(file: RemoteFile) -> tuple[str, ...]:
    times = ("-" if at is None else format_time(at) for at in (file.created, file.expires))
    size = "-" if file.size is None else str(file.size)
    return (file.id, size, file.mime or "-", *times, file.state, file.name)


def _entry(file: RemoteFile) -> dict[str, Any]:
    fields = file._asdict()
    fields["bytes"] = fields.pop("size")
    fields["reference"] = file.reference or None
    return fields
