"""Decompressing bodies of servers that compress unasked: in small pieces, to the very end."""

import zlib
from collections.abc import Iterable, Iterator

from aichat.errors import AichatError, Fault

#: Bytes decompressed at once, since a kilobyte can become a megabyte.
_PIECE_BYTES = 1 << 16

#: zlib's mode for detecting gzip or zlib, and the first byte of a further gzip member.
_BY_HEADER, _MEMBER = 47, b"\x1f"


def inflate(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The ``pieces`` of a body in that ``content-encoding``, decompressed, none of them large.

    Errors: ``protocol`` for another encoding or invalid data, ``truncated`` for a cut-off body.
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
        while rest or len(data) == _PIECE_BYTES:  # after a full piece there may be more
            if unpacker.eof:
                rest = rest.lstrip(b"\0")  # padding
                if not rest.startswith(_MEMBER):
                    break  # some servers send garbage after the end
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
