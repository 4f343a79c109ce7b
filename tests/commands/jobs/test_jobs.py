"""``aichat jobs``: what goes on without us is listed, shown, waited for, ended, and never lost."""

import json
import os
import signal
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.provider.job import Job, dump_job, load_job
from aichat.disk.history import jobs
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from tests.commands.files.test_files import answer, point
from tests.commands.tune.test_training import GOOD
from tests.support.answering.made import JOB_IDS, VideoProvider, interaction, task
from tests.support.answering.server import Callback, Hold, Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program, Result


def begin(aichat: Program, server: Server, provider: str) -> Result:
    """A video that is left to its provider."""
    return point(aichat, server, provider).invoke("video", "a", "cat", "-p", provider, "--no-wait")


def test_nothing_is_listed_where_nothing_goes_on(aichat: Program) -> None:
    assert aichat.invoke("jobs").text.splitlines() == [
        "id\tprovider\tkind\tstate\tcreated\tcost\twords"
    ]
    assert json.loads(aichat.invoke("jobs", "list", "--json").text)["jobs"] == []
    done = aichat.invoke("jobs", "wait", "nobody")
    assert done.code == 2 and "no job 'nobody'" in done.stderr


@pytest.mark.parametrize("provider", JOB_IDS)
def test_a_job_is_listed_shown_and_waited_for(aichat: Program, provider: str) -> None:
    name = JOB_IDS[provider]
    with Server() as server:
        VideoProvider(server, provider)
        begin(aichat, server, provider)
        before = aichat.invoke("jobs", "list").text.splitlines()[1].split("\t")
        shown = json.loads(aichat.invoke("jobs", "show", "last", "--json").text)
        done = aichat.invoke("jobs", "wait", name[:3], "-O", "film.mp4")
        after = json.loads(aichat.invoke("jobs", "list", "--json").text)["jobs"][0]
    assert before[:4] == [name, provider, "video", "pending"] and before[-1] == "a cat"
    assert shown["id"] == name and shown["state"] in ("pending", "running")
    assert done.text == "film.mp4\n" and after["state"] == "done"
    assert after["files"] == [str(aichat.home / "film.mp4")]


def test_a_table_fits_eighty_columns(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "xai")
        point(aichat, server, "xai")
        aichat.invoke("video", "a", "cat " * 60, "-p", "xai", "--no-wait")
        shown = aichat.invoke("jobs", **TERMINAL).text
    assert shown and all(len(line) <= 80 for line in shown.splitlines())


def test_a_job_of_another_machine_is_fetched_by_its_id(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "xai", looks=0)
        point(aichat, server, "xai")
        assert aichat.invoke("jobs", "wait", "vid-1").code == 2
        done = aichat.invoke("jobs", "wait", "vid-1", "-p", "xai")
        assert all(request.method == "GET" for request in server.requests)
    assert done.text == "vid-1-1.mp4\n"
    assert json.loads(aichat.invoke("jobs", "--json").text)["jobs"][0]["state"] == "done"


#: The way to end a job, and what its provider says then.
CANCELS: Mapping[str, tuple[str, Any]] = {
    "gemini": ("/v1beta/interactions/int-1/cancel", interaction("cancelled")),
    "qwen": ("/api/v1/tasks/task-1/cancel", task("CANCELED")),
}


@pytest.mark.parametrize("provider", CANCELS)
def test_a_job_is_cancelled(aichat: Program, provider: str) -> None:
    path, ended = CANCELS[provider]
    with Server() as server:
        VideoProvider(server, provider, looks=0, ended=ended)
        begin(aichat, server, provider)
        done = aichat.invoke("jobs", "cancel", "last")
        assert [r.path for r in server.requests if r.method == "POST"][1] == path
        waited = aichat.invoke("jobs", "wait", "last")
    assert done.code == 0 and "is cancelled" in done.stderr
    assert waited.code == 9
    assert json.loads(aichat.invoke("jobs", "--json").text)["jobs"][0]["state"] == "cancelled"


def test_xai_ends_no_job(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "xai")
        begin(aichat, server, "xai")
        done = aichat.invoke("jobs", "cancel", "last")
        assert len(server.requests) == 1
    assert done.code == 5 and "jobs wait vid-1" in done.stderr


