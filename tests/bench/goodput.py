"""How much of a provider's limit a run over many inputs uses, by the wall clock.

``python -m tests.bench.goodput [rows]`` asks a server that takes 40 questions a second (a bucket of
20), refuses 5 % by chance (half of them with a wait), breaks 1 % and cuts 1 %, and answers within
50 to 500 ms. So little is asked that two cores are no bound where nothing else runs.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tests.bench.measure import program, report
from tests.support.answering.server import Cut, Reply, SeenRequest, Server, chat_stream

ROWS, A_SECOND, BUCKET = 3000, 40.0, 20
REFUSED, BROKEN, CUT = 0.05, 0.01, 0.01


class LimitedServer:
    """The provider; ``met`` counts its reactions, ``answered`` are the times of answers."""

    def __init__(self) -> None:
        self._chance, self._lock = random.Random(5), threading.Lock()
        self._left, self._at = float(BUCKET), time.monotonic()
        self.met: Counter[str] = Counter()
        self.answered: list[float] = []

    def __call__(self, request: SeenRequest) -> Reply:
        with self._lock:
            reply, seconds = self._take(request)
        time.sleep(seconds)
        return reply

    def _take(self, request: SeenRequest) -> tuple[Reply, float]:
        chance = self._chance.random()
        after = {"retry-after": "1"} if self._chance.random() < 0.5 else {}
        if chance < REFUSED + BROKEN:
            self.met["by chance"] += 1
            status = 429 if chance < REFUSED else 503
            return Reply(status, after if status == 429 else {}, [b"{}"], length=True), 0.0
        now = time.monotonic()
        self._left = min(self._left + (now - self._at) * A_SECOND, BUCKET)
        self._at = now
        if self._left < 1:
            self.met["beyond the limit"] += 1
            return Reply(429, after, [b"{}"], length=True), 0.0
        self._left -= 1
        self.answered.append(now)
        answer = chat_stream(["<", request.json()["messages"][-1]["content"], ">"])
        if chance < REFUSED + BROKEN + CUT:
            answer = Reply(200, answer.headers, [*answer.body[:2], Cut()])
        return answer, self._chance.uniform(0.05, 0.5)


def main() -> None:
    """Print the used share of the limit, and the ratio of requests to the necessary ones."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    provider = LimitedServer()
    with Server(default=provider) as server, program(server.url) as made:
        (made.home / "in.txt").write_text("".join(f"row {n}\n" for n in range(rows)))
        words = ("--each", str(made.home / "in.txt"), "--output", str(made.home / "out"), "--json")
        made.run("ask", "-q", *words, timeout=1000)  # exit 9: truncated answers stay so
        shown = Path(made.home / "out").read_text().splitlines()
    assert [json.loads(line)["row"] for line in shown] == [*range(1, rows + 1)]
    last = provider.answered[int(rows * 0.98) - 1]  # late refusals wait alone
    seconds = last - provider.answered[0] + BUCKET / A_SECOND
    report("of the limit", rows * 0.98 / seconds / A_SECOND, "x", ">= 0.95")
    report("requests to rows", 1 + provider.met["beyond the limit"] / rows, "x", "<= 1.05")
    report("refused or broken by chance", provider.met["by chance"], "", "5 to 7 %")


if __name__ == "__main__":
    main()
