"""Pictures, sounds and documents of conversations: files beside the store, named by content.

The same bytes are stored once, however often they occur. A row of the store has the
name; files that no row names any more are deleted when conversations are removed.
"""

import os
import time
from collections.abc import Container
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from aichat.core.conversation.media import MEDIA_FOLDER
from aichat.core.message.sound import sound_type
from aichat.disk.files.atomic import make_private_folder, move_into_place, open_temporary

#: Seconds after which a file without a row is garbage, since no process is about to name it.
_UNCLAIMED_SECONDS = 86_400

_PIECE_BYTES = 1 << 18

#: Hexadecimal digits of a name: 128 bits of its hash, short enough for a line.
DIGITS = 32

#: Suffixes by the first bytes, since a server's name for the type is not trusted.
_EXTENSIONS = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"<svg": "svg",
    b"%PDF": "pdf",
    b"\x1aE\xdf\xa3": "webm",
    b"PK\x03\x04": "zip",
}
_SOUNDS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
}


def extension_of(data: bytes) -> str:
    """The suffix for a file, by its first bytes; ``bin`` if unknown."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return "m4a" if data[8:11] == b"M4A" else "mp4"
    named = next((e for begin, e in _EXTENSIONS.items() if data.startswith(begin)), None)
    return named or _SOUNDS.get(sound_type(data) or "", "bin")


def keep(data: Path, content: bytes) -> str:
    """Store ``content`` as a file, and return its name.

    Errors: ``OSError``, and ``output`` if the folder cannot be made.
    """
    name = f"{MEDIA_FOLDER}/{sha256(content).hexdigest()[:DIGITS]}.{extension_of(content[:64])}"
    path = data / name
    if not _claim(path):
        make_private_folder(path.parent)
        file, temporary = open_temporary(path)
        try:
            with file:
                file.write(content)
                move_into_place(file, temporary, path, 0o600)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return name


def keep_file(data: Path, source: Path) -> str:
    """The same for the content of a file, copied in pieces. Errors: ``OSError``."""
    folder = data / MEDIA_FOLDER
    make_private_folder(folder)
    digest, beginning = sha256(), b""
    with source.open("rb") as given:
        file, temporary = open_temporary(folder / "new")
        try:
            with file:
                while piece := given.read(_PIECE_BYTES):
                    beginning = beginning or piece[:64]
                    digest.update(piece)
                    file.write(piece)
                path = folder / f"{digest.hexdigest()[:DIGITS]}.{extension_of(beginning)}"
                if not _claim(path):
                    move_into_place(file, temporary, path, 0o600)
        finally:
            temporary.unlink(missing_ok=True)
    return f"{MEDIA_FOLDER}/{path.name}"


def _claim(path: Path) -> bool:
    """Whether the file exists; if so it is touched, so that it is not collected."""
    with suppress(OSError):
        os.utime(path)
        return True
    return False


def collect(data: Path, named: Container[str], freed: Container[str]) -> int:
    """Delete the files that are not ``named``: those just ``freed``, and any that are old.

    Returns how many were deleted. Errors: ``OSError``.
    """
    gone, before = 0, time.time() - _UNCLAIMED_SECONDS
    for path in (data / MEDIA_FOLDER).glob("*"):
        name = f"{MEDIA_FOLDER}/{path.name}"
        if name not in named and (name in freed or path.stat().st_mtime < before):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def save(folder: Path, stem: str, content: bytes, ending: str = "") -> Path:
    """Write a file under a free name in ``folder``: ``stem``, perhaps with a number.

    Its suffix is ``ending``, or by its first bytes.

    Errors: ``OSError``.
    """
    ending, number = ending or extension_of(content[:64]), 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        path = folder / f"{name}.{ending}"
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return path
