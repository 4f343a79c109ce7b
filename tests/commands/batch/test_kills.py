"""Large batches: killed at any moment what was kept is counted once, and memory stays small."""

import json
import random
import time

import pytest

from tests.commands.batch.test_batch import prepared, rows
from tests.support.answering.batches import Engine
from tests.support.answering.server import Server
from tests.support.running.peak import peak_memory
from tests.support.running.program import Program

pytestmark = pytest.mark.long

ROWS, KILLS = 3000, 8

#: Inputs that are a file of requests and one of results of more than 100 MB each, and what they
#: may take of memory.
LONG_ROWS, LETTERS, MOST_MB = 5000, 20_500, 80.0


def test_answers_are_collected_and_counted_once_whatever_is_killed(aichat: Program) -> None:
    engine, chance = Engine("openai"), random.Random(4)
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        (aichat.home / "in.txt").write_text("".join(f"row {n}\n" for n in range(ROWS)))
        aichat.invoke("ask", "-p", "openai", "--each", "in.txt", "--batch")
        words = ("batch", "collect", "last", "--output", "rows.jsonl")
        began = time.monotonic()
        aichat.run("batch", "show", "last")
        start = time.monotonic() - began
        for _ in range(KILLS):
            running = aichat.start(*words)
            time.sleep(start * chance.uniform(0.5, 4))
            running.kill()
            running.communicate()
        done = aichat.run(*words, timeout=120)
        told = aichat.invoke("cost", "--by", "model").text
    found = rows((aichat.home / "rows.jsonl").read_text())
    assert done.code == 0 and [row["input"] for row in found] == [f"row {n}" for n in range(ROWS)]
    assert len({row["id"] for row in found}) == ROWS
    table = dict(zip(*(line.split("\t") for line in told.splitlines()), strict=True))
    spent = sum(row["cost"]["amount"] for row in found)
    assert int(table["requests"].replace(",", "")) == ROWS
    assert float(table["amount"]) == pytest.approx(spent)


def test_files_of_100_mb_are_sent_and_collected_in_little_memory(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        lines = (f"{n} {'long ' * (LETTERS // 5)}\n" for n in range(LONG_ROWS))
        (aichat.home / "in.txt").write_text("".join(lines))
        sent = peak_memory(aichat, "ask", "-p", "openai", "--each", "in.txt", "--batch", "{}")
        aichat.invoke("batch", "wait", "last")
        words = ("batch", "collect", "last", "--output", "rows.jsonl")
        collected = peak_memory(aichat, *words)
    sizes = [len(engine.files[name]) for name in ("file-0", "output-batch-0")]
    assert min(sizes) >= 100_000_000
    with (aichat.home / "rows.jsonl").open() as rows:
        assert [json.loads(row)["row"] for row in rows] == [*range(1, LONG_ROWS + 1)]
    assert max(sent, collected) <= MOST_MB, (sent, collected)
