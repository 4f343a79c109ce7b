"""Corrupts a good answer like a hostile or broken server, by a seed."""

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.values.json_places import places

Chunks = list[Any]
Path = tuple[Any, ...]

DEEP: Any = "deep"
for _ in range(40):
    DEEP = [{"text": DEEP}]

#: Characters that move the cursor, reverse text, are invisible, or are invalid.
POISON = "\x1b[2J\x1b]52;c;aGk=\x07\x9b31m\u202ex\u2066\ud800\x00\x08\r\u200b\U000e0041\x85\u2028"
NUMBERS = (-1, 0, 10**9, -(10**9), 2**63, 10**30, 10**400, 1e308, -1e308, 1.5, 1e-320)
NOT_NUMBERS = (float("nan"), float("inf"), -float("inf"), "12", "-3", "1e308", "", None, True)
WRONG = (
    *(None, True, False, "", "x", [], {}, [None], [[]], [{}], {"": None}, {"x": 1}),
    *({"type": "text"}, {"text": None}, {"id": 1}, DEEP, POISON, [POISON], {"url": 1}),
)
COUNTED = ("token", "usage", "cost", "count", "ticks", "total", "seconds", "duration", "num_")


def _holder(chunk: Any, path: Path) -> Any:
    for key in path[:-1]:
        chunk = chunk[key]
    return chunk


def _place(chance: random.Random, chunks: Chunks, wanted: Callable[[Path], bool]) -> Any:
    """The container and last key of a random matching path; None if there is none."""
    numbers = list(range(len(chunks)))
    chance.shuffle(numbers)
    for number in numbers:
        found = [path for path in places(chunks[number]) if wanted(path)]
        if found:
            path = chance.choice(found)
            return _holder(chunks[number], path), path[-1]
    return None


def put_wrong(chance: random.Random, chunks: Chunks) -> Chunks:
    """Replace a value by one of another type."""
    found = _place(chance, chunks, lambda path: True)
    if found:
        found[0][found[1]] = copy.deepcopy(chance.choice(WRONG + NUMBERS + NOT_NUMBERS))
    return chunks


def remove(chance: random.Random, chunks: Chunks) -> Chunks:
    """Remove a field or an item."""
    found = _place(chance, chunks, lambda path: True)
    if found:
        del found[0][found[1]]
    return chunks


def lie_in_numbers(chance: random.Random, chunks: Chunks) -> Chunks:
    """Replace counts of tokens or money by other numbers, or remove them."""
    for chunk in chunks:
        for path in places(chunk):
            holder = _holder(chunk, path)
            if type(holder[path[-1]]) in (int, float) and _is_counted(path):
                holder[path[-1]] = chance.choice(NUMBERS + NOT_NUMBERS)
    return chunks


def _is_counted(path: Path) -> bool:
    return any(word in str(key).lower() for key in path for word in COUNTED)


def lie_in_indexes(chance: random.Random, chunks: Chunks) -> Chunks:
    """Replace all indices, or one, by other numbers."""
    number, few = chance.choice(NUMBERS + NOT_NUMBERS), chance.random() < 0.5
    for chunk in chunks:
        for path in reversed(places(chunk)):
            if "index" in str(path[-1]).lower() and (few or chance.random() < 0.5):
                _holder(chunk, path)[path[-1]] = number
    return chunks


def change_ids(chance: random.Random, chunks: Chunks) -> Chunks:
    """Make ids missing, all equal, or malicious."""
    what = chance.choice((None, "same", "", POISON, 7))
    for chunk in chunks:
        for path in reversed(places(chunk)):
            if str(path[-1]).lower().endswith("id"):
                _holder(chunk, path)[path[-1]] = what
    return chunks


def poison_strings(chance: random.Random, chunks: Chunks) -> Chunks:
    """Insert control characters, bidi marks and lone surrogates in all texts, or a third."""
    all_of_them, kinds = chance.random() < 0.5, ("type", "object", "status", "event_type")
    for chunk in chunks:
        for path in places(chunk):
            holder = _holder(chunk, path)
            keep = path[-1] in kinds and chance.random() < 0.9
            wanted = all_of_them or chance.random() < 1 / 3
            if isinstance(holder[path[-1]], str) and wanted and not keep:
                holder[path[-1]] += POISON
    return chunks


def swap_kinds(chance: random.Random, chunks: Chunks) -> Chunks:
    """Replace a ``type`` by another one."""
    kinds = [
        (_holder(chunk, path), path[-1])
        for chunk in chunks
        for path in places(chunk)
        if path[-1] in ("type", "event_type", "role", "status", "finish_reason", "name")
    ]
    if kinds:
        holder, key = chance.choice(kinds)
        other, name = chance.choice(kinds)
        holder[key] = copy.deepcopy(other[name])
    return chunks


def move_values(chance: random.Random, chunks: Chunks) -> Chunks:
    """Copy a value to another place."""
    here = _place(chance, chunks, lambda path: True)
    there = _place(chance, chunks, lambda path: True)
    if here and there:
        here[0][here[1]] = copy.deepcopy(there[0][there[1]])
    return chunks


def reorder(chance: random.Random, chunks: Chunks) -> Chunks:
    """Swap, drop or repeat events, or append some after the end."""
    way = chance.randrange(5)
    if way == 0:
        chance.shuffle(chunks)
    elif way == 1:
        chunks = [c for chunk in chunks for c in [chunk] * chance.choice((0, 1, 1, 2))]
    elif way == 2:
        chunks = chunks + copy.deepcopy(chunks)
    elif way == 3:
        chunks = chunks[::-1]
    else:
        chunks.insert(chance.randrange(len(chunks) + 1), copy.deepcopy(chance.choice(chunks)))
    return chunks


KINDS: Sequence[Callable[[random.Random, Chunks], Chunks]] = (
    *(put_wrong, put_wrong, put_wrong, remove, lie_in_numbers, lie_in_indexes, change_ids),
    *(poison_strings, swap_kinds, move_values, reorder),
)


def spoil(chance: random.Random, chunks: Sequence[Any]) -> Chunks:
    """Payloads with one to three faults."""
    spoiled = copy.deepcopy(list(chunks))
    for _ in range(chance.choice((1, 1, 2, 3))):
        if spoiled:
            spoiled = chance.choice(KINDS)(chance, spoiled)
    return spoiled


def write(chance: random.Random, value: Any) -> str:
    """A payload as JSON text, possibly with ``NaN``, and sometimes with a duplicate key."""
    text = json.dumps(value)
    if chance.random() < 0.05 and isinstance(value, dict) and value:
        key = chance.choice(list(value))
        twice = f"{json.dumps(key)}:{json.dumps(chance.choice(WRONG))}"
        text = f"{{{twice},{text[1:]}" if chance.random() < 0.5 else f"{text[:-1]},{twice}}}"
    return text


def break_bytes(chance: random.Random, data: bytes) -> bytes:
    """One time in ten, change a byte, drop bytes, or truncate the end."""
    if chance.random() > 0.1 or not data:
        return data
    at = chance.randrange(len(data))
    match chance.randrange(3):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    return data[:at] + data[at + chance.randrange(1, 40) :]
