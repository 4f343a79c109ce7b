"""``aichat image``: each provider's own request, whole files, one charge, and what goes wrong."""

import json
import os
import signal
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.billing.money import Cost
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from tests.commands.files.test_files import answer, form_of, point
from tests.support.answering.made import (
    CODED,
    PNG,
    bytes_reply,
    gemini_images,
    image_reply,
    openai_images,
    qwen_images,
    task,
    xai_images,
)
from tests.support.answering.server import (
    SSE,
    Callback,
    CloseEarly,
    Cut,
    Hold,
    Reply,
    SeenRequest,
    Server,
)
from tests.support.running.program import TERMINAL, Program, curl_body

#: Path and body of each, for the same words.
WISHES: Mapping[str, tuple[str, Any]] = {
    "openai": ("/v1/images/generations", {"model": "gpt-image-2.6-flare", "prompt": "a red fox"}),
    "xai": (
        "/v1/images/generations",
        {"model": "grok-imagine-image-2.0", "prompt": "a red fox", "response_format": "b64_json"},
    ),
    "gemini": (
        "/v1beta/models/gemini-nano-banana-2.1:generateContent",
        {
            "contents": [{"role": "user", "parts": [{"text": "a red fox"}]}],
            "generationConfig": {"responseModalities": ["IMAGE"]},
        },
    ),
    "qwen": (
        "/api/v1/services/aigc/multimodal-generation/generation",
        {
            "model": "qwen-image-3.0",
            "input": {"messages": [{"role": "user", "content": [{"text": "a red fox"}]}]},
            "parameters": {"n": 1},
        },
    ),
}


def draw(aichat: Program, server: Server, provider: str, *words: str, **outside: Any) -> Any:
    """One run of the command against the server, with a picture ``cat.png`` at hand."""
    point(aichat, server, provider)
    (aichat.home / "cat.png").write_bytes(PNG)
    return aichat.invoke("image", *words, "-p", provider, **outside)


@pytest.mark.parametrize("provider", WISHES)
def test_each_provider_has_its_own_request(aichat: Program, provider: str) -> None:
    path, body = WISHES[provider]
    with Server() as server:
        server.default = image_reply(server, provider)
        done = draw(aichat, server, provider, "a", "red", "fox")
        sent = server.requests[0]
        again = draw(aichat, server, provider, "a", "red", "fox")
        count = len(server.requests)
        dry = draw(aichat, server, provider, "a", "red", "fox", "--dry-run")
        assert len(server.requests) == count
    assert (sent.method, sent.path, sent.json()) == ("POST", path, body)
    assert (done.text, again.text) == ("a-red-fox-1.png\n", "a-red-fox-2.png\n")
    assert (aichat.home / "a-red-fox-1.png").read_bytes() == PNG
    assert curl_body(dry) == body and "k-secret" not in dry.text + done.text + done.stderr
    asked = [request for request in server.requests if request.method == "GET"]
    assert all("authorization" not in r.headers or provider == "qwen" for r in asked)


#: What each is sent where a picture is given, beside the words.
SHOWN = f"data:image/png;base64,{CODED}"
EDITS: Mapping[str, tuple[str, Any]] = {
    "xai": ("/v1/images/edits", lambda body: body["image"] == {"url": SHOWN}),
    "gemini": (
        WISHES["gemini"][0],
        lambda body: (
            body["contents"][0]["parts"]
            == [{"text": "a hat"}, {"inlineData": {"mimeType": "image/png", "data": CODED}}]
        ),
    ),
    "qwen": (
        WISHES["qwen"][0],
        lambda body: (
            body["input"]["messages"][0]["content"] == [{"image": SHOWN}, {"text": "a hat"}]
        ),
    ),
}


@pytest.mark.parametrize("provider", EDITS)
def test_a_picture_that_is_given_is_changed(aichat: Program, provider: str) -> None:
    path, is_right = EDITS[provider]
    with Server() as server:
        server.default = image_reply(server, provider)
        done = draw(aichat, server, provider, "a", "hat", "-f", "cat.png")
        assert server.requests[0].path == path and is_right(server.requests[0].json())
    assert done.code == 0


