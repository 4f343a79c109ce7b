"""Removing the location from videos and phones' photos.

ISO's container (MP4, MOV, M4A, HEIC) is made of boxes that count each other's bytes, so
nothing can be cut out: the location is overwritten, and every size stays the same.
Source: ISO 14496-12 (boxes, ``iloc``), 23008-12 (HEIC), 3GPP TS 26.244 (``loci``), Apple's
QuickTime File Format (``\u00a9xyz``, ``keys`` and ``ilst``).
"""

from collections.abc import Callable, Iterable, Iterator

from aichat.core.media.location import PLACE_WORDS, gps_ranges
from aichat.values import NamedTuple

#: Reads bytes of a file: offset and count; fewer are returned at its end.
Read = Callable[[int, int], bytes]

#: The most boxes that are visited, how deeply they may be nested, and the bytes read of one.
_MAX_BOXES, _MAX_DEPTH, _MAX_READ = 20_000, 6, 1 << 20

_FOLDERS = frozenset((b"moov", b"trak", b"udta", b"meta", b"ilst"))
_PLACES = frozenset((b"\xa9xyz", b"loci"))
_APPLE_PLACE = b"com.apple.quicktime.location."
_XMP_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


class Blank(NamedTuple):
    """A range of a file to overwrite: with ``begin``, then with ``fill``."""

    start: int
    size: int
    begin: bytes = b""
    fill: bytes = b"\0"

    def cut(self, begin: int, end: int) -> bytes:
        """The new bytes between two offsets within the range."""
        head = self.begin[begin:end]
        return head + self.fill * (end - begin - len(head))


class _Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def with_blanks(
    pieces: Iterable[bytes], blanks: tuple[Blank, ...], place: int = 0
) -> Iterator[bytes]:
    """The pieces of a file, from offset ``place`` on, with the blanks overwritten."""
    for piece in pieces:
        yield _write_over(piece, place, blanks)
        place += len(piece)


def _write_over(piece: bytes, place: int, blanks: tuple[Blank, ...]) -> bytes:
    made = None
    for blank in blanks:
        begin, end = max(blank.start, place), min(blank.start + blank.size, place + len(piece))
        if begin < end:
            made = made or bytearray(piece)
            made[begin - place : end - place] = blank.cut(begin - blank.start, end - blank.start)
    return bytes(made) if made else piece


def place_blanks(read: Read, size: int) -> tuple[Blank, ...]:
    """What to overwrite in a file of ``size`` bytes; nothing if it has no location."""
    if read(4, 4) != b"ftyp" and read(4, 4) not in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return ()
    budget = iter(range(_MAX_BOXES))
    boxes = _Boxes(read, budget)
    return tuple(blank for box in boxes.within(0, size) for blank in boxes.blanks(box, 0))


