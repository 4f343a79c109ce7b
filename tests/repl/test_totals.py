"""What a conversation has cost is one sum, wherever it is shown."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.billing.money import BILLION, Cost, format_cost
from aichat.core.billing.totals import Totals, add_totals
from aichat.core.billing.usage import Usage
from aichat.core.conversation.totals import answer_totals
from aichat.core.conversation.turn import Conversation, Draft, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Text
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from aichat.errors import Fault
from tests.repl.slash.test_commands import told
from tests.support.answering.server import (
    SSE,
    Cut,
    Reply,
    SeenRequest,
    Server,
    chat_chunk,
    chat_stream,
    sse,
)
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl, open_repl

# --- one way to add: in the store and in the chat

COUNTS = st.none() | st.integers(0, 10**6)
COSTS = st.builds(Cost, st.integers(0, 10**12), st.sampled_from(["USD", "CNY"]), st.booleans())
FAULTS = st.sampled_from(["server", "interrupted", "length", "truncated"])
HM = Message("assistant", (Text("hm"),))


@st.composite
def any_answer(draw: st.DrawFn) -> Answer:
    """What may be known of an answer, or not."""
    fault = draw(st.none() | FAULTS)
    return Answer(
        draw(st.sampled_from(["groq", "qwen"])),
        draw(st.sampled_from(["a", "b"])),
        HM,
        finish_reason=draw(st.sampled_from([None, "stop", "length", "pause", "refusal"])),
        usage=Usage(*(draw(COUNTS) for _ in range(6))),
        cost=draw(st.none() | COSTS),
        first_token_s=draw(st.none() | st.just(0.5)),
        retries=draw(st.integers(0, 3)),
        saved=draw(COUNTS),
        fault=Fault(fault, "") if fault else None,
    )


def turn_of(answer: Answer, at: float = 1.0, **fields: Any) -> Turn:
    return Turn(answer.message, at, answer=answer, **fields)


def open_store(folder: Path) -> Store:
    return Store(folder, lambda _: None)


@settings(max_examples=40, deadline=None)
@given(st.lists(any_answer(), max_size=6), st.data())
def test_the_chat_adds_up_as_the_store_does(
    tmp_path_factory: pytest.TempPathFactory, answers: list[Answer], data: st.DataObject
) -> None:
    store = open_store(tmp_path_factory.mktemp("data"))
    kept = [data.draw(st.sampled_from(["one", "two", None])) for _ in answers]
    for answer, conversation in zip(answers, kept, strict=True):
        turn = turn_of(answer, profile="work" if conversation else None)
        if conversation is None:
            store.add_counters(turn, answer)
        else:
            store.append(Draft(conversation, "t", (turn,)))
    ledger = Ledger(store)
    assert ledger.totals() == add_totals(map(answer_totals, answers))
    for name in ("one", "two"):
        own = [a for a, where in zip(answers, kept, strict=True) if where == name]
        assert ledger.totals(conversation=name) == add_totals(map(answer_totals, own))
    stored = [a for a, where in zip(answers, kept, strict=True) if where]
    assert ledger.totals(profile="work") == add_totals(map(answer_totals, stored))
    assert ledger.totals(2.0) == ledger.totals(0.0, 1.0) == Totals()
    assert ledger.totals(1.0, 1.5) == ledger.totals()


PRICED = Answer("groq", "a", HM, usage=Usage(5, 6), cost=Cost(7))


def talk(name: str, *turns: Turn) -> Conversation:
    return Conversation(Summary(name, name, 1.0, 1.0, len(turns), len(turns)), turns)


def amounts(store: Store) -> tuple[int | None, ...]:
    """What is counted: in two conversations, and altogether."""
    ledger = Ledger(store)
    found = (ledger.totals(conversation="one"), ledger.totals(conversation="two"), ledger.totals())
    return tuple(totals.amount("USD") for totals in found)


def test_a_copy_is_counted_once_wherever_it_comes_from(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    first = turn_of(PRICED, 1.0, number=1)
    more = turn_of(PRICED, 2.0, number=2, parent=1)
    store.add_conversations([talk("one", first)])
    store.fork(Summary("two", "two", 1.0, 1.0, 1), (first,))
    store.append(Draft("two", "two", (more._replace(number=0),), parent=1))
    assert amounts(store) == (7, 7, 14)
    copy = store.conversation(next(s for s in store.summaries() if s.id == "two"))
    store.delete(["two"])
    assert amounts(store) == (7, None, 14)
    store.add_conversations([copy])  # what was paid in the first is not paid in it again
    assert amounts(store) == (7, 7, 14)
    store.delete(["one", "two"])
    store.add_conversations([copy])  # nothing else is there that has paid for it
    assert amounts(store) == (None, 14, 14)


# --- one sum on every screen

USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
ANSWER = [*sse(chat_chunk({"content": "Aye."}), done=False)]


def answered(seen: SeenRequest) -> Reply:
    """An answer with its usage; one that breaks off in the middle; or a refusal of the server's."""
    last = seen.json()["messages"][-1]["content"]
    if "cut" in last:
        return Reply(headers=SSE, body=[*ANSWER, Cut()])
    if "fail" in last:
        return Reply(400, body=[b'{"error": {"message": "no"}}'])
    return chat_stream(["Aye."], usage=USAGE)


