"""A store with a fixed month of spending, and runs at a fixed time."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Text
from aichat.core.text.clock import Clock
from aichat.disk.history.store import Store
from aichat.errors import Fault
from tests.support.running.program import TERMINAL, Program, Result

#: The fixed time.
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC).timestamp()

GROQ, CLAUDE = ("groq", "openai/gpt-oss-120b"), ("anthropic", "claude-sonnet-5-5")
QWEN, LOCAL = ("qwen", "qwen3-max"), ("local", "smollm2")

#: A name with control sequences and wide characters.
HOSTILE = ("box", "日本語\x1b[2J\u202e")


class SpendEntry(NamedTuple):
    """One answer: its time, provider and model, tokens, and cost in millionths."""

    at: str
    who: tuple[str, str]
    tokens: tuple[int, int, int] | None = None
    millionths: int | None = None
    currency: str = "USD"
    estimated: bool = False
    first: float | None = 0.5
    fault: str | None = None
    retries: int = 0
    queue: float | None = None
    profile: str | None = None
    saved: int | None = None  # millionths, by caching


MONTH = (
    SpendEntry("2026-11-02T09:10", GROQ, (1200, 300, 0), 360, queue=0.05, first=0.2),
    SpendEntry(
        "2026-11-02T21:40",
        GROQ,
        (5200, 800, 4000),
        900,
        queue=0.30,
        first=0.4,
        retries=1,
        saved=300,
    ),
    SpendEntry(
        "2026-11-05T08:00",
        CLAUDE,
        (9000, 1500, 8000),
        33_000,
        estimated=True,
        first=1.1,
        saved=14_400,
    ),
    SpendEntry("2026-11-05T12:00", CLAUDE, fault="overloaded", first=None, retries=2),
    SpendEntry("2026-11-05T12:05", CLAUDE, fault="rate_limit", first=None, retries=2),
    SpendEntry("2026-11-09T17:00", QWEN, (20_000, 2000, 0), 88_000, "CNY", profile="work"),
    SpendEntry("2026-11-14T10:00", LOCAL, (100, 60, 0), profile="work", first=0.9),
    SpendEntry("2026-11-14T10:01", LOCAL, (180, 60, 0), profile="work", first=0.7),
    SpendEntry("2026-11-20T23:50", CLAUDE, (2000, 700, 0), 11_000, first=0.8),
    SpendEntry(
        "2026-11-21T00:10", GROQ, (3000, 400, 1000), 690, queue=0.02, first=0.3, profile="work"
    ),
    SpendEntry("2026-11-22T07:00", CLAUDE, (12_000, 900, 11_000), 14_100, first=0.6, saved=-2000),
    SpendEntry("2026-11-22T18:00", HOSTILE, (10, 20, 0), 200, first=0.1),
)


def fill_store(folder: Path, given: Sequence[SpendEntry] = MONTH, each: int = 3) -> None:
    """Create a store of conversations with ``each`` answers each."""
    turns = [_turn(one, n % each) for n, one in enumerate(given)]
    talks = [turns[n : n + each] for n in range(0, len(turns), each)]
    titles = ("rivers of Scotland", "\x1b]0;owned\x07 \u202ertl", "日本の川", "fold a map")
    store = Store(folder, lambda _: None)
    for n, talk in enumerate(talks):
        about = Summary(f"talk{n}", titles[n % len(titles)], talk[0].at, talk[-1].at)
        store.add_conversations([Conversation(about, tuple(talk))])


def _turn(one: SpendEntry, place: int) -> Turn:
    provider, model = one.who
    into, out, cached = one.tokens or (None, None, None)
    cost = None
    if one.millionths is not None:
        cost = Cost(one.millionths * 1000, one.currency, one.estimated, "catalogue")
    said = Message("assistant", (Text("yes"),), provider, model)
    answer = Answer(
        provider,
        model,
        said,
        finish_reason=None if one.fault else "stop",
        usage=Usage(into, out, cached),
        cost=cost,
        raw_usage={"queue_time": one.queue} if one.queue else None,
        first_token_s=one.first,
        total_s=None if one.first is None else one.first + 2,
        fault=Fault(one.fault, "x") if one.fault else None,
        retries=one.retries,
        saved=None if one.saved is None else one.saved * 1000,
    )
    at = datetime.fromisoformat(one.at).replace(tzinfo=UTC).timestamp()
    return Turn(said, at, place + 1, place or None, profile=one.profile, wire="chat", answer=answer)


def run_cost(
    data: Path,
    *words: str,
    columns: int | None = None,
    environ: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
) -> Result:
    """Run ``aichat cost`` at ``NOW``, on a terminal of ``columns`` or else in a pipe."""
    plain = {"AICHAT_DATA_DIR": str(data), "TERM": "xterm-256color", "NO_COLOR": "1"}
    plain["TZ"] = os.environ.get("TZ", "UTC")
    if columns is not None:
        plain["COLUMNS"] = str(columns)
    return Program(data.parent).invoke(
        "cost",
        *words,
        environ=plain | dict(environ or {}),
        clock=Clock(lambda: NOW, lambda: 0.0, lambda _: None, lambda: 0.5),
        encoding=encoding,
        **(TERMINAL if columns is not None else {}),
    )
