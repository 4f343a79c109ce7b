"""A slow link: forwards data with the same delay in each direction."""

import contextlib
import queue
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Relay:
    """Forwards to the local ``port``; ``seconds`` is the delay in each direction."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port, self._seconds = port, seconds
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self._port))
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pump(near, far)
            self._pump(far, near)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Forward with two threads: one reads and records times, one writes when due."""
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def read() -> None:
            while True:
                try:
                    data = source.recv(1 << 16)
                except OSError:
                    data = b""
                waiting.put((time.monotonic() + self._seconds, data))
                if not data:
                    return

        def write() -> None:
            while True:
                due, data = waiting.get()
                time.sleep(max(due - time.monotonic(), 0))
                with contextlib.suppress(OSError):
                    if not data:
                        sink.shutdown(socket.SHUT_WR)
                        return
                    sink.sendall(data)

        threading.Thread(target=read, daemon=True).start()
        threading.Thread(target=write, daemon=True).start()