class _Boxes:
    """Visits the boxes of one file, up to a limit."""

    def __init__(self, read: Read, budget: Iterator[int]) -> None:
        self._read, self._budget = read, budget

    def within(self, start: int, end: int) -> Iterator[_Box]:
        """The boxes in a range, up to the first invalid one."""
        while start + 8 <= end and next(self._budget, None) is not None:
            head = self._read(start, 16)
            size, body = int.from_bytes(head[:4]), start + 8
            if size == 1:
                size, body = int.from_bytes(head[8:16]), start + 16
            elif size == 0:
                size = end - start
            if start + size > end or start + size < body:
                return
            yield _Box(head[4:8], start, body, start + size)
            start += size

    def blanks(self, box: _Box, depth: int) -> Iterator[Blank]:
        """What to overwrite in a box, and in those within it."""
        if box.kind in _PLACES:
            yield Blank(box.start + 4, 4, b"free")
            yield Blank(box.body, box.end - box.body)
        elif box.kind in (b"uuid", b"XMP_"):
            yield from self._xmp(box)
        elif box.kind in _FOLDERS and depth < _MAX_DEPTH:
            inner = [*self.within(self._first(box), box.end)]
            keys = next((self._place_keys(each) for each in inner if each.kind == b"keys"), set())
            for each in inner:
                if each.kind == b"ilst" and keys:
                    yield from self._texts(each, keys)
                yield from self.blanks(each, depth + 1)
            if box.kind == b"meta":
                yield from self._items(inner)

    def _first(self, box: _Box) -> int:
        """Where the boxes in a box begin: ISO's ``meta`` starts with a version, Apple's not."""
        is_versioned = box.kind == b"meta" and self._read(box.body + 4, 4) != b"hdlr"
        return box.body + 4 if is_versioned else box.body

    def _bytes(self, box: _Box) -> bytes:
        return self._read(box.body, min(box.end - box.body, _MAX_READ))

    def _xmp(self, box: _Box) -> Iterator[Blank]:
        """All of the XMP, if it tells a location."""
        skipped = 16 if box.kind == b"uuid" else 0
        data = self._bytes(box)
        if (not skipped or data.startswith(_XMP_ID)) and PLACE_WORDS.search(data):
            yield Blank(box.body + skipped, box.end - box.body - skipped, fill=b" ")

    def _place_keys(self, keys: _Box) -> set[int]:
        """The numbers of the keys for a location, counted from one."""
        data, place, found = self._bytes(keys)[8:], 0, set[int]()
        for number in range(1, 1000):
            size = int.from_bytes(data[place : place + 4])
            if size < 8 or place + size > len(data):
                break
            if data[place + 8 : place + size].startswith(_APPLE_PLACE):
                found.add(number)
            place += size
        return found

    def _texts(self, items: _Box, keys: set[int]) -> Iterator[Blank]:
        """The texts of the items with these keys, which follow a type and a language."""
        for item in self.within(items.body, items.end):
            if int.from_bytes(item.kind) in keys:
                for data in self.within(item.body, item.end):
                    begin = min(data.body + 8, data.end)
                    if self._read(begin, min(data.end - begin, _MAX_READ)).strip():
                        yield Blank(begin, data.end - begin, fill=b" ")

    def _items(self, inner: list[_Box]) -> Iterator[Blank]:
        """The Exif and XMP of a photo, which ``iinf`` names and ``iloc`` locates."""
        found = {box.kind: box for box in inner}
        if not {b"iinf", b"iloc"} <= found.keys():
            return
        kinds = dict(self._item_kinds(found[b"iinf"]))
        store = found[b"idat"].body if b"idat" in found else None
        for number, start, size in _extents(self._bytes(found[b"iloc"]), store):
            if kinds.get(number) not in (b"Exif", b"mime") or size > _MAX_READ:
                continue
            data = self._read(start, size)
            if kinds[number] == b"Exif":
                skipped = 4 + int.from_bytes(data[:4])
                for place, length, begin in gps_ranges(data[skipped:]):
                    yield Blank(start + skipped + place, length, begin)
            elif PLACE_WORDS.search(data):
                yield Blank(start, size, fill=b" ")

    def _item_kinds(self, infos: _Box) -> Iterator[tuple[int, bytes]]:
        """The type of each item, by its number."""
        wide = self._read(infos.body, 1) != b"\0"
        for box in self.within(infos.body + (8 if wide else 6), infos.end):
            data = self._read(box.body, 16)
            width = 4 if data[:1] == b"\x03" else 2
            yield int.from_bytes(data[4 : 4 + width]), data[6 + width : 10 + width]


def _extents(data: bytes, store: int | None) -> Iterator[tuple[int, int, int]]:
    """The number of each item, and where its bytes are: in the file, or in the ``store`` box."""
    version, take = data[0] if data else 9, _Numbers(data, 4)
    if version > 2:
        return
    widths = take.next(2)
    offset, length, base, index = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    for _ in take.each(take.next(wide)):
        number, method = take.next(wide), take.next(2) & 15 if version else 0
        take.next(2)  # the data reference, unused here
        begin = take.next(base) + (store or 0 if method == 1 else 0)
        for _ in take.each(take.next(2)):
            take.next(index if version else 0)
            place, size = begin + take.next(offset), take.next(length)
            if method == 0 or (method == 1 and store is not None):
                yield number, place, size


class _Numbers:
    """Reads numbers from bytes, one after the other."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data, self._place = data, place

    def each(self, count: int) -> Iterator[int]:
        """Count up to ``count``, as long as there are bytes left."""
        for number in range(count):
            if self._place >= len(self._data):
                return
            yield number

    def next(self, width: int) -> int:
        self._place += width
        return int.from_bytes(self._data[self._place - width : self._place])
