"""A simulated user at a pseudo-terminal in this process, who answers prompts at once."""

import codecs
import os
import queue
import time
from itertools import count

from aichat.core.text.clock import Clock
from aichat.process.threads import start_thread
from aichat.process.world import World


class Typist:
    """A terminal of ``columns``, where prompts end in one of ``prompts``; time advances with each
    reading of the clock.
    """

    def __init__(
        self, *prompts: str, columns: int = 80, encoding: str = "utf-8", **environ: str
    ) -> None:
        self.master, self.slave = os.openpty()
        self.columns, self._prompts = columns, prompts
        clock = Clock(time.time, map(float, count()).__next__, lambda _: None, lambda: 0.5)
        stream = os.fdopen(self.slave, "r+b", buffering=0)
        environ = {"COLUMNS": str(columns), "TERM": "xterm", **environ}
        self.world = World(environ, stream, stream, stream, True, True, clock, encoding, True)  # type: ignore[arg-type]
        self.answers: list[str] = []
        self._seen: queue.SimpleQueue[str] = queue.SimpleQueue()
        start_thread(self._drain)  # otherwise a long question would block

    def written(self) -> str:
        """All output so far, up to a mark of our own."""
        os.write(self.slave, b"<end>")
        data = ""
        while not data.endswith("<end>"):
            data += self._seen.get(timeout=10)
        return data.removesuffix("<end>")

    def _drain(self) -> None:
        decoder, end = codecs.getincrementaldecoder("utf-8")(), ""
        while data := os.read(self.master, 1 << 16):
            text = decoder.decode(data)
            end = (end + text)[-100:]
            if end.endswith(self._prompts) and self.answers:
                os.write(self.master, self.answers.pop(0).encode())
            self._seen.put(text)
