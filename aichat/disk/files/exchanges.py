"""A folder of recorded exchanges: each a readable JSON file, with the response beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aichat.disk.files.atomic import (
    close_unfinished,
    make_private_folder,
    open_temporary,
    write_whole,
)
from aichat.errors import AichatError, Fault, usage_error

#: Bytes of a response read at once, and the most bytes of an exchange's JSON file.
_PIECE, _MAX_ABOUT = 1 << 16, 32 << 20


class ExchangeFolder:
    """Exchanges by name and number, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str, number: int) -> tuple[Mapping[str, Any], Iterable[bytes]] | None:
        """The description of an exchange, and the body of its response; None if there is none.

        Errors: ``usage`` for a file that is not ours.
        """
        path = self._path(name, number)
        about = _read_about(path)
        return None if about is None else (about, _pieces(path.with_suffix(".body")))

    def all(self) -> Iterator[Mapping[str, Any]]:
        """The descriptions of all exchanges."""
        for path in sorted(self._folder.glob("*.json")):
            if about := _read_about(path):
                yield about

    def create(self, name: str, number: int) -> "ExchangeWriter":
        """A writer for a new exchange. Errors: ``output``."""
        make_private_folder(self._folder)
        return ExchangeWriter(self._path(name, number))

    def _path(self, name: str, number: int) -> Path:
        return self._folder / f"{name}-{number}.json"


class ExchangeWriter:
    """Writes the body of a response; the JSON file comes last. Errors: ``output``."""

    def __init__(self, path: Path) -> None:
        self._path, self._body = path, path.with_suffix(".body")
        try:
            self._file, self._temporary = open_temporary(self._body)
        except OSError as error:
            raise _output_error(self._path, error) from error

    def write(self, data: bytes) -> None:
        """Add to the body. Errors: ``output``."""
        try:
            self._file.write(data)
        except OSError as error:
            raise _output_error(self._path, error) from error

    def keep(self, about: Mapping[str, Any]) -> None:
        """Finish the exchange. Errors: ``output``."""
        try:
            self._file.close()
            self._temporary.replace(self._body)
        except OSError as error:
            raise _output_error(self._path, error) from error
        text = json.dumps(about, ensure_ascii=False, indent=1)
        write_whole(self._path, text.encode("utf-8", "replace") + b"\n", private=True)

    def drop(self) -> None:
        """Discard the exchange."""
        close_unfinished(self._file)
        self._temporary.unlink(missing_ok=True)


def _output_error(path: Path, error: OSError) -> AichatError:
    return AichatError(Fault("output", f"cannot write {path}: {error.strerror}"))


def _read_about(path: Path) -> Mapping[str, Any] | None:
    """The description in a file; None if there is none. Errors: ``usage``."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_ABOUT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error
    try:
        about = json.loads(data)
        request, response = about["request"], about["response"]
        headers = response["headers"]
        good = isinstance(response["status"], int) and isinstance(request, dict)
        good = good and all(isinstance(x, str) for pair in headers.items() for x in pair)
        broken = response.get("broken")
        good = good and (broken is None or {"kind", "message"} <= broken.keys())
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        good = False
    if not good:
        raise usage_error(f"{path} is not a recorded exchange")
    return dict(about)


def _pieces(path: Path) -> Iterator[bytes]:
    """A body, in pieces. Errors: ``usage``."""
    try:
        with path.open("rb") as file:
            while data := file.read(_PIECE):
                yield data
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error
