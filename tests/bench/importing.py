"""Importing a large export: ``python -m tests.bench.importing [MB]``.

Its conversations are as ChatGPT writes them: some with branches, pictures, tools and search.
"""

import json
import random
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.measure import program, report, run

_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "tok", "ling")]
_SHARD = 100  # conversations per file, as in real exports


def write_export(path: Path, megabytes: int) -> int:
    """Write an uncompressed archive of this size; returns the number of conversations."""
    chance, written, number = random.Random(7), 0, 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        while written < megabytes << 20:
            text = json.dumps([_talk(chance, number + n) for n in range(_SHARD)])
            archive.writestr(f"conversations-{number // _SHARD:03}.json", text)
            written, number = written + len(text), number + _SHARD
        archive.writestr("file_abc-sanitized.dat", b"\x89PNG\r\n\x1a\n" + bytes(999))
    return number


def _talk(chance: random.Random, number: int) -> dict[str, Any]:
    nodes: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None}}
    above = "root"
    for message in _messages(chance):
        key = f"{chance.getrandbits(128):032x}"
        nodes[key] = {"id": key, "message": {"id": key, **message}, "parent": above, "children": []}
        above = key if chance.random() < 0.95 else above
    return {
        "title": _said(chance, 5),
        "create_time": 1.6e9 + 600.0 * number,
        "update_time": 1.6e9 + 600.0 * number + 300,
        "mapping": nodes,
        "current_node": above,
        "conversation_id": f"{chance.getrandbits(96):024x}-{number:08x}",
        "default_model_slug": "gpt-5",
    }


def _messages(chance: random.Random) -> Iterator[dict[str, Any]]:
    for _ in range(chance.randrange(1, 30)):
        asked: list[Any] = [_said(chance, chance.randrange(5, 150))]
        if chance.random() < 0.03:
            asked.insert(0, {"asset_pointer": "sediment://file_abc"})
        yield _message("user", {"content_type": "multimodal_text", "parts": asked})
        if chance.random() < 0.2:
            called = {"content_type": "code", "text": _said(chance, 6)}
            yield {**_message("assistant", called), "recipient": "web.run"}
            yield _message("tool", {"content_type": "text", "parts": [_said(chance, 300)]})
        text = {"content_type": "text", "parts": [_said(chance, chance.randrange(50, 500))]}
        yield _message("assistant", text)


def _message(role: str, content: dict[str, Any]) -> dict[str, Any]:
    about = {"model_slug": "gpt-5", "request_id": "r", "timestamp_": "absolute", "citations": []}
    return {
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1.6e9,
        "content": content,
        "status": "finished_successfully",
        "weight": 1.0,
        "metadata": about,
        "recipient": "all",
    }


def _said(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def main() -> None:
    """Measure the first import, and one where everything already exists."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    with program("http://127.0.0.1:9") as made, tempfile.TemporaryDirectory() as folder:
        made.environ["AICHAT_DATA_DIR"] = str(made.home / "data")
        path = Path(folder) / "export.zip"
        number = write_export(path, megabytes)
        for what in ("importing", "again, nothing new in"):
            done = run(made.command("history", "import", str(path)), made.environ)
            report(f"{what} {number} conversations", done.wall, "s", "-")
            report("of so many megabytes a second", megabytes / done.wall, "MB/s", "10")
            report("and a second of its own", megabytes / done.cpu, "MB/s", "10")
            report("peak memory", done.peak, "MiB", "150")


if __name__ == "__main__":
    main()
