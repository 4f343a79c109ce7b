"""10,000 rows against a hostile provider, killed five times on the way: each once, in order."""

import json
import random
import threading
import time
from collections import Counter

import pytest

from tests.commands.ask.test_each import USAGE, said
from tests.support.answering.server import Cut, Reply, SeenRequest, Server, chat_stream
from tests.support.running.program import Program

pytestmark = pytest.mark.long

ROWS, KILLS, JOBS = 10_000, 5, 64

#: Shares of what a request meets: a refusal, half of them with a wait; a 503; a cut stream.
REFUSED, BROKEN, CUT = 0.05, 0.01, 0.01


class Hostile:
    """The provider: what it refused, what it answered, and how often each row was asked."""

    def __init__(self) -> None:
        self._random, self._lock = random.Random(21), threading.Lock()
        self.met: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def __call__(self, request: SeenRequest) -> Reply:
        row = said(request)
        with self._lock:
            chance, seconds = self._random.random(), self._random.uniform(0.05, 0.5)
            after = {"retry-after": "1"} if self._random.random() < 0.5 else {}
        if chance < REFUSED + BROKEN:
            status = 429 if chance < REFUSED else 503
            self.met[str(status)] += 1
            return Reply(status, after if status == 429 else {}, [b"{}"], length=True)
        time.sleep(seconds)
        with self._lock:
            self.asked[row] += 1
        answer = chat_stream(["<", row, ">"], USAGE)
        if chance < REFUSED + BROKEN + CUT:
            self.met["cut"] += 1
            return Reply(200, answer.headers, [*answer.body[:2], Cut()])
        return answer


def test_each_row_is_there_once_in_order_though_it_is_killed_five_times(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("".join(f"row {n}\n" for n in range(ROWS)))
    words = (
        "ask",
        "-p",
        "groq",
        "--each",
        "in.txt",
        "--json",
        "--output",
        "o",
        "--jobs",
        f"{JOBS}",
    )
    hostile, out = Hostile(), aichat.home / "o"
    with Server(default=hostile) as server:
        aichat.point_groq_at(server.url)
        for kill in range(1, KILLS + 1):
            running = aichat.start(*words)
            while len(server.requests) < kill * 600:
                time.sleep(0.02)
            running.kill()
            running.communicate()
        done = aichat.run(*words, timeout=540)
        requests = len(server.requests)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["row"] for row in rows] == [*range(1, ROWS + 1)]
    good = [row for row in rows if not row["error"]]
    assert all(row["text"] == f"<{row['input']}>" for row in good)
    kinds = {row["error"]["kind"] for row in rows if row["error"]}
    assert kinds <= {"truncated", "network"}  # sent, and perhaps billed: not sent again
    assert len(rows) - len(good) <= hostile.met["cut"] and done.code == 9
    twice = sum(times - 1 for times in hostile.asked.values())
    assert twice <= KILLS * JOBS
    needed = ROWS + hostile.met["429"] + hostile.met["503"] + KILLS * JOBS
    assert requests <= 1.05 * needed
