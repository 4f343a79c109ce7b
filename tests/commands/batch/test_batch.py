"""``ask --each --batch`` and ``aichat batch``: each provider's engine, and what came of it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from aichat import providers
from aichat.app.jobs.batch import submit
from aichat.app.jobs.kept import JobKeeper
from aichat.core.billing.price import find_price
from aichat.disk.catalogue import models
from aichat.disk.history.store import Store
from aichat.disk.jobs.run_rows import RunRows
from tests.commands.files.test_files import PROVIDERS, point
from tests.support.answering.answers import responses_whole
from tests.support.answering.batches import LOST, REFUSED, Engine, body_of, json_reply
from tests.support.answering.server import Cut, Reply, SeenRequest, Server
from tests.support.running.marks import long_case
from tests.support.running.program import Program

INPUTS = ("eins", REFUSED, LOST, "zwei", "eins")
OPENAI = ("ask", "-p", "openai", "--each", "in.txt", "Say {}")

#: One of each family in the suite, all of them in the long run.
_FAMILIES = ("openai", "anthropic", "gemini", "xai")
SEVEN = [name if name in _FAMILIES else long_case(name) for name in PROVIDERS]


def prepared(aichat: Program, server: Server, provider: str, engine: Engine) -> Program:
    engine.url = server.url
    (aichat.home / "in.txt").write_text("".join(f"{line}\n" for line in INPUTS))
    return point(aichat, server, provider)


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("provider", SEVEN)
def test_questions_are_handed_over_once_and_answers_come_back_in_order(
    aichat: Program, provider: str
) -> None:
    ask, engine = ("ask", "-p", provider, "--each", "in.txt", "Say {}"), Engine(provider, looks=2)
    with Server(default=engine) as server:
        prepared(aichat, server, provider, engine)
        begun = aichat.invoke(*ask, "--batch")
        again = aichat.invoke(*ask, "--batch")
        alone = aichat.invoke(*ask)
        early = aichat.invoke("batch", "collect", "last")
        waited = aichat.invoke("batch", "wait", "last")
        done = aichat.invoke("batch", "collect", "batch-0", "--output", "rows.jsonl")
        asked = len(server.requests)
        same = aichat.invoke("batch", "collect", "last")
        text = aichat.invoke(*ask)
        assert len(server.requests) == asked
    assert (begun.text, begun.code, len(engine.begun)) == ("batch-0\n", 0, 1)
    assert again.code == 0 and "is under way" in again.stderr
    assert alone.code == 2 and "batch-0 has these inputs under way" in alone.stderr
    assert early.code == 9 and "is running" in early.stderr
    assert waited.code == 0 and "the batch is done" in waited.stderr and aichat.waits == [1.0]
    found = rows((aichat.home / "rows.jsonl").read_text())
    assert [row["input"] for row in found] == [*INPUTS]
    assert [row["text"] for row in found] == ["<Say eins>", "", "", "<Say zwei>", "<Say eins>"]
    kinds = [row["error"] and row["error"]["kind"] for row in found]
    assert kinds == [None, "invalid_request", "server", None, None]
    assert "not this" in found[1]["error"]["message"] and found[0]["usage"]["input"]
    assert done.code in (5, 7) and done.code == same.code and rows(same.text) == found
    assert text.text == "<Say eins>\n\n\n<Say zwei>\n<Say eins>\n"
    everything = "".join(one.text + one.stderr for one in (begun, again, early, done, same))
    assert "k-secret" not in everything


def test_batch_submit_is_ask_each_batch_in_other_words(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        begun = aichat.invoke("batch", "submit", *OPENAI[1:])
        same = aichat.invoke(*OPENAI, "--batch")
        done = aichat.invoke("batch", "collect", "last")
    assert (begun.text, begun.code) == ("batch-0\n", 0) and "is under way" in same.stderr
    assert [row["input"] for row in rows(done.text)] == [*INPUTS]
    lacking = aichat.invoke("batch", "submit")
    assert lacking.code == 2 and "--each is missing" in lacking.stderr
    assert "--each FILE|-|DIR|GLOB" in aichat.invoke("batch", "submit", "--help").text


def test_what_failed_is_asked_again_by_a_batch_or_here(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        aichat.invoke("batch", "collect", "last")
        second = aichat.invoke(*OPENAI, "--batch", "--retry-failed")
        assert [len(engine.batches[name]) for name in ("batch-0", "batch-1")] == [5, 2]
        third = aichat.invoke("batch", "collect", "batch-1")
    assert second.text == "batch-1\n"
    assert [row["input"] for row in rows(third.text)] == [REFUSED, LOST]


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "xai"])
def test_a_batch_is_half_the_price_of_its_default_model(provider: str) -> None:
    """As their vendors publish it; of xAI's newest models nobody has said."""
    whose = providers.load(provider)
    model = models.find(provider, whose.default_model)
    day = "2026-12-01"
    region = "intl" if provider == "qwen" else models.region(whose, None, whose.base_url)
    assert model
    alone, batched = (
        find_price(model.prices, tier, region, day, 1) for tier in ("standard", "batch")
    )
    assert alone and batched
    for what in ("input", "output"):
        assert batched.rates[what] * 2 == alone.rates[what]


