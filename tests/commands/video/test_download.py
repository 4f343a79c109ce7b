"""A film that is fetched in more than one run: what came of it is never fetched twice."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.files.test_files import point
from tests.commands.video.test_video import LARGE, film, spent
from tests.support.answering.made import VideoProvider, bytes_reply
from tests.support.answering.server import Callback, CloseEarly, Hold, Reply, SeenRequest, Server
from tests.support.running.program import Program


class HalfFilm:
    """A film whose first half comes before the link hangs; whoever asks for the rest gets it."""

    def __init__(self, tag: str = '"1"') -> None:
        self.came, self.gone, self.asked = threading.Event(), threading.Event(), list[str]()
        self._tag = tag

    def reply(self, request: SeenRequest) -> Reply:
        self.asked.append(request.headers.get("range", ""))
        headers = {"content-type": "video/mp4", **({"etag": self._tag} if self._tag else {})}
        if len(self.asked) == 1:
            body = [LARGE[:300_000], Callback(self.came.set), Hold(self.gone)]
            return Reply(200, headers, body, len(LARGE))
        start = int(self.asked[-1][6:-1]) if self.asked[-1] else 0
        return Reply(206 if start else 200, headers, [LARGE[start:]], length=True)


@pytest.mark.parametrize(
    ("killer", "output"), [(signal.SIGKILL, "film.mp4"), (signal.SIGINT, None)]
)
def test_a_download_is_gone_on_with_by_the_next_run(
    aichat: Program, killer: signal.Signals, output: str | None
) -> None:
    half, place = HalfFilm(), ("-O", output) if output else ()
    with Server() as server:
        VideoProvider(server, "xai", looks=0).film = half.reply
        point(aichat, server, "xai")
        running = aichat.start("video", "a", "-p", "xai", *place)
        assert half.came.wait(60)
        (part,) = _wait_for_part(aichat)
        os.kill(running.pid, killer)
        _, said = running.communicate()
        half.gone.set()
        there = part.stat().st_size
        done = aichat.invoke("jobs", "wait", "last")
    name = output or "vid-1-1.mp4" if killer == signal.SIGKILL else "a-1.mp4"
    assert (running.returncode, done.text) == (-killer, f"{name}\n")
    assert (aichat.home / name).read_bytes() == LARGE and half.asked == ["", f"bytes={there}-"]
    assert killer == signal.SIGKILL or b"the rest does with: aichat jobs wait vid-1" in said
    assert not [*aichat.home.glob("*.partial")] and spent(aichat).overall.requests == 1


def _wait_for_part(aichat: Program) -> list[Path]:
    """The file that what comes lies in, once there is something in it."""
    while True:
        found = [path for path in aichat.home.glob("*.partial") if path.stat().st_size]
        if found:
            return found
        time.sleep(0.01)


@pytest.mark.parametrize("change", ["another version", "no version", "a file of the user's"])
def test_what_may_be_of_something_else_is_not_gone_on_with(aichat: Program, change: str) -> None:
    users = aichat.home / "film.mp4.partial"
    with Server() as server:
        provider = VideoProvider(server, "xai", looks=0)
        headers = {"content-type": "video/mp4", "etag": '"1"'}
        cut = Reply(200, headers, [LARGE[:300_000], CloseEarly()], length=len(LARGE))
        if change == "no version":
            cut = replace(cut, headers={"content-type": "video/mp4"})
        provider.film = lambda r: Reply(500, body=[b""]) if r.headers.get("range") else cut
        if change == "a file of the user's":
            users.write_bytes(b"mine")
        film(aichat, server, "xai", "a", "-O", "film.mp4")
        provider.film = lambda _: bytes_reply(LARGE, "video/mp4")
        done = aichat.invoke("jobs", "wait", "last")
    assert done.code == 0 and (aichat.home / "film.mp4").read_bytes() == LARGE
    assert users.exists() == (change == "a file of the user's")