def test_openai_is_given_a_form_with_the_files_last(aichat: Program) -> None:
    (aichat.home / "mask.png").write_bytes(PNG)
    with Server(default=openai_images()) as server:
        draw(aichat, server, "openai", "hat", "-f", "cat.png", "--mask", "mask.png")
        draw(aichat, server, "openai", "hat", "-f", "cat.png", "-f", "mask.png")
        one, two = map(form_of, server.requests)
        dry = draw(aichat, server, "openai", "hat", "-f", "cat.png", "--dry-run").text
    assert f"-F 'image=@{aichat.home}/cat.png;type=image/png" in dry
    assert "boundary" not in dry  # curl makes its own
    words = [("model", "", b"gpt-image-2.6-flare"), ("prompt", "", b"hat")]
    assert one == [*words, ("image", "cat.png", PNG), ("mask", "mask.png", PNG)]
    assert two == [*words, ("image[]", "cat.png", PNG), ("image[]", "mask.png", PNG)]


def test_several_pictures_go_to_xai_in_a_list(aichat: Program) -> None:
    with Server(default=xai_images()) as server:
        draw(aichat, server, "xai", "a", "-f", "cat.png", "-f", "cat.png", "--ratio", "1:1")
        body = server.requests[0].json()
    assert body["images"] == [{"url": SHOWN}] * 2 and "image" not in body
    assert body["aspect_ratio"] == "1:1"


def test_a_picture_that_is_paid_for_is_fetched_again_where_a_link_breaks(aichat: Program) -> None:
    with Server() as server:
        whole, bad = qwen_images(server), [Reply(body=[Cut()])] * 2
        server.default = lambda r: bad.pop() if r.method == "GET" and bad else whole(r)
        done = draw(aichat, server, "qwen", "a")
        assert [r.method for r in server.requests].count("POST") == 1
        bad += [Reply(404, body=[b""], length=True)]
        gone = draw(aichat, server, "qwen", "a")
    assert done.text == "a-1.png\n" and aichat.waits == [1.0, 2.0]
    assert gone.code == 5 and f"{server.url}/result.png" in gone.stderr


def test_pictures_before_the_end_of_a_stream_are_kept(aichat: Program) -> None:
    error = b'event: error\ndata: {"type":"error","error":{"code":"x","message":"no more"}}\n\n'
    with Server(default=Reply(headers=SSE, body=[event("completed"), error])) as server:
        done = draw(aichat, server, "openai", "a", "-n", "2", "--partial", "0")
    assert (done.code, done.text) == (9, "a-1.png\n") and "no more" in done.stderr


def test_some_pictures_may_be_withheld(aichat: Program) -> None:
    held = {"url": "", "respect_moderation": False}
    with Server(default=xai_images({"b64_json": CODED}, held)) as server:
        done = draw(aichat, server, "xai", "a", "-n", "2", "--json")
    told = json.loads(done.text)
    assert done.code == 9 and len(told["files"]) == 1 and told["error"]["exit"] == 9


def test_variations_are_a_change_since_no_endpoint_makes_them(aichat: Program) -> None:
    with Server(default=xai_images()) as server:
        done = draw(aichat, server, "xai", "-f", "cat.png", "--variations")
        assert "variation" in server.requests[0].json()["prompt"]
    assert done.code == 0


def test_what_can_be_said_of_a_picture_is_said(aichat: Program) -> None:
    with Server(default=openai_images(CODED, CODED)) as server:
        words = ("--size", "1536x1024", "--quality", "high", "--background", "transparent")
        done = draw(aichat, server, "openai", "a", *words, "--format", "webp", "-n", "2")
        body = server.requests[0].json()
    assert body == {
        "model": "gpt-image-2.6-flare",
        "prompt": "a",
        "n": 2,
        "size": "1536x1024",
        "quality": "high",
        "background": "transparent",
        "output_format": "webp",
    }
    assert done.text == "a-1.png\na-2.png\n"  # what it is tells its bytes


def test_the_name_of_the_file_says_its_format(aichat: Program) -> None:
    with Server(default=openai_images()) as server:
        draw(aichat, server, "openai", "a", "-O", "a.webp")
        draw(aichat, server, "openai", "a", "-O", "b.jpg", "--format", "png")
        one, two = (request.json() for request in server.requests)
    assert (one["output_format"], two["output_format"]) == ("webp", "png")


def test_gemini_draws_one_at_a_time(aichat: Program) -> None:
    with Server(default=gemini_images()) as server:
        words = ("--ratio", "16:9", "--resolution", "2k", "--count", "3")
        done = draw(aichat, server, "gemini", "a", *words, "-O", "out.png")
        config = [r.json()["generationConfig"]["imageConfig"] for r in server.requests]
    assert config == [{"aspectRatio": "16:9", "imageSize": "2K"}] * 3
    assert done.text == "out-1.png\nout-2.png\nout-3.png\n"


def event(kind: str, **more: Any) -> bytes:
    """An event of OpenAI's stream."""
    data = {"type": f"image_generation.{kind}", "b64_json": CODED, "output_format": "png", **more}
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


