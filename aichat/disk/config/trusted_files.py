"""The files that the user has reviewed and trusts, in a file of the data folder.

A file is identified by its real path, and trusted only as long as its text is the same.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from aichat.disk.config.private_table import PrivateTable
from aichat.disk.files.lock import lock_changes

#: The texts that are trusted together: of a file and of those it includes, by name.
Texts = Mapping[str, str]


def pin_of_texts(texts: Texts) -> str:
    """A hash of texts."""
    whole = json.dumps(sorted(texts.items()))
    return f"sha256:{sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()}"


def trusted_texts(data: Path, path: Path) -> Texts | None:
    """The texts of a file as they were trusted; None where it never was."""
    return _texts(_table(data).read().get(key_of(path)))


def all_trusted(data: Path) -> Mapping[str, Texts]:
    """Every trusted file, by path."""
    found = {path: _texts(about) for path, about in _table(data).read().items()}
    return {path: texts for path, texts in found.items() if texts is not None}


def trust_file(data: Path, path: Path, texts: Texts) -> None:
    """Trust a file as it is. Errors: ``output``."""
    _change(data, key_of(path), {"texts": dict(texts)})


def forget_file(data: Path, path: Path) -> bool:
    """Stop trusting a file; False if it was not trusted. Errors: ``output``."""
    return _change(data, key_of(path), None)


def is_trusted(data: Path, path: Path, text: str) -> bool | None:
    """Whether a file without includes is as it was when trusted; None if it never was."""
    known = trusted_texts(data, path)
    return None if known is None else known == {path.name: text}


def key_of(path: Path) -> str:
    """The real path of a file; a link itself is identified by its own name."""
    try:
        return str(path.parent.resolve() / path.name)
    except (OSError, RuntimeError):
        return str(path.absolute())


def _texts(found: Any) -> Texts | None:
    texts = found.get("texts") if isinstance(found, dict) else None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        return None
    return texts


def _change(data: Path, key: str, about: Mapping[str, Any] | None) -> bool:
    with lock_changes(data):
        table = _table(data)
        before = table.read()
        if about is None and key not in before:
            return False
        after = {name: value for name, value in before.items() if name != key}
        table.write(after | ({key: dict(about)} if about else {}))
        return key in before


def _table(data: Path) -> PrivateTable:
    return PrivateTable(data / "trust.json", "files", 64 << 20)
