"""Keeps what was paid for elsewhere if the place that it was for refuses it."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from aichat.disk.files.atomic import make_private_folder
from aichat.disk.files.result_name import ResultFile, ResultPlace
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.values import NamedTuple

T = TypeVar("T")

#: The folder for such files, beside the store.
_FOLDER = "rescued"


class Rescued(NamedTuple):
    """Where a result is now, None for stdout or nowhere, and the fault, whose hint says so."""

    path: Path | None
    fault: Fault


def rescue(
    world: World,
    refused: Fault,
    name: str,
    pieces: Callable[[], Iterable[bytes]],
    *,
    to_stdout: bool,
) -> Rescued:
    """Write a result that was ``refused``: beside the store, else to the temporary folder.

    If neither takes it, it goes to stdout where that is no terminal, and ``to_stdout``.
    ``pieces`` gives its content anew at each call.
    """
    for make_folder in (lambda: _beside_store(world), lambda: tempfile.mkdtemp(prefix="aichat-")):
        try:
            path = _write(Path(make_folder()), name, pieces())
        except (AichatError, OSError):
            continue
        return Rescued(path, refused._replace(hint=f"it is paid for, and kept as {path}"))
    if to_stdout and not world.stdout_tty:
        for piece in pieces():
            world.write_bytes(piece)
        return Rescued(None, refused._replace(hint="it is paid for, and went to stdout instead"))
    hint = "nothing else takes it either, neither the store's folder nor the temporary one"
    return Rescued(None, refused._replace(hint=hint))


def saved_or_rescued(
    world: World, save: Callable[[], T], name: str, pieces: Callable[[], Iterable[bytes]]
) -> T:
    """Save a single result, which ``save`` returns. Errors: ``output``, after it was rescued."""
    try:
        return save()
    except AichatError as error:
        if error.fault.kind == "output":
            error.fault = rescue(world, error.fault, name, pieces, to_stdout=True).fault
        raise


def _beside_store(world: World) -> Path:
    folder = data_dir(world.environ) / _FOLDER
    make_private_folder(folder)
    return folder


def _write(folder: Path, name: str, pieces: Iterable[bytes]) -> Path:
    """A new file in a folder. Errors: ``output``."""
    file = ResultFile(ResultPlace(str(folder / Path(name).name), ""))
    try:
        for piece in pieces:
            file.write(piece)
        return file.commit()
    except BaseException:
        file.discard()
        raise


def one_piece(data: bytes) -> Callable[[], Iterator[bytes]]:
    """A content that is in memory."""
    return lambda: iter((data,))