STREAM = event("partial_image", partial_image_index=0) + event(
    "completed", usage={"input_tokens": 20, "output_tokens": 1056}
)


CUTS = [*range(1, len(STREAM), len(STREAM) // 50)]


@pytest.mark.parametrize(
    "at", [pytest.param(at, marks=[pytest.mark.long] * bool(n % 12)) for n, at in enumerate(CUTS)]
)
def test_previews_come_before_the_picture_wherever_the_stream_is_cut(
    aichat: Program, at: int
) -> None:
    with Server(default=Reply(headers=SSE, body=[STREAM[:at], STREAM[at:]])) as server:
        done = draw(aichat, server, "openai", "a", "--partial", "1")
        assert server.requests[0].json()["partial_images"] == 1
    assert done.text == "a-1.png\n" and [*aichat.home.glob("a-*")] == [aichat.home / "a-1.png"]


def test_a_stream_that_ends_after_a_preview_leaves_no_file(aichat: Program) -> None:
    cut = event("partial_image", partial_image_index=0)
    with Server(default=Reply(headers=SSE, body=[cut])) as server:
        done = draw(aichat, server, "openai", "a", "--partial", "1", "--retries", "2")
        assert len(server.requests) == 1
    assert done.code == 9 and "billed" in done.stderr and not [*aichat.home.glob("a-*")]


# -- what it costs


def spent(aichat: Program) -> Mapping[str | None, Any]:
    """The sums of the ledger, by currency."""
    return Ledger(Store(aichat.data_dir, print)).totals().money


#: What one picture costs, in billionths of a dollar, and whether we reckon that.
COSTS = {"openai": 31_780_000, "xai": 40_000_000, "gemini": 33_633_000}


@pytest.mark.parametrize("provider", COSTS)
def test_what_it_cost_is_told_and_added_up_by_kind(aichat: Program, provider: str) -> None:
    with Server() as server:
        server.default = image_reply(server, provider)
        told = json.loads(draw(aichat, server, provider, "a", "--json").text)
    cost = Cost(COSTS[provider])
    assert told["cost"]["amount"] == cost.amount / 10**9 and told["cost"]["currency"] == "USD"
    size = {"width": 1, "height": 1}
    file = {"path": "a-1.png", "mime": "image/png", "bytes": len(PNG), **size}
    assert told["files"] == [file] and told["error"] is None
    assert spent(aichat)["USD"].amount == cost.amount and spent(aichat)["USD"].units == 1
    (row,) = json.loads(aichat.invoke("cost", "--by", "kind", "--json").text)["rows"]
    assert (row["kind"], row["unit"], row["units"]) == ("image", "image", 1.0)
    shown = aichat.invoke("cost", "--by", "kind", **TERMINAL).text
    assert "image" in shown and "1 image" in shown


#: Provider, words, and whether so much may be spent: a cent.
BUDGETS = {
    "xai, known": ("xai", (), "$0.04"),
    "xai, larger": ("xai", ("--resolution", "2k"), "$0.06"),
    "openai, as large as it may be": ("openai", (), "$0.19"),
    "openai, several": ("openai", ("--quality", "low", "--size", "1024x1024", "-n", "3"), "$0.024"),
    "gemini": ("gemini", (), "$0.039"),
    "gemini, unknown": ("gemini", ("-m", "gemini-9-image"), "price"),
}


@pytest.mark.parametrize("case", BUDGETS.values(), ids=BUDGETS)
def test_what_is_too_dear_is_told_before_it_is_sent(
    aichat: Program, case: tuple[str, tuple[str, ...], str]
) -> None:
    provider, words, _ = case
    with Server() as server:
        done = draw(aichat, server, provider, "a", *words, "--max-cost", "0.01")
        assert not server.requests
    assert done.code == 11 and case[2] in done.stderr


# -- what cannot be

#: Provider, words, exit code, what is said: before anything is sent.
REFUSED: Mapping[str, tuple[str, tuple[str, ...], int, str]] = {
    "who does not": ("groq", ("a",), 5, "these do: openai, gemini, xai, qwen"),
    "a size": ("xai", ("a", "--size", "512x512"), 5, "use -p openai|qwen"),
    "a ratio": ("openai", ("a", "--ratio", "1:1"), 5, "use -p gemini|xai"),
    "a mask of nothing": ("openai", ("a", "--mask", "cat.png"), 5, "-f FILE"),
    "a mask": ("xai", ("a", "-f", "cat.png", "--mask", "cat.png"), 5, "use -p openai"),
    "no picture": ("xai", ("a", "-f", "a.pdf"), 5, "is no picture"),
    "nothing": ("xai", (), 2, "no words"),
    "variations of nothing": ("xai", ("--variations",), 2, "-f FILE"),
    "a count": ("xai", ("a", "-n", "0"), 2, "from 1 to 100"),
    "bytes of several": ("xai", ("a", "-n", "2", "-O", "-"), 2, "one picture"),
    "no folder": ("xai", ("a", "-O", "none/a.png"), 13, "nothing was sent"),
    "a file that is there": ("xai", ("a", "-O", "cat.png"), 2, "already exists"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_told_before_it_is_sent(
    aichat: Program, case: tuple[str, tuple[str, ...], int, str]
) -> None:
    provider, words, code, why = case
    with Server() as server:
        done = draw(aichat, server, provider, *words)
        assert not server.requests
    assert (done.code, why in " ".join(done.stderr.split())) == (code, True), done.stderr


def test_bytes_are_for_pipes(aichat: Program) -> None:
    with Server(default=xai_images()) as server:
        assert draw(aichat, server, "xai", "a", "-O", "-", **TERMINAL).code == 2
        assert not server.requests
        assert draw(aichat, server, "xai", "a", "-O", "-").stdout == PNG


def test_a_file_that_is_there_is_kept_unless_forced(aichat: Program) -> None:
    with Server(default=xai_images()) as server:
        (aichat.home / "old.png").write_bytes(b"old")
        done = draw(aichat, server, "xai", "a", "-O", "old.png", "--force")
    assert done.text == "old.png\n" and (aichat.home / "old.png").read_bytes() == PNG


#: An answer, and the exit code: nothing that is no picture is saved, nothing is sent twice.
HOSTILE: Mapping[str, tuple[str, Reply, int]] = {
    "nothing": ("xai", answer({}), 7),
    "wrong types": ("xai", answer({"data": {"b64_json": 1}, "usage": []}), 7),
    "no base64": ("xai", xai_images({"b64_json": "%%%"}), 7),
    "no picture": ("xai", xai_images({"b64_json": "aGVsbG8="}), 7),
    "a foreign address": ("xai", xai_images({"url": "http://169.254.169.254/x"}), 7),
    "a path": ("xai", xai_images({"url": "file:///etc/passwd"}), 7),
    "withheld by xAI": ("xai", xai_images({"url": "", "respect_moderation": False}), 10),
    "withheld by Gemini": ("gemini", gemini_images("IMAGE_SAFETY", text=""), 10),
    "withheld by OpenAI": (
        "openai",
        Reply(400, body=[b'{"error":{"code":"moderation_blocked","message":"no"}}'], length=True),
        10,
    ),
    "words only": ("gemini", gemini_images(text="I cannot"), 7),
    "a page": ("openai", bytes_reply(b"<html>login", "text/html"), 7),
    "nested": ("openai", bytes_reply(b"[" * 100_000, "application/json"), 7),
    "cut": ("openai", Reply(body=[b'{"data":[', CloseEarly()], length=900), 8),
    "a server's fault": ("openai", Reply(500, body=[b"{}"], length=True), 7),
    "reset": ("openai", Reply(body=[Cut()]), 8),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_a_bad_answer_is_one_fault_and_no_file(
    aichat: Program, case: tuple[str, Reply, int]
) -> None:
    provider, reply, code = case
    with Server(default=reply) as server:
        done = draw(aichat, server, provider, "a", "--retries", "2")
        assert len(server.requests) == 1
    assert done.code == code, done.stderr
    assert not done.text and not [*aichat.home.glob("a-*")]
    assert len(done.stderr.splitlines()) <= 2 and "\x1b" not in done.stderr


def test_a_model_that_is_gone_names_its_successor(aichat: Program) -> None:
    gone = Reply(
        404, body=[b'{"error":{"code":404,"status":"NOT_FOUND","message":"x"}}'], length=True
    )
    with Server(default=gone) as server:
        done = draw(aichat, server, "gemini", "a", "-m", "imagen-4.0-generate-001")
    assert done.code == 5 and "use gemini-nano-banana-2.1" in done.stderr


def test_a_limit_is_waited_for_and_asked_again(aichat: Program) -> None:
    busy = Reply(429, headers={"retry-after": "1"}, body=[b"{}"], length=True)
    with Server(busy, xai_images()) as server:
        done = draw(aichat, server, "xai", "a")
        assert len(server.requests) == 2
    assert done.code == 0 and spent(aichat)["USD"].requests == 1


def test_what_came_before_a_fault_is_kept_and_told(aichat: Program) -> None:
    with Server(gemini_images(), Reply(500, body=[b"{}"], length=True)) as server:
        done = draw(aichat, server, "gemini", "a", "-n", "3")
    assert (done.code, done.text) == (9, "a-1.png\n")
    assert "2 pictures of 3 did not come" in done.stderr


def test_a_model_that_draws_as_a_task_is_waited_for(aichat: Program) -> None:
    states = ["RUNNING", "SUCCEEDED", "SUCCEEDED"]

    def reply(request: SeenRequest) -> Reply:
        if request.method == "POST":
            return answer(task("PENDING"))
        if "tasks" not in request.path:
            return bytes_reply(PNG, "image/png")
        results = [{"url": f"{server.url}/{n}.png"} for n in (1, 2)]
        return answer(task(states.pop(0), results=results))

    with Server(default=reply) as server:
        words = ("a", "-n", "2", "-m", "wan2.5-t2i-preview")
        done = draw(aichat, server, "qwen", *words)
        again = aichat.invoke("jobs", "wait", "last", "-O", "out/")
        (aichat.home / "out").mkdir()
        once_more = aichat.invoke("jobs", "wait", "last", "-O", "out/")
        begun = [request for request in server.requests if request.method == "POST"]
        assert len(begun) == 1 and begun[0].headers["x-dashscope-async"] == "enable"
    assert done.text == "a-1.png\na-2.png\n" and (aichat.home / "a-2.png").read_bytes() == PNG
    assert again.code == 13 and once_more.text == "out/a-1.png\nout/a-2.png\n"
    assert spent(aichat)[None].units == 2 and spent(aichat)[None].requests == 1


def test_a_task_draws_from_words_only_and_into_files(aichat: Program) -> None:
    with Server() as server:
        model = ("-m", "wan2.5-t2i-preview")
        assert draw(aichat, server, "qwen", "a", *model, "-f", "cat.png").code == 5
        assert draw(aichat, server, "qwen", "a", *model, "-O", "-").code == 2
        assert not server.requests


@pytest.mark.parametrize("provider", ["openai", "xai", "gemini"])
def test_a_picture_at_an_address_is_changed(aichat: Program, provider: str) -> None:
    with Server() as server:
        made = image_reply(server, provider)
        shown = bytes_reply(PNG, "image/png")
        server.default = lambda r: shown if r.method == "GET" else made  # type: ignore[assignment, return-value]
        words = ("a", "hat", "-f", f"{server.url}/cat.png")
        refused = draw(aichat, server, provider, *words)
        done = draw(aichat, server, provider, *words, "--allow-local")
        sent = server.requests[-1]
    assert refused.code == 2 and "--allow-local" in refused.stderr
    assert done.code == 0 and (PNG in sent.body or CODED.encode() in sent.body)


@pytest.mark.parametrize("line", ["image a fox -p openai", "video a fox -p xai"])
def test_whoever_stops_it_is_told_that_it_may_be_billed(aichat: Program, line: str) -> None:
    asked, gone = threading.Event(), threading.Event()
    with Server(default=Reply(body=[Callback(asked.set), Hold(gone)], length=9)) as server:
        point(point(aichat, server, "openai"), server, "xai")
        running = aichat.start(*line.split())
        assert asked.wait(60)
        os.kill(running.pid, signal.SIGINT)
        _, said = running.communicate()
        gone.set()
        assert len(server.requests) == 1
    assert running.returncode == -signal.SIGINT and b"it may have been made and billed" in said


def test_a_picture_whose_run_was_killed_is_not_asked_for_again(aichat: Program) -> None:
    asked, gone = threading.Event(), threading.Event()
    held = Reply(body=[Callback(asked.set), Hold(gone)], length=9)
    line = ["image", "a", "fox", "-p", "openai"]
    with Server(default=held) as server:
        point(aichat, server, "openai")
        running = aichat.start(*line)
        assert asked.wait(60)
        server.default = openai_images()
        other = aichat.invoke(*line)  # both at once are meant
        running.kill()
        running.wait()
        gone.set()
        refused, another = aichat.invoke(*line), aichat.invoke(*line, "-n", "2")
        again, once_more = aichat.invoke(*line, "--again"), aichat.invoke(*line)
        assert len(server.requests) == 5
    assert other.code == again.code == once_more.code == 0 and another.code != 2
    assert (refused.code, refused.text) == (9, "") and "billed" in refused.stderr
    assert "--again" in refused.stderr and not [*aichat.cache_dir.glob("aichat/begun/*")]