def test_a_batch_costs_what_its_tier_does_and_is_counted_once(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        (aichat.home / "in.txt").write_text("eins\n")
        aichat.invoke(*OPENAI, "--batch")
        done = aichat.invoke("batch", "collect", "last")
        aichat.invoke("batch", "collect", "last")
        told = aichat.invoke("cost", "--by", "model").text
    (row,) = rows(done.text)
    millionths = 5 * 0.5 + 4 * 0.625 + 32 * 0.025 + 14 * 2.5  # new, written, cached; output
    assert row["cost"]["amount"] == pytest.approx(millionths / 1e6)
    table = dict(zip(*(line.split("\t") for line in told.splitlines()), strict=True))
    assert (table["requests"], float(table["amount"])) == ("1", row["cost"]["amount"])


#: Steps of a collection that may be its last, and how often each is taken before that.
STEPS = [
    ("keep", RunRows, 0),
    ("keep", RunRows, 3),
    ("add_all_counters", Store, 0),
    ("close_batch", RunRows, 0),
]


@pytest.mark.parametrize(("step", "owner", "times"), STEPS)
@pytest.mark.parametrize("is_done", [False, True])
def test_wherever_a_collection_ends_each_row_is_there_and_counted_once(
    aichat: Program,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    owner: type,
    times: int,
    is_done: bool,
) -> None:
    """Killed before a step, or when it is done."""
    engine, left = Engine("openai"), [times]
    real = getattr(owner, step)

    def end(*given: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            return real(*given)
        if is_done:
            real(*given)
        raise KilledError

    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        with monkeypatch.context() as patched, pytest.raises(KilledError):
            patched.setattr(owner, step, end)
            aichat.invoke("batch", "collect", "last")
        done = aichat.invoke("batch", "collect", "last")
        told = aichat.invoke("cost", "--by", "model").text
    found = rows(done.text)
    assert [row["input"] for row in found] == [*INPUTS]
    table = dict(zip(*(line.split("\t") for line in told.splitlines()), strict=True))
    spent = sum(row["cost"]["amount"] or 0 for row in found)
    assert table["requests"] == "5" and float(table["amount"]) == pytest.approx(spent)


#: Steps of the beginning of a batch.
BEGINNING = [
    (submit, "put_once"),
    (JobKeeper, "put"),
    (RunRows, "begin_batch"),
    (JobKeeper, "replace"),
    (RunRows, "name_batch"),
]


@pytest.mark.parametrize(("owner", "step"), BEGINNING)
@pytest.mark.parametrize("is_done", [False, True])
def test_wherever_a_beginning_ends_a_batch_is_begun_once_and_collected(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, is_done: bool
) -> None:
    """Killed before a step, or when it is done; a batch at the provider is never lost."""
    engine, real = Engine("openai"), getattr(owner, step)

    def end(*given: Any) -> Any:
        if is_done:
            real(*given)
        raise KilledError

    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        with monkeypatch.context() as patched, pytest.raises(KilledError):
            patched.setattr(owner, step, end)
            aichat.invoke(*OPENAI, "--batch")
        is_begun = bool(engine.begun)
        again = aichat.invoke(*OPENAI, "--batch")
        if not engine.begun:  # nobody knows that
            (name,) = re.findall("batch (asking-[^ ]+) is under way", again.stderr)
            assert aichat.invoke("batch", "cancel", name).code == 0
            again = aichat.invoke(*OPENAI, "--batch")
        done = aichat.invoke("batch", "collect", "batch-0", "-p", "openai")
        text = aichat.invoke(*OPENAI)
        told = aichat.invoke("cost", "--by", "model").text.splitlines()
    assert len(engine.begun) == 1 and again.code == 0
    assert ("is under way" in again.stderr) == is_begun
    assert [row["input"] for row in rows(done.text)] == [*INPUTS]
    assert text.text == "<Say eins>\n\n\n<Say zwei>\n<Say eins>\n"
    assert dict(zip(*(line.split("\t") for line in told), strict=True))["requests"] == "5"


def test_a_batch_that_cannot_be_remembered_is_not_begun(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        (aichat.data_dir / "history.db").mkdir(parents=True)
        broken = aichat.invoke(*OPENAI, "--batch")
        aichat.write_config("[store]\nsave = false\n")
        off = aichat.invoke(*OPENAI, "--batch")
        assert not engine.begun
    assert broken.code == 13 and "not begun" in broken.stderr
    assert off.code == 2 and "--batch needs the store" in off.stderr


@pytest.mark.parametrize("what", ["batch", "results"])
def test_a_batch_that_is_gone_can_be_given_up(aichat: Program, what: str) -> None:
    """Providers forget: of batches in weeks, of the files of their results too."""
    engine = Engine("openai")

    def gone(request: SeenRequest) -> Reply:
        place = "/v1/batches/" if what == "batch" else "/v1/files/"
        if request.path.endswith("/cancel") or request.path.startswith(place):
            return json_reply({"error": {"message": "no such thing"}}, 404)
        return engine(request)

    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        server.default = lambda request: json_reply({"error": {"message": "it is done"}}, 400)
        kept = aichat.invoke("batch", "cancel", "last")
        server.default = gone
        assert aichat.invoke("batch", "collect", "last").code == 5
        assert aichat.invoke(*OPENAI).code == 2
        given_up = aichat.invoke("batch", "cancel", "last")
        server.default = engine
        again = aichat.invoke(*OPENAI, "--batch")
    assert kept.code == 5 and (given_up.code, again.text) == (0, "batch-1\n")


class KilledError(BaseException):
    """Nothing that is caught."""


def test_a_schema_holds_for_what_a_batch_answers(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        (aichat.home / "in.txt").write_text('{"n":1}\nno json\n')
        words = ("ask", "-p", "openai", "--each", "in.txt", "--schema", "n int")
        aichat.invoke(*words, "--batch")
        line = json.loads(engine.files["file-0"].splitlines()[0])
        assert line["body"]["text"]["format"]["schema"]["properties"] == {"n": {"type": "integer"}}
        done = aichat.invoke("batch", "collect", "last")
    first, second = rows(done.text)
    assert (first["json"], first["error"]) == ({"n": 1}, None)
    assert (second["error"]["kind"], done.code) == ("schema", 12)


def test_a_table_comes_back_as_a_table_with_the_columns_of_the_schema(aichat: Program) -> None:
    engine = Engine("openai")

    def counted(request: SeenRequest) -> Reply:
        reply = engine(request)
        for name in [name for name in engine.files if name.startswith("output")]:
            engine.files[name] = engine.files[name].replace(b"<n>", b'{\\"n\\": 7}')
        return reply

    with Server(default=counted) as server:
        prepared(aichat, server, "openai", engine)
        (aichat.home / "in.csv").write_text("id,what\n1,n\n2,other\n3,n\n")
        words = ("--each", "in.csv", "{what}", "--schema", "n int", "--csv")
        aichat.invoke("batch", "submit", "-p", "openai", *words)
        aichat.invoke("batch", "wait", "last")
        done = aichat.invoke("batch", "collect", "last", "-O", "more.csv")
        same = aichat.invoke("ask", "-p", "openai", *words)
        assert sum(seen.path == "/v1/responses" for seen in server.requests) == 0
    assert done.code == 12
    assert (aichat.home / "more.csv").read_text() == same.text
    assert same.text == "id,what,n\n1,n,7\n2,other,\n3,n,7\n"


def test_more_than_one_batch_may_have_goes_into_several(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aichat.wires.resources import batches

    small = batches.DIALECTS["openai"]._replace(max_lines=2)
    monkeypatch.setattr(batches, "DIALECTS", {**batches.DIALECTS, "openai": small})
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        begun = aichat.invoke(*OPENAI, "--batch")
        for name in ("batch-2", "batch-0", "batch-1"):
            aichat.invoke("batch", "collect", name)
        text = aichat.invoke(*OPENAI)
    assert begun.text.split() == ["batch-0", "batch-1", "batch-2"]
    assert [len(engine.batches[name]) for name in begun.text.split()] == [2, 2, 1]
    assert text.text == "<Say eins>\n\n\n<Say zwei>\n<Say eins>\n"


#: How the request that begins a batch fails, and whether the batch may go on all the same.
UNSURE = {
    "refused": (json_reply({"error": {"message": "no money"}}, 400), False, 5),
    "too many": (json_reply({"error": {"message": "slow down"}}, 429), False, 6),
    "broke": (json_reply({"error": {"message": "oops"}}, 500), True, 7),
    "no id": (json_reply({"object": "batch"}), True, 7),
}


@pytest.mark.parametrize("case", ["refused", "broke", *map(long_case, ("too many", "no id"))])
def test_a_batch_whose_beginning_fails_is_never_begun_twice(aichat: Program, case: str) -> None:
    reply, unsure, code = UNSURE[case]
    engine = Engine("openai")

    def failing(request: SeenRequest) -> Reply:
        return reply if request.path == "/v1/batches" else engine(request)

    with Server(default=failing) as server:
        prepared(aichat, server, "openai", engine)
        first = aichat.invoke(*OPENAI, "--batch")
        listed = aichat.invoke("batch", "list", "--json")
        server.default = engine
        second = aichat.invoke(*OPENAI, "--batch")
        posts = [seen.path for seen in server.requests].count("/v1/batches")
        assert (first.code, posts) == (code, 1 if unsure else 2)
        if not unsure:
            assert json.loads(listed.text)["batches"] == [] and second.text == "batch-0\n"
            return
        (batch,) = json.loads(listed.text)["batches"]
        assert batch["state"] == "asking" and "is under way" in second.stderr
        shown = aichat.invoke("batch", "show", "last")
        assert shown.code == 5 and f"aichat batch cancel {batch['id']}" in shown.stderr
        assert aichat.invoke("batch", "cancel", batch["id"]).code == 0
        assert aichat.invoke(*OPENAI, "--batch").text == "batch-0\n"


@pytest.mark.parametrize("provider", ["openai", "xai"])
def test_a_batch_that_failed_as_a_whole_says_why_and_is_free_again(
    aichat: Program, provider: str
) -> None:
    engine = Engine(provider, state="failed")
    ask = ("ask", "-p", provider, "--each", "in.txt", "Say {}", "--batch")
    with Server(default=engine) as server:
        prepared(aichat, server, provider, engine)
        aichat.invoke(*ask)
        waited = aichat.invoke("batch", "wait", "last")
        done = aichat.invoke("batch", "collect", "last")
        again = aichat.invoke(*ask)
        same = aichat.invoke("batch", "collect", "batch-0")
    assert (waited.code, done.code, same.code) == (5, 5, 5)
    assert "line 1 is bad" in done.stderr and "line 1 is bad" in same.stderr
    assert again.text == "batch-1\n"


def test_what_a_batch_had_no_time_for_has_failed_and_the_rest_is_kept(aichat: Program) -> None:
    engine = Engine("openai", state="expired")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        done = aichat.invoke("batch", "collect", "last")
    found = rows(done.text)
    assert [bool(row["error"]) for row in found] == [False, True, True, True, True]
    assert "expired" in found[3]["error"]["message"] and done.code == 7


@pytest.mark.parametrize("provider", ["anthropic", *map(long_case, ("openai", "gemini", "xai"))])
def test_a_batch_can_be_ended_and_what_it_had_is_collected(aichat: Program, provider: str) -> None:
    engine = Engine(provider, looks=100)
    with Server(default=engine) as server:
        prepared(aichat, server, provider, engine)
        aichat.invoke("ask", "-p", provider, "--each", "in.txt", "Say {}", "--batch")
        ended = aichat.invoke("batch", "cancel", "last")
        done = aichat.invoke("batch", "collect", "last")
    assert ended.code == 0 and engine.cancelled == {"batch-0"}
    assert rows(done.text)[0]["text"] == "<Say eins>"


@pytest.mark.parametrize("provider", _FAMILIES)
def test_a_batch_of_another_tool_is_collected_by_its_id(aichat: Program, provider: str) -> None:
    engine = Engine(provider)
    with Server(default=engine) as server:
        prepared(aichat, server, provider, engine)
        aichat.invoke("ask", "-p", provider, "--each", "in.txt", "Say {}", "--batch")
        aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "elsewhere")
        unknown = aichat.invoke("batch", "collect", "batch-0")
        done = aichat.invoke("batch", "collect", "batch-0", "-p", provider)
    assert unknown.code == 2 and "no batch 'batch-0'" in unknown.stderr
    texts = sorted(row["text"] for row in rows(done.text) if not row["error"])
    assert texts == ["<Say eins>", "<Say eins>", "<Say zwei>"]


@pytest.mark.parametrize("provider", ["perplexity", "local"])
def test_who_has_no_batches_says_so(aichat: Program, provider: str) -> None:
    (aichat.home / "in.txt").write_text("a\n")
    aichat.environ["PERPLEXITY_API_KEY"] = "k-secret-0123456789"
    done = aichat.invoke("ask", "-p", provider, "--each", "in.txt", "--batch")
    assert done.code == 2 and "aichat has no batches with" in done.stderr
    assert "--each asks" in done.stderr


def test_no_key_goes_to_another_host_for_results(aichat: Program) -> None:
    engine = Engine("anthropic")
    with Server(default=engine) as server, Server() as other:
        prepared(aichat, server, "anthropic", engine)
        engine.url = other.url
        aichat.invoke("ask", "-p", "anthropic", "--each", "in.txt", "hi", "--batch")
        done = aichat.invoke("batch", "collect", "last")
        assert not other.requests
    assert done.code == 7 and "another host" in done.stderr


@pytest.mark.parametrize("words", ["wait", "show", "collect", "cancel"])
def test_a_dry_run_of_each_prints_one_request_and_sends_none(aichat: Program, words: str) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        done = aichat.invoke("batch", words, "batch-9", "-p", "openai", "--dry-run")
        assert not server.requests
    assert done.code == 0 and "/v1/batches/batch-9" in done.text and "$OPENAI_API_KEY" in done.text


def test_a_dry_run_says_what_it_costs_here_and_as_a_batch(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        (aichat.home / "in.txt").write_text("x" * 4000 + "\n")
        done = aichat.invoke(*OPENAI, "--batch", "--dry-run")
        assert not server.requests
    first, second = done.stderr.splitlines()
    assert "1 question to openai/gpt-6.1-terra" in first and "~$0.001 before any output" in first
    assert second == "aichat: as a batch: ~$0.0005 before any output, answered within 24 h"


def test_a_wait_outlives_a_provider_that_is_down_for_a_while(aichat: Program) -> None:
    engine, down = Engine("openai", looks=1), [0]

    def shaky(request: SeenRequest) -> Reply:
        down[0] += request.method == "GET"
        is_down = request.method == "GET" and 1 < down[0] < 20
        return json_reply({"error": {"message": "down"}}, 503) if is_down else engine(request)

    with Server(default=shaky) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        waited = aichat.invoke("batch", "wait", "last")
    assert waited.code == 0 and "the batch is done: 5 of 5, 1 failed" in waited.stderr
    assert max(aichat.waits) <= 60


def result(name: str, text: str = "<Say eins>") -> bytes:
    """A line of OpenAI's, in which somebody says ``text``."""
    body = body_of(responses_whole(text))
    response = {"status_code": 200, "request_id": "r", "body": body}
    return json.dumps({"custom_id": name, "response": response, "error": None}).encode() + b"\n"


#: What an engine may make of its results, given the lines, and what becomes of the first row.
HOSTILE: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "of nobody": (lambda lines: [result("nobody"), result("ff" * 16), *lines], "<Say eins>"),
    "twice": (lambda lines: [*lines, *(line.replace(b"eins", b"zwei") for line in lines)], ""),
    "none": (lambda _: [], "lost"),
    "wrong types": (
        lambda lines: [
            b"[]\n", b"5\n", b"{}\n", b'{"custom_id":7,"response":"x","error":3}\n', b"\x00\n",
            b'{"custom_id":null,"response":{"status_code":"x","body":[]}}\n', b"{" * 5000 + b"\n",
            *lines,
        ],
        "<Say eins>",
    ),
    "CRLF, and no end": (
        lambda lines: [b"\r\n".join(line.strip() for line in lines)], "<Say eins>"
    ),
    "a body that is none": (
        lambda lines: [line[: line.index(b"object") - 1] + b'"x": 1}}}\n' for line in lines],
        "protocol",
    ),
    "without end": (lambda lines: lines * 400, "exit 7"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_results_are_taken_as_far_as_they_are_of_what_was_asked(aichat: Program, case: str) -> None:
    change, becomes = HOSTILE[case]
    engine = Engine("openai")

    def hostile(request: SeenRequest) -> Reply:
        reply = engine(request)
        if "/output-" in request.path:
            lines = engine.files["output-batch-0"].splitlines(keepends=True)
            return Reply(200, reply.headers, [b"".join(change(lines))])
        return reply

    with Server(default=hostile) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        done = aichat.invoke("batch", "collect", "last")
    if becomes == "exit 7":
        assert done.code == 7 and "more than" in done.stderr and not done.text
        return
    found = rows(done.text)
    assert [row["input"] for row in found] == [*INPUTS]
    kind = found[0]["error"] and found[0]["error"]["kind"]
    assert {"lost": kind == "server", "protocol": kind == "protocol"}.get(
        becomes, found[0]["text"] == "<Say eins>" and kind is None
    ), found[0]
    assert ("2 results of questions that were not in it" in done.stderr) == (case == "of nobody")


def test_a_link_that_is_lost_among_the_results_is_taken_up_with_each_row_once(
    aichat: Program,
) -> None:
    engine, tries = Engine("openai"), [0]

    def shaky(request: SeenRequest) -> Reply:
        reply = engine(request)
        if "/output-" in request.path:
            tries[0] += 1
            line = engine.files["output-batch-0"].splitlines(keepends=True)[0]
            return reply if tries[0] > 1 else Reply(200, reply.headers, [line, Cut()])
        return reply

    with Server(default=shaky) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "elsewhere")
        done = aichat.invoke("batch", "collect", "batch-0", "-p", "openai")
    names = [row["id"] for row in rows(done.text)]
    assert tries == [2] and len(names) == len(set(names)) == 4


def test_jobs_lists_batches_and_leads_to_their_command(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        aichat.invoke(*OPENAI, "--batch")
        listed, shown = aichat.invoke("jobs", "list"), aichat.invoke("jobs", "show", "last")
    assert "batch-0" in listed.text
    assert shown.code == 2 and "aichat batch show batch-0" in shown.stderr


def test_a_limit_of_money_is_held_against_the_questions(aichat: Program) -> None:
    engine = Engine("openai")
    with Server(default=engine) as server:
        prepared(aichat, server, "openai", engine)
        done = aichat.invoke(*OPENAI, "--batch", "--max-cost", "0.000001")
        assert not server.requests
    assert done.code == 11 and "nothing was sent" in done.stderr
