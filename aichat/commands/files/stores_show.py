"""Output of file stores, for people and programs."""

from collections.abc import Iterable, Sequence

from aichat.app.calls.resource import document
from aichat.app.media.files.stores import StoresContext
from aichat.core.text.dates import format_time
from aichat.errors import Fault
from aichat.term.widgets.table import format_table
from aichat.wires.resources.stores import FileStore, StoredFile

_HEAD = ("id", "files", "bytes", "created", "expires", "state", "name")
_FILES_HEAD = ("id", "bytes", "state", "name")


def print_stores(
    context: StoresContext,
    command: str,
    found: Sequence[FileStore],
    files: Sequence[StoredFile] = (),
    fault: Fault | None = None,
    *,
    as_json: bool,
) -> None:
    """Print a table of stores and one of files, or a JSON object that includes the ``fault``."""
    world = context.files.world
    if as_json:
        entries = [_entry(each) for each in found]
        if command in ("show", "create"):
            entries[0]["files"] = held_entries(files)
        told = document(context.endpoint, f"files stores {command}", fault, stores=entries)
        world.write_json(told)
        return
    _table(context, _HEAD, [_row(each) for each in found])
    if files:
        world.write_text("\n")
        print_held(context, files)


def print_held(context: StoresContext, files: Iterable[StoredFile]) -> None:
    """Print a table of a store's files."""
    rows = [(f.id, _count(f.size), f.state, f.name or "-") for f in files]
    _table(context, _FILES_HEAD, rows)


def _table(context: StoresContext, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    world = context.files.world
    world.write_text(
        format_table(head, rows, terminal=world.stdout_tty, columns=world.columns(), cuts=True)
    )


def _row(store: FileStore) -> tuple[str, ...]:
    times = ("-" if at is None else format_time(at) for at in (store.created, store.expires))
    return (store.id, _count(store.files), _count(store.size), *times, store.state, store.name)


def _count(count: int | None) -> str:
    return "-" if count is None else str(count)


def _entry(store: FileStore) -> dict[str, object]:
    fields: dict[str, object] = store._asdict()
    fields["bytes"] = fields.pop("size")
    fields["file_count"] = fields.pop("files")
    return fields


def held_entries(files: Iterable[StoredFile]) -> list[dict[str, object]]:
    """A store's files as JSON."""
    return [
        {"id": f.id, "name": f.name, "bytes": f.size, "state": f.state, "why": f.why or None}
        for f in files
    ]
