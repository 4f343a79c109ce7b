"""The first glyph of an answer on a terminal: ``python -m tests.bench.first_frame``.

CPU of the program, all threads of it, and wall time from the first byte of the answer until the
first word of it is on the screen; once where the answer comes at once, once after half a second.
"""

import os
import pty
import select
import subprocess
import time
from pathlib import Path

from tests.bench.measure import median, program, report
from tests.support.answering.server import SSE, Callback, Pause, Reply, Server, chat_chunk, sse
from tests.support.running.program import Program

RUNS = 9


def cpu(pid: int) -> float:
    """CPU seconds of all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 10**9


def first_glyph(made: Program, server: Server, pause: float) -> tuple[float, float]:
    """CPU and wall seconds from the answer's first byte to its first word."""
    begun: list[tuple[float, float]] = []
    running: list[int] = []

    def note() -> bytes:
        begun.append((cpu(running[0]), time.perf_counter()))
        return sse(chat_chunk({"content": "Hello there"}), done=False)[0]

    rest = [Pause(0.5), *sse(chat_chunk({}, "stop"))]
    server.default = Reply(headers=SSE, body=[Pause(pause), Callback(note), *rest])
    master, slave = pty.openpty()
    environ = {**made.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        made.command("ask", "hi"), stdin=slave, stdout=slave, stderr=slave, env=environ
    )
    running.append(process.pid)
    os.close(slave)
    seen = b""
    while b"Hello" not in seen:
        if select.select([master], [], [], 10)[0]:
            seen += os.read(master, 65536)
    end = (cpu(process.pid), time.perf_counter())
    process.wait()
    os.close(master)
    return end[0] - begun[0][0], end[1] - begun[0][1]


def main() -> None:
    """Print both cases."""
    with Server() as server, program(server.url) as made:
        for name, pause in (("at once", 0.0), ("after 0.5 s", 0.5)):
            taken = [first_glyph(made, server, pause) for _ in range(RUNS)]
            used, wall = (median([one[n] for one in taken]) * 1000 for n in (0, 1))
            report(f"first byte {name} -> first glyph, CPU", used, "ms", "15")
            report(f"first byte {name} -> first glyph, wall", wall, "ms", "-")


if __name__ == "__main__":
    main()