def report(aichat: Program) -> dict[str, dict[str, Any]]:
    """What ``aichat cost`` says of each conversation, by its title; "" were not saved."""
    done = aichat.invoke("cost", "--by", "conversation", "--since", "all", "--json")
    return {row["title"] or "": row for row in json.loads(done.text)["rows"]}


def shown(chat: Repl, title: str) -> tuple[str, int, str]:
    """What the chat says: its money, its answers, and its tokens in the toolbar."""
    chat.send_line("/clear")
    chat.wait_for_prompt()
    told(chat, "/tokens", " answer")
    told(chat, "/cost", "this conversation")
    toolbar = re.compile(rf"· (\S+) · ([\d,]+) tokens +{title}$", re.M)
    text = chat.wait_until(lambda text: toolbar.search(text) is not None)
    money = re.search(r"this conversation  (\S+)$", text, re.M)
    count = re.search(r"(\d+) answers?: [\d,]+ tokens in, [\d,]+ out, (\S+),", text)
    bar = toolbar.search(text)
    assert money and count and bar, text
    assert money[1] == count[2] == bar[1], text
    return money[1], int(count[1]), bar[2]


def said_by(row: dict[str, Any]) -> tuple[str, int, str]:
    """The same of a row of the report."""
    (cost,) = row["cost"]
    money = Cost(round(cost["amount"] * BILLION), cost["currency"], cost["estimated"])
    tokens = f"{row['usage']['input'] + row['usage']['output']:,}"
    return format_cost(money), row["requests"], tokens


def test_the_toolbar_tokens_cost_and_the_report_agree(aichat: Program) -> None:
    with Server(default=answered) as server:
        aichat.point_groq_at(server.url)
        with open_repl(aichat, reports_cursor=True) as chat:
            chat.wait_for_prompt()
            told(chat, "plain", "Aye.")
            told(chat, "/retry", "Aye.")
            told(chat, "then cut it", "Aye.")
            chat.wait_for_prompt()
            told(chat, "then fail", "no")
            told(chat, "/compare groq/llama-3.3-70b-versatile -- and both", "continue from")
            chat.wait_until(lambda text: re.search(r"  2  groq/llama", text) is not None)
            chat.send_line("1").wait_until("continuing from the answer")
            chat.wait_for_prompt()
            first = shown(chat, "plain")
            assert first == said_by(report(aichat)["plain"])
            told(chat, "/fork copied", "copied; back to the original")
            told(chat, "once more", "Aye.")
            chat.wait_for_prompt()
            copied = shown(chat, "copied")
            rows = report(aichat)
            assert (first, copied) == (said_by(rows["plain"]), said_by(rows["copied"]))
            told(chat, "/load plain", "plain: ")
            assert shown(chat, "plain") == first
            chat.press("ctrl-d").wait_for_exit()
        with open_repl(aichat, "-C", "copied", reports_cursor=True) as chat:
            chat.wait_for_prompt()
            assert shown(chat, "copied") == copied


def test_what_is_not_saved_is_added_up_too(aichat: Program) -> None:
    with Server(default=answered) as server:
        aichat.point_groq_at(server.url)
        with open_repl(aichat, "--no-save", reports_cursor=True) as chat:
            chat.wait_for_prompt()
            told(chat, "plain", "Aye.")
            told(chat, "/retry", "Aye.")
            chat.wait_for_prompt()
            said = shown(chat, "plain")
            assert said == said_by(report(aichat)[""])
            today = re.search(r"today +(\S+)$", chat.screen_text, re.M)
            assert today and today[1] == said[0]
