"""The files that the user has looked at and trusts: a file of the data folder.

A file is known by where it really is, and trusted as it was: with other text it is not.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from aichat.core.text.json import get_object, parse_object
from aichat.disk.files.atomic import write_whole
from aichat.disk.files.lock import lock_changes

_FILE, _MAX_BYTES = "trust.json", 64 << 20

#: The texts that are trusted together: of a file, and of those that it brings in, by their names.
Texts = Mapping[str, str]


def pin_of_texts(texts: Texts) -> str:
    """What stands for texts as they are."""
    whole = json.dumps(sorted(texts.items()))
    return f"sha256:{sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()}"


def trusted_texts(data: Path, path: Path) -> Texts | None:
    """The texts of a file as they were trusted; None where it never was."""
    return _texts(_read(data).get(key_of(path)))


def all_trusted(data: Path) -> Mapping[str, Texts]:
    """Every file that is trusted, by where it is."""
    found = {path: _texts(about) for path, about in _read(data).items()}
    return {path: texts for path, texts in found.items() if texts is not None}


def trust_file(data: Path, path: Path, texts: Texts) -> None:
    """Trust a file as it is. Errors: ``output``."""
    _change(data, key_of(path), {"texts": dict(texts)})


def forget_file(data: Path, path: Path) -> bool:
    """Trust a file no more; False where it never was trusted. Errors: ``output``."""
    return _change(data, key_of(path), None)


def key_of(path: Path) -> str:
    """Where a file really is."""
    try:
        return str(path.resolve())
    except (OSError, RuntimeError):
        return str(path.absolute())


def _texts(found: Any) -> Texts | None:
    texts = found.get("texts") if isinstance(found, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        return None
    return texts


def _read(data: Path) -> dict[str, Any]:
    try:
        with (data / _FILE).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return {}
    return get_object(parse_object(text), "files")


def _change(data: Path, key: str, about: Mapping[str, Any] | None) -> bool:
    with lock_changes(data):
        before = _read(data)
        if about is None and key not in before:
            return False
        after = {name: value for name, value in before.items() if name != key}
        after |= {key: dict(about)} if about else {}
        text = json.dumps({"version": 1, "files": after}, ensure_ascii=True)
        write_whole(data / _FILE, text.encode(), private=True)
        return key in before
