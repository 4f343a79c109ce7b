"""Bodies of servers that compress although nobody asked: read in small pieces, to the very end."""

import zlib
from collections.abc import Iterable, Iterator

from aichat.errors import AichatError, Fault

#: Bytes that are unpacked at once: a kilobyte can stand for a megabyte.
_PIECE_BYTES = 1 << 16

#: How zlib tells gzip and zlib apart, and what a further member of gzip begins with.
_BY_HEADER, _MEMBER = 47, b"\x1f"


def inflate(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """``pieces`` of a body of that ``content-encoding``, unpacked, none of them large.

    Errors: ``protocol`` for another encoding or what is none of it, ``truncated`` for half of it.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        yield from pieces
    elif name in ("gzip", "x-gzip", "deflate"):
        yield from _unpack(pieces)
    else:
        raise AichatError(Fault("protocol", f"the answer is compressed with '{encoding}'"))


def _unpack(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacker, has_begun = zlib.decompressobj(_BY_HEADER), False
    for piece in pieces:
        has_begun = has_begun or piece != b""
        rest, data = piece, b""
        while rest or len(data) == _PIECE_BYTES:  # a full piece may not be all
            if unpacker.eof:
                rest = rest.lstrip(b"\0")  # padding
                if not rest.startswith(_MEMBER):
                    break  # some servers leave rubbish behind the end
                unpacker = zlib.decompressobj(_BY_HEADER)
            data = _unpack_piece(unpacker, rest)
            yield data
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if has_begun and not unpacker.eof:
        raise AichatError(Fault("truncated", "the compressed response ended early"))


def _unpack_piece(unpacker: "zlib._Decompress", data: bytes) -> bytes:
    try:
        return unpacker.decompress(data, _PIECE_BYTES)
    except zlib.error:
        raise AichatError(Fault("protocol", "the compressed response is corrupt")) from None
