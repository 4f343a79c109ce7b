"""A collection that is killed at any moment: what it kept is what the ledger has, each once."""

import random
import time

import pytest

from tests.commands.batch.test_batch import prepared, rows
from tests.support.answering.batches import Engine
from tests.support.answering.server import Server
from tests.support.running.program import Program

pytestmark = pytest.mark.long

ROWS, KILLS = 3000, 8


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
