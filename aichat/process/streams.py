"""Writing all of it to a stream, also to one that does not wait until its reader takes more."""

import select
import time
from typing import BinaryIO

#: Seconds between two attempts where no system call waits for a stream.
_PAUSE_SECONDS = 0.01


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write and flush.

    A program that shares the pipe or the terminal may have set it to not block (Node does): what
    it does not take now it gets once there is room. Errors: ``OSError`` of any other kind.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[stream.write(rest) or 0 :]
        except BlockingIOError as full:
            rest = rest[full.characters_written :]
            _wait_for_room(stream)
    while True:
        try:
            return stream.flush()
        except BlockingIOError:
            _wait_for_room(stream)


def _wait_for_room(stream: BinaryIO) -> None:
    if not hasattr(select, "poll"):
        time.sleep(_PAUSE_SECONDS)
        return
    room = select.poll()
    room.register(stream, select.POLLOUT)
    room.poll()