def test_an_end_that_is_known_stays_known_once_the_provider_forgets(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "qwen", looks=0)
        begin(aichat, server, "qwen")
        assert aichat.invoke("jobs", "wait", "last").code == 0
        server.default = answer(task("UNKNOWN"))
        done = aichat.invoke("jobs", "wait", "last")
    assert done.code == 5 and "no such job" in done.stderr
    assert json.loads(aichat.invoke("jobs", "--json").text)["jobs"][0]["state"] == "done"


def test_patience_ends_and_the_job_does_not(aichat: Program) -> None:
    clock = iter(range(10**6))
    with Server() as server:
        VideoProvider(server, "xai", looks=10**6)
        begin(aichat, server, "xai")
        from aichat.core.text.clock import Clock

        ticks = Clock(lambda: 1e9, lambda: float(next(clock)), lambda _: None, lambda: 0.5)
        done = aichat.invoke("jobs", "wait", "last", "--timeout", "30", clock=ticks)
    assert done.code == 9 and "jobs wait vid-1" in done.stderr


def test_a_job_is_what_it_was_when_it_is_read() -> None:
    job = Job("xai", "1", "video", "xai-video", wish={"output": "x"}, files=("a",))
    assert load_job(dump_job(job)) == job
    told = json.loads(dump_job(job)) | {"new": 1}
    assert load_job(json.dumps(told)) == job


def test_a_job_that_was_never_named_is_not_asked_for_again(aichat: Program) -> None:
    begun, gone = threading.Event(), threading.Event()
    with Server() as server:
        whole = VideoProvider(server, "xai").reply
        held = Reply(body=[Callback(begun.set), Hold(gone)], length=9)
        server.default = lambda r: held if r.method == "POST" else whole(r)
        point(aichat, server, "xai")
        running = aichat.start("video", "a", "cat", "-p", "xai")
        assert begun.wait(60)
        running.kill()
        running.wait()
        gone.set()
        again = aichat.invoke("video", "a", "cat", "-p", "xai")
        assert len(server.requests) == 1
    assert again.code == 9 and "billed" in again.stderr and "--again" in again.stderr
    assert "asking" in aichat.invoke("jobs").text
    assert aichat.invoke("jobs", "wait", "last").code == 5
    assert "forgotten" in aichat.invoke("jobs", "cancel", "last").stderr
    assert len(aichat.invoke("jobs").text.splitlines()) == 1


@pytest.mark.parametrize("killer", [signal.SIGKILL, signal.SIGINT])
def test_whoever_is_killed_goes_on_with_the_same_job_at_one_charge(
    aichat: Program, killer: signal.Signals
) -> None:
    looked, gone = threading.Event(), threading.Event()
    with Server() as server:
        whole = VideoProvider(server, "xai", looks=1).reply
        held = Reply(body=[Callback(looked.set), Hold(gone)], length=9)

        def reply(request: SeenRequest) -> Reply:
            first = request.method == "GET" and not looked.is_set()
            return held if first else whole(request)

        server.default = reply
        point(aichat, server, "xai")
        running = aichat.start("video", "a", "cat", "-p", "xai")
        assert looked.wait(60)
        os.kill(running.pid, killer)
        _, said = running.communicate()
        gone.set()
        done = aichat.invoke("video", "a", "cat", "-p", "xai")
        assert [r.method for r in server.requests].count("POST") == 1
    assert running.returncode == -killer
    assert killer == signal.SIGKILL or b"jobs wait vid-1" in said
    assert done.text == "a-cat-1.mp4\n" and "since" in done.stderr
    sums = Ledger(Store(aichat.data_dir, print)).totals().overall
    assert (sums.requests, sums.units) == (1, 6)
    assert [job.state for job in jobs.list_all(Store(aichat.data_dir, print))] == ["done"]


# -- models that learn

LEARNS: Mapping[str, tuple[str, Any, Any]] = {
    "openai": (
        "ftjob-1",
        {"id": "ftjob-1", "status": "running"},
        {
            "id": "ftjob-1",
            "status": "succeeded",
            "fine_tuned_model": "ft:mine",
            "trained_tokens": 50,
        },
    ),
    "qwen": (
        "ft-1",
        {"output": {"job_id": "ft-1", "status": "RUNNING"}},
        {"output": {"job_id": "ft-1", "status": "SUCCEEDED", "finetuned_output": "ft:mine"}},
    ),
}


