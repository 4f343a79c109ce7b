"""Inputs as they come: from a file as they are wanted, from a stream as they are written."""

from collections import deque
from collections.abc import Iterator
from threading import Semaphore

from aichat.app.jobs.each.inputs import InputRow
from aichat.process.threads import start_thread

#: Inputs of a stream that are read before they are wanted.
_AHEAD = 16


class RowFeed:
    """Inputs, one by one; ``has_ended`` once there are no more.

    A stream may be silent for long, while there are answers to be shown: a thread listens to it.
    """

    def __init__(self, rows: Iterator[InputRow], *, is_stream: bool = False) -> None:
        self._rows, self._is_stream = rows, is_stream
        self._come: deque[InputRow | BaseException | None] = deque()
        self._room = Semaphore(_AHEAD)
        self.has_ended = False
        if is_stream:
            start_thread(self._listen)

    def next(self) -> InputRow | None:
        """The next one; None where there is none, or none yet. Errors: those of reading it."""
        if self.has_ended or (self._is_stream and not self._come):
            return None
        found = self._come.popleft() if self._is_stream else next(self._rows, None)
        self._room.release()
        self.has_ended = not isinstance(found, InputRow)
        if isinstance(found, BaseException):
            raise found
        return found

    def end(self) -> None:
        """No more are wanted."""
        self.has_ended = True

    def _listen(self) -> None:
        try:
            for row in self._rows:
                self._room.acquire()
                self._come.append(row)
            self._come.append(None)
        except BaseException as error:  # who takes the inputs has to hear of it
            self._come.append(error)
