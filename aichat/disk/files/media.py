"""Pictures of answers, as files: beside the conversation, or where nothing is stored, here."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from aichat.disk.files.atomic import make_private_folder

#: How files begin, and what they are then called; what a server calls them is not relied on.
_EXTENSIONS = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"RIFF": "webp",
    b"<svg": "svg",
}


def folder_of(data: Path, conversation: str) -> Path:
    """Where the pictures of a conversation are: below ``images``, whatever it is called."""
    name = quote(conversation, safe="", errors="replace")
    return data / "images" / (name if name.strip(".") else f"{name}%")


def save(folder: Path, name: str, number: int, data: bytes) -> Path:
    """Write a picture as ``name-number``, or the next number that is free, and give its path.

    Errors: ``OSError``, and ``output`` for a folder that cannot be made.
    """
    if not folder.is_dir():
        make_private_folder(folder)
    ending = next((e for begin, e in _EXTENSIONS.items() if data.startswith(begin)), "img")
    while True:
        path = folder / f"{name}-{number}.{ending}"
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return path


def remove(data: Path, conversations: Iterable[str]) -> None:
    """Delete the pictures of conversations. Errors: ``OSError``."""
    for name in conversations:
        folder = folder_of(data, name)
        if folder.is_dir():
            shutil.rmtree(folder)
