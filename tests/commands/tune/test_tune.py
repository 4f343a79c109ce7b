"""``aichat tune``: jobs made of checked files, listed, shown with their curve, followed, ended."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.commands.files.test_files import answer, form_of, point
from tests.commands.tune.test_training import GOOD
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program, curl_body

JOB: dict[str, Any] = {
    "object": "fine_tuning.job",
    "id": "ftjob-1",
    "model": "gpt-4.1-mini",
    "created_at": 1_793_000_000,
    "status": "running",
    "method": {"type": "supervised"},
    "trained_tokens": 1234,
}
DONE = {**JOB, "status": "succeeded", "fine_tuned_model": "ft:gpt-4.1-mini:me:x"}


def metric(step: int, loss: float, valid: float | None = None) -> dict[str, Any]:
    data = {"step": step, "train_loss": loss} | ({} if valid is None else {"valid_loss": valid})
    return {
        "id": f"ftevent-{step}",
        "created_at": 1_793_000_000 + step,
        "level": "info",
        "message": f"Step {step}: training loss={loss}",
        "type": "metrics",
        "data": data,
    }


LOSSES = [metric(n, 2.0 / n, 2.5 / n if n % 10 == 0 else None) for n in range(1, 41)]
KEPT = {
    "id": "ftckpt-1",
    "fine_tuned_model_checkpoint": "ft:gpt-4.1-mini:me:x:ckpt-step-20",
    "step_number": 20,
    "metrics": {"train_loss": 0.1},
}


def reply(request: SeenRequest, job: Mapping[str, Any] = DONE) -> Reply:
    """What OpenAI answers about the job; events come the newest first, in two pages."""
    path, _, query = request.path.partition("?")
    if path.endswith("/files"):
        return answer({"id": "file-1", "filename": "a.jsonl", "bytes": 9})
    if path.endswith("/events"):
        newest = LOSSES[::-1]
        page = newest[25:] if "after" in query else newest[:25]
        return answer({"data": page, "has_more": "after" not in query})
    if path.endswith("/checkpoints"):
        return answer({"data": [KEPT], "has_more": False})
    if path.endswith("/jobs") and request.method == "GET":
        return answer({"data": [job, {**DONE, "id": "ftjob-0"}], "has_more": False})
    return answer(dict(job))


def train(aichat: Program) -> None:
    (aichat.home / "a.jsonl").write_text((GOOD + "\n") * 10)


CREATE = ("tune", "create", "-m", "gpt-4.1-mini", "--train", "a.jsonl", "-p", "openai")


def test_a_job_is_made_of_a_file_that_is_uploaded_for_it(aichat: Program) -> None:
    train(aichat)
    more = ("--suffix", "x", "--epochs", "3", "--seed", "7")
    with Server(default=lambda request: reply(request, JOB)) as server:
        done = point(aichat, server, "openai").invoke(*CREATE, *more, "--yes")
        upload, create = server.requests
        dry = aichat.invoke(*CREATE, *more, "--dry-run")
        assert len(server.requests) == 2
    assert upload.path == "/v1/files" and ("purpose", "", b"fine-tune") in form_of(upload)
    assert (create.method, create.path) == ("POST", "/v1/fine_tuning/jobs")
    body = {
        "model": "gpt-4.1-mini",
        "training_file": "file-1",
        "suffix": "x",
        "seed": 7,
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
    }
    assert create.json() == body and curl_body(dry) == {**body, "training_file": "$FILE_ID"}
    assert done.text == "ftjob-1\n" and "tune events ftjob-1 --follow" in done.stderr


@pytest.mark.long  # an SDK takes seconds to load
def test_a_job_is_made_as_openais_sdk_makes_it(aichat: Program) -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    train(aichat)
    with Server(default=lambda request: reply(request, JOB)) as server:
        client = sdk.OpenAI(api_key="k", base_url=server.url + "/v1")
        theirs = client.fine_tuning.jobs.create(
            model="gpt-4.1-mini",
            training_file="file-1",
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        )
        point(aichat, server, "openai").invoke(*CREATE, "--epochs", "3", "--yes")
        one, _, two = server.requests
    assert (one.path, one.json()) == (two.path, two.json()) and theirs.id == "ftjob-1"


def test_qwen_is_given_the_file_and_the_job_in_its_own_way(aichat: Program) -> None:
    train(aichat)
    job = {"output": {"job_id": "ft-1", "status": "PENDING", "model": "qwen3-14b"}}
    put = {"data": {"uploaded_files": [{"file_id": "f-1", "name": "a.jsonl"}]}}
    words = ("tune", "create", "-m", "qwen3-14b", "--train", "a.jsonl", "-p", "qwen", "--yes")
    with Server(answer(put), answer(job)) as server:
        done = point(aichat, server, "qwen").invoke(*words, "--json")
        upload, create = server.requests
    assert upload.path == "/api/v1/files" and form_of(upload)[0][:2] == ("files", "a.jsonl")
    assert create.path == "/api/v1/fine-tunes" and create.json() == {
        "model": "qwen3-14b",
        "training_file_ids": ["f-1"],
        "validation_file_ids": None,
        "hyper_parameters": {},
        "training_type": "sft",
    }
    assert json.loads(done.text)["job"]["state"] == "queued"


#: Words, exit code, and what is said before anything is sent.
REFUSED: Mapping[str, tuple[str, int, str]] = {
    "unasked": (
        "create -m m --train a.jsonl -p openai",
        2,
        "at an unknown price for 10 examples",
    ),
    "too few": ("create -m m --train b.jsonl -p openai --yes", 2, "10 are the least"),
    "no such file": ("create -m m --train c.jsonl -p openai --yes", 2, "No such file"),
    "a way": ("create -m m --train a.jsonl -p qwen --method dpo", 5, "--method sft"),
    "who has none": ("list -p groq", 5, "these do: openai, qwen"),
    "no base": ("create --train a.jsonl -p openai", 2, "--model BASE"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_told_before_it_is_sent(
    aichat: Program, case: tuple[str, int, str]
) -> None:
    words, code, why = case
    train(aichat)
    (aichat.home / "b.jsonl").write_text(GOOD)
    with Server() as server:
        provider = words.partition("-p ")[2].split()[0]
        done = point(aichat, server, provider).invoke("tune", *words.split())
        assert not server.requests
    assert (done.code, why in " ".join(done.stderr.split())) == (code, True), done.stderr


#: What is added to the line, the exit code, and what is told before anything is sent.
SPENDING: Mapping[str, tuple[str, int, str]] = {
    "enough": ("--epochs 3 --max-cost 1", 0, "training costs ~$0.0034 for 10 examples"),
    "agreed": ("--epochs 3 --yes", 0, "learned 3 times"),
    "too little": ("--epochs 3 --max-cost 0.003", 11, "it would cost ~$0.0034"),
    "how often is unknown": ("--max-cost 100", 11, "no --epochs"),
    "paid by the hour": ("--epochs 1 --method rft --max-cost 100", 11, "at an unknown price"),
    "another currency": ("--epochs 1 --max-cost 1EUR", 11, "USD"),
    "no amount": ("--epochs 1 --max-cost much", 2, "'much' is not an amount"),
}


@pytest.mark.parametrize("case", SPENDING.values(), ids=SPENDING)
def test_what_it_costs_is_told_and_held_against_what_may_be_spent(
    aichat: Program, case: tuple[str, int, str]
) -> None:
    more, code, said = case
    train(aichat)
    with Server(default=lambda request: reply(request, JOB)) as server:
        done = point(aichat, server, "openai").invoke(*CREATE, *more.split())
        assert len(server.requests) == (0 if code else 2)
    assert (done.code, said in done.stderr) == (code, True), done.stderr


def test_what_was_learned_is_in_the_ledger_at_its_price(aichat: Program) -> None:
    train(aichat)
    with Server(default=reply) as server:
        point(aichat, server, "openai").invoke(*CREATE, "--yes")
        assert aichat.invoke("jobs", "wait", "last").code == 0
    told = json.loads(aichat.invoke("cost", "--json", "--by", "kind").text)
    assert "0.00617" in json.dumps(told)  # 1,234 tokens at 5 USD for a million


def test_jobs_are_listed(aichat: Program) -> None:
    with Server(default=lambda request: reply(request, JOB)) as server:
        point(aichat, server, "openai")
        lines = aichat.invoke("tune", "list", "-p", "openai").text.splitlines()
        told = json.loads(aichat.invoke("tune", "list", "-p", "openai", "--json").text)
    assert [line.split("\t")[:3] for line in lines[1:]] == [
        ["ftjob-1", "running", "gpt-4.1-mini"],
        ["ftjob-0", "succeeded", "gpt-4.1-mini"],
    ]
    assert [job["tuned"] for job in told["jobs"]] == [None, "ft:gpt-4.1-mini:me:x"]


def test_a_job_is_shown_with_the_curve_of_its_loss(aichat: Program) -> None:
    with Server(default=reply) as server:
        point(aichat, server, "openai")
        shown = {"environ": {"TERM": "xterm", "NO_COLOR": "1"}, **TERMINAL}
        seen = aichat.invoke("tune", "show", "ftjob-1", "-p", "openai", **shown).text
        piped = aichat.invoke("tune", "show", "ftjob-1", "-p", "openai").text
        told = json.loads(aichat.invoke("tune", "show", "ftjob-1", "-p", "openai", "--json").text)
    rows = [line for line in seen.splitlines() if "\u2502" in line]
    assert len(rows) == 10 and rows[0].index("\u2022") < rows[-1].index("\u2022")
    assert "\u2022 training loss  \u25cb validation loss" in seen and "step 0" in seen
    assert max(map(len, seen.splitlines())) <= 80
    assert "loss\t0.05 at step 40, 0.0625 of the validation\n" in piped
    assert "tuned\tft:gpt-4.1-mini:me:x\n" in piped and "\u2502" not in piped
    assert [each["step"] for each in told["losses"]] == [*range(1, 41)]
    assert told["checkpoints"][0]["step"] == 20 and told["job"]["tokens"] == 1234


def test_events_are_printed_in_their_order(aichat: Program) -> None:
    with Server(default=reply) as server:
        done = point(aichat, server, "openai").invoke("tune", "events", "ftjob-1", "-p", "openai")
    lines = [line.split("\t")[1] for line in done.text.splitlines()]
    assert len(lines) == 40 and lines[0] == "Step 1: training loss=2.0"


#: How a job may end: what is answered at last, the exit code, and what is printed last.
ENDS: Mapping[str, tuple[dict[str, Any], int, str]] = {
    "well": (DONE, 0, "ft:gpt-4.1-mini:me:x"),
    "badly": ({**JOB, "status": "failed", "error": {"message": "bad\x1b[2J"}}, 7, "failed"),
    "cancelled": ({**JOB, "status": "cancelled"}, 9, "cancelled"),
}


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS)
def test_a_job_is_followed_to_its_end(
    aichat: Program, case: tuple[dict[str, Any], int, str]
) -> None:
    job, code, last = case
    states = iter([{**JOB, "status": "validating_files"}, JOB, JOB, job])
    counts = iter([[], LOSSES[:2], LOSSES[:2], LOSSES[:3]])

    def tell(request: SeenRequest) -> Reply:
        if "/events" in request.path:
            return answer({"data": next(counts)[::-1], "has_more": False})
        return answer(next(states))

    with Server(default=tell) as server:
        words = ("tune", "events", "ftjob-1", "-p", "openai", "--follow")
        done = point(aichat, server, "openai").invoke(*words)
    lines = done.text.splitlines()
    assert (done.code, len(lines), lines[-1]) == (code, 4, last)
    assert aichat.waits == pytest.approx([1.0, 1.0, 1.1]) and "\x1b" not in done.stderr


def test_a_job_is_ended(aichat: Program) -> None:
    with Server(default=lambda request: reply(request, {**JOB, "status": "cancelled"})) as server:
        words = ("tune", "cancel", "ftjob/1", "-p", "openai")
        done = point(aichat, server, "openai").invoke(*words)
        (sent,) = server.requests
    assert (sent.method, sent.path) == ("POST", "/v1/fine_tuning/jobs/ftjob%2F1/cancel")
    assert done.text == "cancelled\n"


#: What a hostile server may answer: the provider's fault, and no page without end.
BAD: Mapping[str, tuple[str, Any]] = {
    "no list": ("list", {"data": 7}),
    "no object": ("list", []),
    "no job": ("show", {"object": "list"}),
    "no events": ("events", {"data": {"a": 1}}),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_an_answer_that_is_none_is_the_providers_fault(
    aichat: Program, case: tuple[str, Any]
) -> None:
    name, told = case
    with Server(default=answer(told)) as server:
        words = ("tune", name, *([] if name == "list" else ["x"]), "-p", "openai")
        assert point(aichat, server, "openai").invoke(*words).code == 7


def test_pages_without_end_are_not_read(aichat: Program) -> None:
    same = {"data": [JOB], "has_more": True}
    with Server(default=answer(same)) as server:
        words = ("tune", "list", "-p", "openai", "--limit", "100")
        done = point(aichat, server, "openai").invoke(*words)
        assert len(server.requests) == 2
    assert done.code == 0 and done.text.count("ftjob-1") == 1
