"""Writing, reading and comparing vectors."""

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path

from aichat.app.question.attachments import read_text
from aichat.app.question.texts import MAX_BYTES
from aichat.core.text.json import text_or_none
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import usage_error
from aichat.values import NamedTuple
from aichat.wires.resources.embeddings import Vector


class KnownVector(NamedTuple):
    """A row in a file of vectors."""

    text: str
    vector: Vector
    model: str | None


def normalise(vector: Vector) -> Vector:
    """The vector scaled to length 1; a zero vector is unchanged."""
    length = math.hypot(*vector)
    return tuple(n / length for n in vector) if length else vector


# -- written


def _json(_: Sequence[str], vectors: Sequence[Vector], __: str) -> bytes:
    """A JSON array per text, one per line."""
    return "".join(json.dumps(vector) + "\n" for vector in vectors).encode()


def _jsonl(texts: Sequence[str], vectors: Sequence[Vector], model: str) -> bytes:
    """JSON Lines as read by ``--similar``."""
    rows = (
        json.dumps({"text": text, "model": model, "vector": vector}, ensure_ascii=False)
        for text, vector in zip(texts, vectors, strict=True)
    )
    return "".join(f"{row}\n" for row in rows).encode("utf-8", "replace")


def _csv(_: Sequence[str], vectors: Sequence[Vector], __: str) -> bytes:
    return "".join(",".join(map(repr, vector)) + "\n" for vector in vectors).encode()


def _npy(_: Sequence[str], vectors: Sequence[Vector], __: str) -> bytes:
    """NumPy's format, version 1.0: a matrix of 32-bit floats after a 64-byte aligned header."""
    shape = (len(vectors), len(vectors[0]))
    about = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    about += " " * (-(len(about) + 11) % 64) + "\n"
    begin = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(about)) + about.encode()
    return begin + b"".join(struct.pack(f"<{shape[1]}f", *vector) for vector in vectors)


#: Formats by their names in ``--format``.
FORMATS: Mapping[str, Callable[[Sequence[str], Sequence[Vector], str], bytes]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "npy": _npy,
}


# -- read, and compared


def read_vectors(path: Path) -> tuple[KnownVector, ...]:
    """The rows of a file made with ``--format jsonl``. Errors: ``usage``, naming the line."""
    found = []
    lines = read_text(path, most=MAX_BYTES).removesuffix("\n").split("\n")
    for number, line in enumerate(lines if lines != [""] else (), 1):
        row = _read_row(line)
        if row is None:
            hint = "make it with: aichat embed --format jsonl"
            raise usage_error(f"{path} has no vector in line {number}", hint)
        found.append(row)
    if not found:
        raise usage_error(f"{path} is empty")
    return tuple(found)


def _read_row(line: str) -> KnownVector | None:
    try:
        row = json.loads(line)
        vector = tuple(float(n) for n in row["vector"])
        if not vector or not all(map(isfinite, vector)):
            return None
        return KnownVector(str(row["text"]), vector, text_or_none(row.get("model")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def check_model(known: Sequence[KnownVector], model: str) -> None:
    """Raise ``usage`` if vectors of different models would be compared."""
    others = {row.model for row in known if row.model} - {model}
    if others:
        raise usage_error(f"its vectors are of {min(others)}, not of {model}", f"-m {min(others)}")


def rank(known: Sequence[KnownVector], asked: Sequence[Vector]) -> list[tuple[float, str]]:
    """Each known text with its cosine to the nearest of the ``asked`` vectors, the best first.

    Errors: ``usage`` if vectors of different lengths would be compared.
    """
    if {len(row.vector) for row in known} != {len(asked[0])}:
        raise usage_error(f"its vectors have not {len(asked[0])} numbers", "use --dimensions")
    units = [normalise(vector) for vector in asked]
    scored = []
    for row in known:
        unit = normalise(row.vector)
        best = max(sum(a * b for a, b in zip(unit, each, strict=True)) for each in units)
        scored.append((best, row.text))
    return sorted(scored, key=lambda pair: -pair[0])


def format_ranking(ranked: Sequence[tuple[float, str]]) -> str:
    """A cosine and a text per line, separated by a tab."""
    return "".join(f"{score:.4f}\t{sanitize_line(text)}\n" for score, text in ranked)
