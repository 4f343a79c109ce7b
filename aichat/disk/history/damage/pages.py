"""The rows of a damaged store, read from its pages themselves, without what leads to them.

A description or an inner page that is damaged hides every row below it from SQLite. The rows
are on pages of their own, each of which says what it holds (SQLite's file format, 1.6 and 2).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from aichat.values import NamedTuple

#: The first byte of pages with rows: a table's leaves, and the inner pages and leaves of tables
#: without row ids, which are kept like indexes.
_LEAF, _INNER_KEY, _LEAF_KEY = 0x0D, 0x02, 0x0A

#: Bytes of values by their type in a record: integers, a float, and the constants 0 and 1.
_SIZES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


class Row(NamedTuple):
    """The values of a row, in the order of its columns; ``id`` is None in tables without ids.

    A column that is the id itself is None among the values.
    """

    id: int | None
    values: tuple[Any, ...]


def read_rows(file: Path, page_size: int) -> Iterator[Row]:
    """Every whole row on any page of a file, whichever table it is of. Errors: ``OSError``."""
    with file.open("rb") as opened:
        reader = _Pages(opened, page_size)
        for number in range(1, reader.count + 1):
            yield from reader.rows(number)


class _Pages:
    """The pages of an open file, numbered from 1; all of them are whole."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.count = os.fstat(file.fileno()).st_size // size

    def _page(self, number: int) -> bytes:
        self._file.seek((number - 1) * self._size)
        return self._file.read(self._size)

    def rows(self, number: int) -> Iterator[Row]:
        """The rows on a page, without damaged ones."""
        page, begin = self._page(number), 100 if number == 1 else 0
        kind = page[begin]
        if kind not in (_LEAF, _INNER_KEY, _LEAF_KEY):
            return
        head = begin + (12 if kind == _INNER_KEY else 8)
        cells = int.from_bytes(page[begin + 3 : begin + 5], "big")
        for place in range(head, min(head + 2 * cells, self._size - 1), 2):
            at = int.from_bytes(page[place : place + 2], "big")
            try:
                yield self._row(page, at + (4 if kind == _INNER_KEY else 0), kind)
            except (ValueError, IndexError):  # what a cell says of itself cannot be
                continue

    def _row(self, page: bytes, at: int, kind: int) -> Row:
        size, at = _varint(page, at)
        name = None
        if kind == _LEAF:
            name, at = _varint(page, at)
        return Row(name, _values(self._payload(page, at, size, is_leaf=kind == _LEAF)))

    def _payload(self, page: bytes, at: int, size: int, *, is_leaf: bool) -> bytes:
        """The bytes of a row, most of which may be on further pages."""
        most = self._size - 35 if is_leaf else (self._size - 12) * 64 // 255 - 23
        if size <= most:
            return _exactly(page[at : at + size], size)
        if size > self.count * self._size:
            raise ValueError("longer than the file")
        least = (self._size - 12) * 32 // 255 - 23
        here = least + (size - least) % (self._size - 4)
        here = here if here <= most else least
        pieces, rest = [_exactly(page[at : at + here], here)], size - here
        following = int.from_bytes(_exactly(page[at + here : at + here + 4], 4), "big")
        while rest > 0:
            if not 0 < following <= self.count:
                raise ValueError("it goes on nowhere")
            more = self._page(following)
            pieces.append(more[4 : 4 + rest])
            rest -= self._size - 4
            following = int.from_bytes(more[:4], "big")
        return b"".join(pieces)


def _values(record: bytes) -> tuple[Any, ...]:
    """The values of a record. Errors: ``ValueError`` and ``IndexError`` if it is none."""
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    if at != end:
        raise ValueError("its head has another size")
    values = []
    for kind in kinds:
        size = _SIZES[kind] if kind in _SIZES else (kind - 12) // 2
        if size < 0:
            raise ValueError("a reserved type")
        values.append(_value(kind, _exactly(record[at : at + size], size)))
        at += size
    if at != len(record):
        raise ValueError("its values have another size")
    return tuple(values)


def _value(kind: int, data: bytes) -> Any:
    if kind == 0:
        return None
    if kind in (8, 9):
        return kind - 8
    if kind == 7:
        from struct import unpack

        return unpack(">d", data)[0]
    if kind < 7:
        return int.from_bytes(data, "big", signed=True)
    return data.decode("utf-8", "replace") if kind % 2 else data


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise ValueError("it is cut off")
    return data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """An integer of one to nine bytes, and the place after it."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    value = value << 8 | data[at + 8]
    return (value - (1 << 64) if value >> 63 else value), at + 9
