"""The whole way of a cost: from a scripted answer to the usage line, the JSON and the store."""

import json
import sqlite3
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from tests.support.answering.answers import messages_stream, responses_stream
from tests.support.answering.answers_google import CHAT_USAGE, gemini_stream, moonshot_stream
from tests.support.answering.server import Reply, Server, chat_error, chat_stream
from tests.support.running import spending
from tests.support.running.program import Program, Result

KEY = "key_0123456789ABCD"


class Case(NamedTuple):
    """Whom is asked, what comes, and what that costs: billionths, and as it is shown."""

    reply: Reply
    words: tuple[str, ...]
    amount: int
    line: str
    currency: str = "USD"
    source: str = "catalogue"


CASES = {
    # 5 x 1 + 32 x 0.05 + 4 x 1.25 + 14 x 5
    "openai": Case(responses_stream(["Hi"]), (), 81_600, "$0.000082 (caching saved $0.000029)"),
    # 8 x 0.3 + 4 x 0.03 + 3 x 2.5
    "gemini": Case(
        gemini_stream("Hi", model="gemini-3.5-flash-lite"),
        ("-m", "gemini-3.5-flash-lite"),
        10_020,
        "$0.00001 (caching saved $0.0000011)",
    ),
    # 4,210,000 ticks of 1e-10 USD
    "xai": Case(
        responses_stream(["Hi"], style="xai"),
        (),
        421_000,
        "$0.00042 (caching saved $0.000096)",
        source="provider",
    ),
    # 12 x 0.15 + 3 x 0.6
    "groq": Case(chat_stream(["Hi"]), (), 3_600, "$0.0000036"),
    # 14 x 2 + 100 x 2.5 + 900 x 0.1 + 64 x 10
    "anthropic": Case(messages_stream(["Hi"]), (), 1_008_000, "$0.001 (caching saved $0.0017)"),
    "perplexity": Case(
        responses_stream(["Hi"], style="perplexity"),
        (),
        240_000,
        "$0.00024 (caching saved $0.000096)",
        source="provider",
    ),
    # 8 x 2 + 4 x 0.2 + 3 x 10
    "moonshot": Case(moonshot_stream(["Hi"]), (), 46_800, "$0.000047 (caching saved $0.0000072)"),
    # 8 x 0.8 + 4 x 0.16 + 3 x 8, since it reasoned
    "qwen": Case(
        chat_stream(["Hi"], model="qwen-plus", usage=CHAT_USAGE),
        ("-m", "qwen-plus"),
        31_040,
        "¥0.000031 (caching saved ¥0.0000026)",
        currency="CNY",
    ),
}


def ask(aichat: Program, provider: str, reply: Reply, *words: str) -> Result:
    with Server(reply) as server:
        environ = {
            f"AICHAT_{provider.upper()}_BASE_URL": f"{server.url}/v1",
            "DASHSCOPE_API_KEY" if provider == "qwen" else f"{provider.upper()}_API_KEY": KEY,
        }
        done = aichat.invoke("ask", "-p", provider, "--usage", *words, "hi", environ=environ)
    assert done.code == 0, done.stderr
    return done


def stored(aichat: Program) -> list[tuple[Any, ...]]:
    """What the store has of the money of each answer."""
    with closing(sqlite3.connect(aichat.data_dir / "history.db")) as store:
        rows = store.execute("SELECT amount, currency, estimated, source FROM spent")
        return rows.fetchall()


def test_an_account_that_is_not_billed_pays_nothing_and_is_told_so(aichat: Program) -> None:
    aichat.write_config('[profiles.x]\nprovider = "gemini"\ntier = "free"\n')
    done = ask(aichat, "gemini", gemini_stream("Hi"), "-P", "x")
    assert " · 3 out (1 reasoning) · free · " in done.stderr
    assert stored(aichat) == [(0, "USD", 0, "catalogue")]


@pytest.mark.parametrize("provider", CASES)
def test_the_cost_of_an_answer_is_shown_printed_and_stored(provider: str, aichat: Program) -> None:
    case = CASES[provider]
    done = ask(aichat, provider, case.reply, "--json", *case.words)
    cost = json.loads(done.text)["cost"]
    assert {name: cost[name] for name in cost if name != "saved"} == {
        "amount": case.amount / 10**9,
        "currency": case.currency,
        "estimated": False,
        "source": case.source,
    }
    assert f" · {case.line} · " in done.stderr
    assert stored(aichat) == [(case.amount, case.currency, 0, case.source)]
    (told,) = json.loads(spending.run_cost(aichat.data_dir, "--json", "--since", "all").text)[
        "total"
    ]["cost"]
    assert (told["amount"], told["currency"]) == (cost["amount"], case.currency)


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("gpt-oss-120", "did you mean openai/gpt-oss-120b?"),
        ("grok-4.7", "grok-4.7 is served by xai: -m xai/grok-4.7"),
    ],
)
def test_a_model_that_is_not_there_is_told_by_its_nearest_names(
    model: str, hint: str, aichat: Program
) -> None:
    with Server(chat_error(404, "no such model", code="model_not_found")) as server:
        done = aichat.point_groq_at(server.url).run("ask", "-p", "groq", "-m", model, "hi")
    assert (done.code, done.stderr.splitlines()[1].strip()) == (5, hint)
