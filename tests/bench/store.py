"""The store at size: ``python -m tests.bench.store [TURNS]``.

H is ``python -c "import httpx"``, P is ``python -c pass``, in the same run. What saving
costs is the CPU of a streamed answer against the same answer with ``--no-save``.
"""

import random
import sys
from pathlib import Path
from time import perf_counter

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Text
from aichat.disk.history.store import Store
from tests.bench.measure import PYTHON, interleaved, median, program, report, run, served
from tests.support.running.program import Program

RUNS = 11
_EACH = 20  # turns in a conversation
_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "tok", "ling")]


def fill(folder: Path, turns: int) -> None:
    """Create a store with ``turns`` turns, one in a thousand of which contains ``quetzal``."""
    chance = random.Random(7)
    store = Store(folder, lambda _: None)
    made = []
    for first in range(0, turns, _EACH):
        name = f"c{first:09d}"
        said = tuple(_turn(chance, first + n, n + 1) for n in range(_EACH))
        title = " ".join(chance.choices(_WORDS, k=6))
        about = Summary(name, title, said[0].at, said[-1].at, head=_EACH)
        made.append(Conversation(about, said))
    store.add_conversations(made)


def _turn(chance: random.Random, place: int, number: int) -> Turn:
    words = chance.choices(_WORDS, k=chance.randrange(20, 200))
    if place % 1000 == 0:
        words.append("quetzal")
    role = "user" if number % 2 else "assistant"
    said = Message(role, (Text(" ".join(words)),), "groq", "m")
    answer = Answer(
        *("groq", f"m{chance.randrange(5)}", said),
        finish_reason="stop",
        usage=Usage(100, 50, 20),
        cost=Cost(chance.randrange(10**7)),
        first_token_s=chance.random(),
        total_s=1 + chance.random(),
    )
    at = 1.7e9 + place * 600  # over two years
    return Turn(said, at, number, number - 1 or None, answer=answer if number % 2 == 0 else None)


def reading(turns: int) -> None:
    """Compare search and list in a large store with an empty one."""
    with program("http://127.0.0.1:9") as small, program("http://127.0.0.1:9") as large:
        for made in (small, large):
            made.environ["AICHAT_DATA_DIR"] = str(made.home / "data")
        began = perf_counter()
        fill(large.home / "data", turns)
        report(f"filling the store with {turns} turns", perf_counter() - began, "s", "-")
        taken = interleaved(
            RUNS,
            h=lambda: run([PYTHON, "-c", "import httpx"]).wall,
            p=lambda: run([PYTHON, "-c", "pass"]).wall,
            rare=lambda: history(large, "search", "quetzal"),
            common=lambda: history(large, "search", _WORDS[3], _WORDS[7]),
            start=lambda: history(small, "search", "quetzal"),
            listed=lambda: history(large, "list"),
            shown=lambda: history(large, "show"),
            cost=lambda: command(large, "cost", "--since", "all"),
            speed=lambda: command(large, "cost", "--since", "all", "--by", "model"),
        )
        missing = interleaved(3, none=lambda: history(large, "search", "nowhere"))
    h, p = median(taken["h"]), median(taken["p"])
    for name in ("rare", "common"):
        beyond = median(taken[name]) - median(taken["start"])
        report(f"search for {name} words, beyond our own start", beyond / h, "H", "0.1")
    none = median(missing["none"]) - median(taken["start"])
    report("search for what is nowhere, read to the end", none / h, "H", "-")
    report("history list", median(taken["listed"]) / p, "P", "10")
    report("history show", median(taken["shown"]) / p, "P", "-")
    report("cost by day, of all turns", median(taken["cost"]) / p, "P", "20")
    report("cost by model, with speeds", median(taken["speed"]) / p, "P", "20")


def history(made: Program, *words: str) -> float:
    """Seconds of one ``aichat history``."""
    return command(made, "history", *words)


def command(made: Program, *words: str) -> float:
    """Seconds of one run."""
    return run(made.command(*words), made.environ).wall


def saving(deltas: int) -> None:
    """Measure the cost of saving an answer over only counting it."""
    for per_chunk in (1, 20):
        options = ("--deltas", str(deltas), "--per-chunk", str(per_chunk))
        with served(*options) as url, program(url) as made:
            taken = interleaved(
                RUNS,
                saved=lambda made=made: run(made.command("ask", "hi"), made.environ).cpu,
                plain=lambda made=made: (
                    run(made.command("ask", "--no-save", "hi"), made.environ).cpu
                ),
            )
        more = median(taken["saved"]) / median(taken["plain"]) - 1
        report(f"saving {deltas} deltas, {per_chunk} a chunk: CPU", more * 100, "%", "5")


def main() -> None:
    """Print all figures with their limits."""
    reading(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    saving(10_000)


if __name__ == "__main__":
    main()
