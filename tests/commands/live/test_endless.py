"""Servers that never come to an end: whatever they say meanwhile, nobody waits for ever."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.commands.live.test_live import DeafServer
from tests.commands.live.test_recordings import record
from tests.support.answering.live import KEY, STYLES, LiveServer
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl

PING = {"type": "ping", "timestamp": 1}
UPDATE = {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}}
HELLO = ("ask", "--live", "--timeout", "0.3", "--retries", "0", "hello")
WAYS = "aichat.app.exchange.live.session"


def endless(frame: Any) -> Iterator[Any]:
    """The same again and again, until the client has gone."""
    while True:
        yield frame
        time.sleep(0.005)


def hold(aichat: Program, server: LiveServer, *words: str) -> Any:
    return server.point(aichat).invoke(*words, "-p", server.provider)


@pytest.mark.parametrize("before", [0, 1])
def test_a_session_that_is_never_opened_is_waited_for_so_long(aichat: Program, before: int) -> None:
    with LiveServer("openai") as server:
        greeting = [*STYLES["openai"].greeting[:before], *([PING] * 3)]
        server.style = server.style._replace(greeting=chained(greeting, endless(PING)))
        done = hold(aichat, server, *HELLO)
    assert done.code == 8 and "no first byte within 0.3 s" in " ".join(done.stderr.split())


def chained(*parts: Any) -> Any:
    return (frame for part in parts for frame in part)


class CountedPatience:
    """One that ends after so many looks at it since the last step, however long these take."""

    def __init__(self, seconds: float) -> None:
        self.renew(seconds)

    def renew(self, _: float) -> None:
        self._looks = 50

    @property
    def seconds(self) -> float:
        self._looks -= 1
        return 60.0 if self._looks > 0 else 0.0


def test_an_answer_is_not_awaited_for_what_only_keeps_the_connection(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{WAYS}.Patience", CountedPatience)
    begun = STYLES["openai"].answer("part of it")[:3]
    with LiveServer("openai", chained(begun, endless(PING))) as server:
        done = hold(aichat, server, "ask", "--live", "--timeout", "60", "hello")
    assert (done.text, done.code) == ("part of it\n", 9) and "no data for 60 s" in done.stderr


def test_what_follows_an_answer_is_not_awaited_for_ever(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{WAYS}._WORDS_SECONDS", 0.2)
    taken = {"type": "input_audio_buffer.committed", "item_id": "item_1"}
    answer = [taken, *STYLES["openai"].answer("Hi")]
    with LiveServer("openai", chained(answer, endless(PING))) as server:
        done = hold(aichat, server, "live", "--input", record(aichat))
    assert (done.text, done.code) == ("Hi\n", 0)
    with LiveServer("gemini", chained(STYLES["gemini"].answer("Ho", ""), endless(UPDATE))) as again:
        done = hold(aichat, again, "live", "hello")
    assert (done.text, done.code) == ("Ho\n", 0)


def test_an_answer_that_goes_on_though_it_was_ended_is_left(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{WAYS}._CANCEL_SECONDS", 0.1)
    begun, word = STYLES["openai"].answer("part of it")[:2], STYLES["openai"].answer("tick ")[2]
    script = chained(begun, endless(word)), STYLES["openai"].answer("The end")
    with LiveServer("openai", *script) as server:
        chat = Repl(server.point(aichat), "live", "-p", "openai")
        try:
            chat.wait_for_prompt()
            chat.send_line("first").wait_until("tick")
            chat.press("ctrl-c").wait_for_prompt()
            chat.send_line("second").wait_until("The end")
        finally:
            chat.close()
    assert len(server.frames) == 2


class LingeringServer(DeafServer):
    """A server that says goodbye, or what no WebSocket says, and keeps the connection."""

    def __init__(self, last: bytes) -> None:
        self._last, self.was_left = last, threading.Event()

    def _hold(self) -> None:
        super()._hold()
        self._link.settimeout(60)
        said = ""
        try:
            while "response.create" not in said:
                self._protocol.receive_data(self._link.recv(1 << 16))
                said += str(self._protocol.events_received())
            self._link.sendall(self._last)
            while self._link.recv(1 << 16):
                pass
            self.was_left.set()
        except OSError:
            pass


LAST = {
    "a goodbye": (b"\x88\x02\x03\xe8", 9, "closed the connection (1000)"),
    "a goodbye without a number": (b"\x88\x00", 9, "closed the connection (1005)"),
    "a kind of frame that there is none of": (b"\x85\x00", 7, "no WebSocket sends"),
}


@pytest.mark.parametrize("name", LAST)
def test_a_connection_that_its_server_keeps_is_left(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for what, seconds in (("_PING", 600.0), ("_CLOSE", 0.1), ("_LOOK", 0.05)):
        monkeypatch.setattr(f"aichat.net.transport.websocket.{what}_SECONDS", seconds)
    last, code, said = LAST[name]
    with LingeringServer(last) as server:
        aichat.environ["OPENAI_API_KEY"] = KEY
        aichat.environ["AICHAT_OPENAI_BASE_URL"] = f"http://127.0.0.1:{server.port}/v1"
        done = aichat.invoke("ask", "--live", "-p", "openai", "hello")
        assert server.was_left.wait(60)
    assert (done.text, done.code) == ("part of it\n", code) and said in " ".join(
        done.stderr.split()
    )
