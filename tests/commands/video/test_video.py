"""``aichat video``: each provider's own request, followed to its end, one charge, a whole file."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.text.clock import Clock
from aichat.disk.history import jobs
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from tests.commands.files.test_files import answer, point
from tests.support.answering.made import (
    JOB_IDS,
    MP4,
    PNG,
    VideoProvider,
    bytes_reply,
    interaction,
    task,
)
from tests.support.answering.server import CloseEarly, Cut, Reply, SeenRequest, Server
from tests.support.running.peak import peak_memory
from tests.support.running.program import Program, Result, curl_body

TEXT: Mapping[str, Any] = {"prompt": "a cat"}

#: Path and body of each, for the same words.
WISHES: Mapping[str, tuple[str, Any]] = {
    "xai": (
        "/v1/videos/generations",
        {
            "model": "grok-imagine-video-1.5",
            "prompt": "a cat",
            "duration": 5,
            "aspect_ratio": "16:9",
            "resolution": "720p",
        },
    ),
    "gemini": (
        "/v1beta/interactions",
        {
            "model": "gemini-omni-1.2-flash",
            "input": "a cat",
            "background": True,
            "response_format": [
                {
                    "type": "video",
                    "aspect_ratio": "16:9",
                    "duration": "5s",
                    "resolution": "720p",
                    "delivery": "uri",
                }
            ],
            "generation_config": {"video_config": {"task": "text_to_video"}},
        },
    ),
    "qwen": (
        "/api/v1/services/aigc/video-generation/video-synthesis",
        {
            "model": "wan2.7-t2v",
            "input": TEXT,
            "parameters": {"resolution": "720P", "ratio": "16:9", "duration": 5},
        },
    ),
}
WISH = ("a", "cat", "--seconds", "5", "--ratio", "16:9", "--resolution", "720p")


def film(aichat: Program, server: Server, provider: str, *words: str, **outside: Any) -> Result:
    """One run of the command against the server, with a picture ``cat.png`` at hand."""
    point(aichat, server, provider)
    (aichat.home / "cat.png").write_bytes(PNG)
    return aichat.invoke("video", *words, "-p", provider, **outside)


def posts(server: Server) -> list[SeenRequest]:
    """The requests that cost something."""
    return [request for request in server.requests if request.method == "POST"]


@pytest.mark.parametrize("provider", WISHES)
def test_each_provider_has_its_own_request(aichat: Program, provider: str) -> None:
    path, body = WISHES[provider]
    with Server() as server:
        VideoProvider(server, provider)
        done = film(aichat, server, provider, *WISH)
        dry = film(aichat, server, provider, *WISH, "--dry-run")
        sent, *looks, fetched = server.requests
    assert (sent.method, sent.path, sent.json()) == ("POST", path, body)
    assert done.text == "a-cat-1.mp4\n" and (aichat.home / "a-cat-1.mp4").read_bytes() == MP4
    assert len(looks) == 3 and aichat.waits == [1.0, 1.1]
    assert JOB_IDS[provider] in looks[0].path and fetched.path.endswith(
        "film.mp4?alt=media" if provider == "gemini" else "film.mp4"
    )
    assert curl_body(dry) == body and "k-secret" not in dry.text + done.text + done.stderr
    assert ("x-dashscope-async" in sent.headers) == (provider == "qwen")


#: What each is sent where pictures are given: as its body has it.
SHOWN = "data:image/png;base64,"
PICTURES: Mapping[str, Any] = {
    "xai": lambda body: body["image"]["url"].startswith(SHOWN) and "last_frame" in body,
    "gemini": lambda body: (
        body["input"][0]["content"][1]["mime_type"] == "image/png"
        and body["generation_config"]["video_config"]["task"] == "image_to_video"
    ),
    "qwen": lambda body: (
        [each["type"] for each in body["input"]["media"]] == ["first_frame", "last_frame"]
        and body["model"] == "wan2.7-i2v"
    ),
}


@pytest.mark.parametrize("provider", PICTURES)
def test_a_picture_is_how_it_begins(aichat: Program, provider: str) -> None:
    last = () if provider == "gemini" else ("--last", "cat.png")
    with Server() as server:
        VideoProvider(server, provider, looks=0)
        done = film(aichat, server, provider, "a", "-f", "cat.png", *last)
        assert PICTURES[provider](server.requests[0].json())
    assert done.code == 0


def test_an_older_model_is_told_pixels(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "qwen", looks=0)
        film(aichat, server, "qwen", *WISH, "-m", "wan2.5-t2v-preview")
        film(aichat, server, "qwen", "a", "-m", "wan2.5-i2v-preview", "-f", "cat.png")
        one, two = (request.json() for request in posts(server))
    assert one["parameters"] == {"duration": 5, "size": "1280*720"}
    assert two["input"]["img_url"].startswith(SHOWN) and two["parameters"] == {}


def test_a_video_is_changed_or_gone_on_with(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "xai", looks=0)
        film(aichat, server, "xai", "rain", "-f", "a.mp4")
        film(aichat, server, "xai", "it", "jumps", "--extend", "last", "--seconds", "3")
        edit, longer = posts(server)
        address = f"{server.url}/film.mp4"
    assert edit.path == "/v1/videos/edits" and "data:video/mp4" in edit.json()["video"]["url"]
    assert longer.path == "/v1/videos/extensions"
    assert longer.json()["video"] == {"url": address} and longer.json()["duration"] == 3


def test_gemini_goes_on_with_an_interaction(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "gemini", looks=0)
        film(aichat, server, "gemini", "rain")
        film(aichat, server, "gemini", "it", "jumps", "--extend", "last")
        body = posts(server)[1].json()
    assert body["previous_interaction_id"] == "int-1"
    assert body["generation_config"]["video_config"]["task"] == "extend"


def test_more_pictures_are_what_it_shows(aichat: Program) -> None:
    shown = ("-f", "cat.png", "-f", "cat.png", "-f", "cat.png")
    with Server() as server:
        VideoProvider(server, "xai", looks=0)
        film(aichat, server, "xai", "a", *shown, "--audio")
        VideoProvider(server, "gemini", looks=0)
        film(aichat, server, "gemini", "a", *shown)
        VideoProvider(server, "qwen", looks=0)
        film(aichat, server, "qwen", "a", *shown, "--silent")
        xai, gemini, qwen = (request.json() for request in posts(server))
    assert len(xai["reference_images"]) == 2 and xai["generate_audio"] is True
    assert gemini["generation_config"]["video_config"]["task"] == "reference_to_video"
    assert len(gemini["input"][0]["content"]) == 4
    kinds = ["first_frame", "reference_image", "reference_image"]
    assert [each["type"] for each in qwen["input"]["media"]] == kinds
    assert qwen["parameters"] == {"audio": False}


def test_gemini_looks_at_a_video_that_was_uploaded(aichat: Program) -> None:
    uri = "https://generativelanguage.googleapis.com/v1beta/files/f1"
    about = {"name": "files/f1", "uri": uri, "mimeType": "video/mp4", "state": "ACTIVE"}
    with Server() as server:
        whole = VideoProvider(server, "gemini", looks=0).reply
        there = answer({"file": about}, **{"x-goog-upload-url": "/upload/v1beta/files?upload_id=1"})
        server.default = lambda request: there if "/upload/" in request.path else whole(request)
        film(aichat, server, "gemini", "in", "rain", "-f", "a.mp4")
        body = posts(server)[-1].json()
    content = [
        {"type": "text", "text": "in rain"},
        {"type": "video", "uri": uri, "mime_type": "video/mp4"},
    ]
    assert body["input"] == [{"type": "user_input", "content": content}]
    assert body["generation_config"]["video_config"]["task"] == "edit"


def test_qwen_finds_a_video_in_its_own_store(aichat: Program) -> None:
    with Server() as server:
        names = ("policy", "signature", "upload_dir", "oss_access_key_id")
        names += ("x_oss_object_acl", "x_oss_forbid_overwrite")
        policy = answer({"data": {**dict.fromkeys(names, "x"), "upload_host": f"{server.url}/oss"}})
        whole = VideoProvider(server, "qwen", looks=0).reply
        ours = {"/api/v1/uploads": policy, "/oss": Reply(body=[], length=True)}
        server.default = lambda request: ours.get(request.path.partition("?")[0]) or whole(request)
        film(aichat, server, "qwen", "on", "and", "on", "--extend", "a.mp4")
        sent = posts(server)[-1]
    assert sent.json()["input"]["media"] == [{"type": "first_clip", "url": "oss://x/a.mp4"}]
    assert sent.headers["x-dashscope-ossresourceresolve"] == "enable"


# -- what it costs


def spent(aichat: Program) -> Any:
    """The sums of the ledger."""
    return Ledger(Store(aichat.data_dir, print)).totals()


#: What it cost, in dollars, and the seconds that are counted; Qwen's price here is not known.
COSTS = {"xai": (0.84, 6), "gemini": (0.060015, 5), "qwen": (None, 5)}


@pytest.mark.parametrize("provider", COSTS)
def test_what_it_cost_is_told_and_counted_once(aichat: Program, provider: str) -> None:
    amount, seconds = COSTS[provider]
    with Server() as server:
        VideoProvider(server, provider)
        told = json.loads(film(aichat, server, provider, *WISH, "--json").text)
        again = aichat.invoke("jobs", "wait", "last")
        shown = aichat.invoke("jobs", "show", "last", "--json")
    assert told["cost"]["amount"] == amount and told["job"] == JOB_IDS[provider]
    file = {"path": "a-cat-1.mp4", "mime": "video/mp4", "bytes": len(MP4), "seconds": seconds}
    assert told["files"] == [file] and again.text == "a-cat-2.mp4\n"
    assert json.loads(shown.text)["cost"]["amount"] == amount
    sums = spent(aichat).overall
    assert (sums.requests, sums.units) == (1, seconds)


def test_qwens_price_is_that_of_its_place_and_resolution(aichat: Program) -> None:
    aichat.write_config('[providers.qwen]\nregion = "intl"\n')
    with Server() as server:
        VideoProvider(server, "qwen")
        told = json.loads(film(aichat, server, "qwen", *WISH, "--json").text)
    assert told["cost"]["amount"] == 0.43  # 5 seconds of 720p


#: Words, and what is said of the price.
BUDGETS = {
    "so many seconds": (("--seconds", "6", "--resolution", "480p"), "$0.48 for 6 s of video"),
    "as long as it may be": ((), "$3.75 for up to 15 s of video"),
    "unknown": (("-m", "grok-imagine-video-9"), "price"),
}


@pytest.mark.parametrize("case", BUDGETS.values(), ids=BUDGETS)
def test_what_is_too_dear_is_told_before_it_is_sent(
    aichat: Program, case: tuple[tuple[str, ...], str]
) -> None:
    with Server() as server:
        done = film(aichat, server, "xai", "a", *case[0], "--max-cost", "0.1")
        assert not server.requests
    assert done.code == 11 and case[1] in done.stderr


# -- how it ends otherwise

#: What the provider says at last, the exit code, and a part of what is said.
ENDS: Mapping[str, tuple[str, Mapping[str, Any], int, str]] = {
    "xai failed": (
        "xai",
        {"status": "failed", "error": {"code": "x", "message": "no GPU"}},
        7,
        "no GPU",
    ),
    "xai expired": ("xai", {"status": "expired"}, 5, "expired"),
    "xai withheld": (
        "xai",
        {"status": "done", "video": {"url": "", "respect_moderation": False}},
        10,
        "moderation",
    ),
    "xai without a video": ("xai", {"status": "done", "video": []}, 7, "no result"),
    "xai elsewhere": (
        "xai",
        {"status": "done", "video": {"url": "http://169.254.169.254/latest/film.mp4"}},
        7,
        "foreign address",
    ),
    "gemini failed": ("gemini", {**interaction("failed"), "errors": [{"message": "x"}]}, 7, "x"),
    "gemini cancelled": ("gemini", interaction("cancelled"), 9, "cancelled"),
    "gemini without a video": ("gemini", interaction("completed"), 10, "region"),
    "gemini of no known state": ("gemini", interaction("new_state"), 5, "no such job"),
    "qwen failed": ("qwen", task("FAILED", code="InternalError", message="busy"), 7, "busy"),
    "qwen withheld": ("qwen", task("FAILED", code="DataInspectionFailed"), 10, "Inspection"),
    "qwen cancelled": ("qwen", task("CANCELED"), 9, "cancelled"),
    "qwen unknown": ("qwen", task("UNKNOWN"), 5, "no such job"),
    "qwen wrong types": ("qwen", {"output": [1], "usage": "x"}, 5, "no such job"),
}


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS)
def test_an_end_without_a_video_is_one_fault_and_no_file(
    aichat: Program, case: tuple[str, Mapping[str, Any], int, str]
) -> None:
    provider, ended, code, why = case
    with Server() as server:
        VideoProvider(server, provider, ended=ended)
        done = film(aichat, server, provider, "a", "cat")
        assert len(posts(server)) == 1
    assert done.code == code and why in done.stderr and not done.text
    assert not [*aichat.home.glob("a-cat*")] and "\x1b" not in done.stderr


#: The answer to the request that begins it, the exit code, and whether it may have been billed.
BEGINNINGS: Mapping[str, tuple[Reply, int, bool]] = {
    "turned down": (Reply(400, body=[b'{"error":"bad prompt"}'], length=True), 5, False),
    "no id": (answer({"output": 1}), 7, True),
    "a page": (bytes_reply(b"<html>", "text/html"), 7, True),
    "a server's fault": (Reply(502, body=[b"{}"], length=True), 7, True),
    "reset": (Reply(body=[Cut()]), 8, True),
}


@pytest.mark.parametrize("case", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_beginning_that_fails_is_sent_once(
    aichat: Program, case: tuple[Reply, int, bool]
) -> None:
    reply, code, billed = case
    with Server(default=reply) as server:
        done = film(aichat, server, "xai", "a", "--retries", "3")
        assert len(server.requests) == 1
    assert done.code == code and ("billed" in done.stderr) == billed
    kept = jobs.list_all(Store(aichat.data_dir, print))
    assert [job.state for job in kept] == ["unknown"] * billed


def test_a_link_that_breaks_while_it_is_waited_for_costs_nothing(aichat: Program) -> None:
    with Server() as server:
        provider = VideoProvider(server, "xai")
        bad = [Reply(503, body=[b""], length=True), Reply(body=[Cut()])] * 3
        whole = provider.reply
        server.default = lambda request: (
            bad.pop() if request.method == "GET" and bad else whole(request)
        )
        done = film(aichat, server, "xai", "a")
        assert len(posts(server)) == 1
    assert done.code == 0


def test_a_hint_of_the_server_is_heeded(aichat: Program) -> None:
    with Server() as server:
        whole = VideoProvider(server, "qwen").reply
        server.default = lambda request: (
            answer(task("RUNNING"), **{"retry-after": "7"})
            if request.method == "GET" and len(server.requests) < 4
            else whole(request)
        )
        film(aichat, server, "qwen", "a")
    assert aichat.waits[:2] == [7.0, 7.0]


def test_who_looks_elsewhere_is_told_of_the_end(aichat: Program) -> None:
    now = iter(range(0, 10**6, 5))
    clock = Clock(lambda: 1e9, lambda: float(next(now)), lambda _: None, lambda: 0.5)
    term = {"TERM": "xterm-256color"}
    outside: dict[str, Any] = {"stdout_tty": True, "clock": clock, "environ": term}
    with Server() as server:
        VideoProvider(server, "xai")
        done = film(aichat, server, "xai", "a", **outside)
        aichat.write_config("[ui]\nnotify = 0\n")
        VideoProvider(server, "xai")
        quiet = film(aichat, server, "xai", "a", **outside)
    assert "\a" in done.text and "\a" not in quiet.text


def test_it_is_not_waited_for_where_it_is_said_so(aichat: Program) -> None:
    with Server() as server:
        VideoProvider(server, "xai")
        done = film(aichat, server, "xai", "a", "--no-wait", "-O", "film.mp4")
        again = film(aichat, server, "xai", "a", "--no-wait")
        assert len(server.requests) == 1
        assert film(aichat, server, "xai", "a", "--no-wait", "--again").code == 0
        assert len(posts(server)) == 2
        waited = aichat.invoke("jobs", "wait", "vid-1")
        told = json.loads(film(aichat, server, "xai", "b", "--no-wait", "--json").text)
    assert (told["job"], told["files"]) == ("vid-1", [])
    assert done.text == again.text == "vid-1\n" and "aichat jobs wait vid-1" in done.stderr
    assert "--again" in again.stderr and waited.text == "a-1.mp4\n"


# -- the download

LARGE = MP4 + bytes(range(256)) * 4096


def test_a_download_that_breaks_is_gone_on_with(aichat: Program) -> None:
    seen: list[str] = []

    def reply(request: SeenRequest) -> Reply:
        seen.append(request.headers.get("range", ""))
        start = int(seen[-1].removeprefix("bytes=").rstrip("-") or 0)
        headers = {"content-type": "video/mp4", "etag": '"1"'}
        rest = LARGE[start:]
        if len(seen) < 4:
            return Reply(206 if start else 200, headers, [rest[:300_000], Cut()], len(rest))
        return Reply(206, headers, [rest], length=True)

    with Server() as server:
        VideoProvider(server, "xai", looks=0).film = reply
        done = film(aichat, server, "xai", "a")
    assert done.text == "a-1.mp4\n" and (aichat.home / "a-1.mp4").read_bytes() == LARGE
    assert seen[0] == "" and all(seen[1:])


def test_a_server_that_cannot_go_on_begins_anew(aichat: Program) -> None:
    replies = [
        Reply(200, {"content-type": "video/mp4"}, [LARGE[:300_000], Cut()], len(LARGE)),
        bytes_reply(LARGE, "video/mp4"),
    ]
    with Server() as server:
        VideoProvider(server, "xai", looks=0).film = lambda _: replies.pop(0)
        film(aichat, server, "xai", "a")
    assert (aichat.home / "a-1.mp4").read_bytes() == LARGE


@pytest.mark.parametrize("size", [12 << 20, pytest.param(500 << 20, marks=pytest.mark.long)])
def test_a_long_video_that_breaks_in_the_middle_costs_no_memory(aichat: Program, size: int) -> None:
    piece = bytes(1 << 20)

    def reply(request: SeenRequest) -> Reply:
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        whole, rest = divmod(size - start, len(piece))
        pieces = [*[piece] * whole, piece[:rest]]
        headers = {"content-type": "video/mp4", "etag": '"1"'}
        if start:
            return Reply(206, headers, pieces, length=True)
        first = MP4 + piece[len(MP4) :]
        return Reply(200, headers, [first, *pieces[: whole // 2], Cut()], length=size)

    with Server() as server:
        VideoProvider(server, "xai", looks=0).film = reply
        most = peak_memory(point(aichat, server, "xai"), "video", "a", "-p", "xai")
    assert (aichat.home / "a-1.mp4").stat().st_size == size
    assert most < 40  # MB


#: What whoever fetches the film gets, and the exit code: nothing is left of it.
DOWNLOADS: Mapping[str, tuple[Reply, int]] = {
    "a page": (bytes_reply(b"<html>sign in</html>", "text/html"), 7),
    "nothing": (bytes_reply(b"", "video/mp4"), 7),
    "gone": (Reply(404, body=[b""], length=True), 5),
    "to a stranger": (Reply(302, {"location": "http://10.0.0.1/x"}, [b""], length=True), 7),
    "round and round": (Reply(302, {"location": "film.mp4"}, [b""], length=True), 7),
    "cut for ever": (
        Reply(200, {"content-type": "video/mp4"}, [MP4, CloseEarly()], length=10**6),
        8,
    ),
}


@pytest.mark.parametrize("case", DOWNLOADS.values(), ids=DOWNLOADS)
def test_a_bad_download_leaves_nothing_and_the_job(
    aichat: Program, case: tuple[Reply, int]
) -> None:
    reply, code = case
    with Server() as server:
        VideoProvider(server, "xai", looks=0).film = lambda _: reply
        done = film(aichat, server, "xai", "a")
    assert done.code == code and "jobs wait vid-1" in done.stderr
    assert not [*aichat.home.glob("*a-*")] and spent(aichat).overall.requests == 1


def test_a_redirect_within_the_provider_is_followed(aichat: Program) -> None:
    with Server() as server:
        move = Reply(302, {"location": "/other/film.mp4"}, [b""], length=True)
        VideoProvider(server, "xai", looks=0).film = lambda request: (
            bytes_reply(MP4, "video/mp4") if "other" in request.path else move
        )
        assert film(aichat, server, "xai", "a").text == "a-1.mp4\n"


#: Provider, words, exit code, what is said: before anything is sent.
REFUSED: Mapping[str, tuple[str, tuple[str, ...], int, str]] = {
    "who does not": ("openai", ("a",), 5, "these do: gemini, xai, qwen"),
    "a resolution": ("gemini", ("a", "--resolution", "480p"), 5, "it makes: 360p"),
    "a length": ("gemini", ("a", "--seconds", "60"), 5, "3 to 10 seconds"),
    "a seed": ("xai", ("a", "--seed", "1"), 5, "use -p qwen"),
    "a last picture": ("gemini", ("a", "--last", "cat.png"), 5, "use -p xai|qwen"),
    "nothing": ("xai", (), 2, "no words"),
    "both": ("xai", ("a", "--audio", "--silent"), 2, "cannot be combined"),
    "bytes": ("xai", ("a", "-O", "-"), 2, "--output FILE"),
    "no folder": ("xai", ("a", "-O", "none/a.mp4"), 13, "nothing was sent"),
    "a file that is there": ("xai", ("a", "-O", "a.mp4"), 2, "already exists"),
    "no job": ("xai", ("a", "--extend", "nobody"), 2, "nobody"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_told_before_it_is_sent(
    aichat: Program, case: tuple[str, tuple[str, ...], int, str]
) -> None:
    provider, words, code, why = case
    with Server() as server:
        done = film(aichat, server, provider, *words)
        assert not server.requests
    assert (done.code, why in " ".join(done.stderr.split())) == (code, True), done.stderr
