"""Pictures, sounds and documents of conversations: files beside the store, named by content.

The same bytes are kept once, however often they are said. A row of the store has the
name; a file that no row names any more is collected when conversations are removed.
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

#: Seconds after which a file that nothing names belongs to nobody that is about to name it.
_UNCLAIMED_SECONDS = 86_400

_PIECE_BYTES = 1 << 18

#: Hexadecimal digits of a name: 128 bits of what is in it, and short enough for a line.
DIGITS = 32

#: How files begin, and what they are then called; what a server calls them is not relied on.
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
    """What the name of a file ends in, by its first bytes; ``bin`` where they tell nothing."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return "m4a" if data[8:11] == b"M4A" else "mp4"
    named = next((e for begin, e in _EXTENSIONS.items() if data.startswith(begin)), None)
    return named or _SOUNDS.get(sound_type(data) or "", "bin")


def keep(data: Path, content: bytes) -> str:
    """Have ``content`` lie below the folder of the store, and give its name there.

    Errors: ``OSError``, and ``output`` for a folder that cannot be made.
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
    """The same for what is in a file, which is copied piece by piece. Errors: ``OSError``."""
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
    """Whether the file is there; it is as good as new then, so that nobody collects it."""
    with suppress(OSError):
        os.utime(path)
        return True
    return False


def collect(data: Path, named: Container[str], freed: Container[str]) -> int:
    """Delete the files that are not ``named``: those just ``freed``, and any that are old.

    Gives how many went. Errors: ``OSError``.
    """
    gone, before = 0, time.time() - _UNCLAIMED_SECONDS
    for path in (data / MEDIA_FOLDER).glob("*"):
        name = f"{MEDIA_FOLDER}/{path.name}"
        if name not in named and (name in freed or path.stat().st_mtime < before):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def save(folder: Path, stem: str, content: bytes, ending: str = "") -> Path:
    """Write a file under a name that is free in ``folder``: ``stem``, or with a number behind it.

    It ends in ``ending``, or in what its first bytes tell.

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
