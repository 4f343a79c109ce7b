"""Reads inputs: from a file on demand, from a stream as they are written."""

from collections import deque
from collections.abc import Iterator
from threading import Semaphore

from aichat.app.jobs.each.inputs import InputRow
from aichat.process.threads import start_thread

#: The most inputs of a stream to read ahead.
_AHEAD = 16


class RowFeed:
    """Inputs, one by one; ``has_ended`` once there are no more.

    A stream is read by a thread, since it may block while there are answers to show.
    """

    def __init__(self, rows: Iterator[InputRow], *, is_stream: bool = False) -> None:
        self._rows, self._is_stream = rows, is_stream
        self._come: deque[InputRow | BaseException | None] = deque()
        self._room = Semaphore(_AHEAD)
        self.has_ended = False
        if is_stream:
            start_thread(self._listen)

    def next(self) -> InputRow | None:
        """The next input; None if there is none, or none yet. Errors: those of reading it."""
        if self.has_ended or (self._is_stream and not self._come):
            return None
        found = self._come.popleft() if self._is_stream else next(self._rows, None)
        self._room.release()
        self.has_ended = not isinstance(found, InputRow)
        if isinstance(found, BaseException):
            raise found
        return found

    def end(self) -> None:
        """Stop reading."""
        self.has_ended = True

    def _listen(self) -> None:
        try:
            for row in self._rows:
                self._room.acquire()
                self._come.append(row)
            self._come.append(None)
        except BaseException as error:  # raised again in ``next``
            self._come.append(error)