def teach(aichat: Program, server: Server, provider: str, *words: str) -> Result:
    """A tuning that is left to its provider."""
    (aichat.home / "a.jsonl").write_text((GOOD + "\n") * 10)
    put = answer({"id": "file-1", "data": {"uploaded_files": [{"file_id": "file-1"}]}})
    begun = answer(LEARNS[provider][1])
    server.default = lambda r: put if r.path.endswith("/files") else begun
    point(aichat, server, provider)
    line = ("tune", "create", "-m", "base", "--train", "a.jsonl", "-p", provider, "--yes")
    return aichat.invoke(*line, *words)


@pytest.mark.parametrize("provider", LEARNS)
def test_a_tuning_is_listed_and_waited_for(aichat: Program, provider: str) -> None:
    name, runs, done = LEARNS[provider]
    looks = [runs, runs, done, done]
    with Server() as server:
        begun = teach(aichat, server, provider)
        listed = aichat.invoke("jobs").text.splitlines()[1].split("\t")
        server.default = lambda _: answer(looks.pop(0))
        shown = json.loads(aichat.invoke("jobs", "show", "last", "--json").text)
        waited = aichat.invoke("jobs", "wait", name[:3])
        after = json.loads(aichat.invoke("jobs", "--json").text)["jobs"][0]
    assert begun.text == f"{name}\n" and listed[:4] == [name, provider, "tuning", "pending"]
    assert shown["state"] == "running" and waited.text == "ft:mine\n"
    assert (after["state"], after["model"], after["words"]) == ("done", "base", "a.jsonl")


def test_a_tuning_is_begun_once_while_it_goes_on(aichat: Program) -> None:
    with Server() as server:
        first, same = teach(aichat, server, "openai"), teach(aichat, server, "openai")
        count = [r.path for r in server.requests].count("/v1/fine_tuning/jobs")
        another = teach(aichat, server, "openai", "--again")
    assert first.text == same.text == another.text and count == 1
    assert "the same tuning is being made since" in same.stderr


def test_a_tuning_that_is_over_is_no_reason_not_to_begin_another(aichat: Program) -> None:
    with Server() as server:
        teach(aichat, server, "openai")
        over = answer(LEARNS["openai"][2])
        put = answer({"id": "file-1"})
        server.default = lambda r: put if r.path.endswith("/files") else over
        done = aichat.invoke(
            *("tune", "create", "-m", "base", "--train", "a.jsonl", "-p", "openai", "--yes")
        )
        begun = [r for r in server.requests if r.method == "POST" and "fine_tuning" in r.path]
    assert done.code == 0 and len(begun) == 2
    sums = Ledger(Store(aichat.data_dir, print)).totals().overall
    assert sums.units == 50


def test_a_look_at_a_tuning_is_remembered_among_the_jobs(aichat: Program) -> None:
    failed = {"id": "ftjob-1", "status": "failed", "error": {"message": "bad \x1b[31mfile"}}
    with Server() as server:
        teach(aichat, server, "openai")
        server.default = lambda r: answer(failed if "/jobs/ftjob-1" in r.path else {"data": []})
        aichat.invoke("tune", "show", "ftjob-1", "-p", "openai")
        waited = aichat.invoke("jobs", "wait", "last", **TERMINAL)
    (job,) = json.loads(aichat.invoke("jobs", "--json").text)["jobs"]
    assert job["state"] == "failed" and "bad" in job["why"]
    assert waited.code == 7 and "\x1b" not in waited.stderr.replace("\x1b[K", "")


def test_what_was_over_long_ago_is_forgotten_and_what_goes_on_is_not(aichat: Program) -> None:
    store, day = Store(aichat.data_dir, print), 86_400.0
    ages = {"done": 91, "failed": 89, "running": 400, "asking": 400}
    for state, age in ages.items():
        old = Job("xai", state, "video", "xai-video", created=1e9 - age * day, state=state)
        jobs.put(store, old)
    new = Job("xai", "new", "video", "xai-video", created=1e9)
    jobs.replace(store, new._replace(id="asking-new"), new)
    assert {job.id for job in jobs.list_all(store)} == {"failed", "running", "asking", "new"}
