"""A session by voice, with programs of ours in the place of microphone and player."""

import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from aichat.app.exchange.live.session import LiveSession
from aichat.core.message.sound import wav_header
from tests.support.answering.live import (
    HEARD,
    STYLES,
    Close,
    Gate,
    LiveServer,
    is_sound,
    samples_said,
    spoken_answer,
)
from tests.support.running.program import Program
from tests.support.running.sound_device import SoundDevice

PROVIDERS = tuple(STYLES)

#: 0.3 s of answer, and of what the microphone hears.
SOUND = b"".join(n.to_bytes(2, "little") for n in range(7200))
HEARD_SOUND = SOUND[:9600] * 3


class Talk:
    """A home with a microphone that hears so much, a player, and a keyboard."""

    def __init__(self, aichat: Program, heard: bytes = HEARD_SOUND) -> None:
        self.aichat, folder = aichat, aichat.home / "bin"
        folder.mkdir()
        (aichat.home / "heard").write_bytes(heard)
        self.program(folder / "arecord", f"cat {aichat.home}/heard; exec sleep 600")
        self.program(folder / "aplay", f"exec cat >> {aichat.home}/played")
        aichat.environ["PATH"] = f"{folder}:/usr/bin:/bin"
        reading, self._keys = os.pipe()
        self.keyboard: BinaryIO = os.fdopen(reading, "rb", buffering=0)

    def program(self, path: Path, text: str) -> None:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def type(self, line: str) -> None:
        os.write(self._keys, f"{line}\n".encode())

    @property
    def played(self) -> bytes:
        return (self.aichat.home / "played").read_bytes()

    def wait(self, least: int = 24_000) -> None:
        """Until so many bytes were played: half a second."""
        end = time.monotonic() + 20
        while not (self.aichat.home / "played").exists() or len(self.played) < least:
            assert time.monotonic() < end
            time.sleep(0.01)

    def type_later(self, line: str) -> Callable[[], None]:
        """A step: the line is typed once an answer is heard, so that it comes after that."""

        def step() -> None:
            self.wait(1)
            self.type(line)

        return step

    def hold(self, server: LiveServer, *words: str) -> Any:
        with self.keyboard:
            try:
                words = ("live", "-p", server.provider, "--voice", *words)
                return server.point(self.aichat).invoke(*words, stdin=self.keyboard)
            finally:
                os.close(self._keys)


@pytest.fixture
def talk(aichat: Program) -> Iterator[Talk]:
    """A session by voice that was not begun yet."""
    return Talk(aichat)


def answer(provider: str, *more: Any) -> list[Any]:
    return [*spoken_answer(provider, ["It ", "is."], SOUND, "what is it?"), *more]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_said_is_answered_aloud_and_what_is_typed_too(talk: Talk, provider: str) -> None:
    first, last = answer(provider, talk.type_later("and bye")), [lambda: talk.type("/quit")]
    with LiveServer(provider, first, [*answer(provider), *last], turn_pieces=6) as server:
        done = talk.hold(server, "--transcript", "t.txt")
        (frames,) = server.frames
    assert done.code == 0, done.stderr
    assert done.text.startswith("It is.\n"), done.stderr
    assert talk.played.startswith(SOUND)
    assert "> what is it?" in done.stderr
    told = (talk.aichat.home / "t.txt").read_text()
    assert told.startswith("you: what is it?\n\n") and "\nyou: and bye\n" in told
    assert samples_said(provider, frames) == HEARD_SOUND
    assert '"and bye"' in json.dumps([frame for frame in frames if not is_sound(frame)])


@pytest.mark.parametrize("line", ["and bye", "/quit"])
def test_a_line_that_is_typed_as_an_answer_begins_waits_for_its_end(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """The server has begun to answer, and the line is seen before that is."""
    typed, listen, looks = threading.Event(), LiveSession.listen, iter([20.0])

    def too_early(session: LiveSession, seconds: float) -> bool:
        if typed.is_set():
            return listen(session, next(looks, seconds))
        return typed.wait(20) and False

    def type_now() -> None:
        talk.type(line)
        typed.set()

    monkeypatch.setattr(LiveSession, "listen", too_early)
    last = [*answer("openai"), lambda: talk.type("/quit")]
    with LiveServer("openai", answer("openai", type_now), last, turn_pieces=6) as server:
        done = talk.hold(server)
        kinds = [frame["type"] for frame in server.frames[0]]
    assert done.code == 0 and done.text.startswith("It is.\n"), done.stderr
    assert talk.played.startswith(SOUND) and kinds.count("response.create") == (line[0] != "/")


def test_what_the_microphone_heard_is_kept_where_that_is_asked_for(talk: Talk) -> None:
    script = answer("openai", talk.type_later("/quit"))
    with LiveServer("openai", script, turn_pieces=6) as server:
        done = talk.hold(server, "--keep-audio")
        (frames,) = server.frames
    kept = {path.read_bytes() for path in (talk.aichat.data_dir / "media").rglob("*.wav")}
    said = wav_header(len(HEARD_SOUND), 24_000) + HEARD_SOUND
    assert done.code == 0 and kept == {said, wav_header(len(SOUND), 24_000) + SOUND}
    assert samples_said("openai", frames) == HEARD_SOUND  # once


def test_the_server_takes_turns_unless_it_is_told_where_they_end(talk: Talk) -> None:
    heard = f"while cat {talk.aichat.home}/heard; do sleep 0.1; done"
    talk.program(talk.aichat.home / "bin" / "arecord", heard)
    talk.type("")
    with LiveServer("openai", answer("openai", talk.type_later("/quit"))) as server:
        server.on_sound = lambda: talk.type("")  # Enter again, once something was heard
        done = talk.hold(server, "--push-to-talk")
        (frames,) = server.frames
    assert done.code == 0 and "It" in done.text
    assert frames[0]["session"]["audio"]["input"]["turn_detection"] is None
    kinds = [frame["type"].rpartition(".")[2] for frame in frames]
    place = kinds.index("commit")
    assert kinds[place - 1] == "append" and kinds[place + 1] == "create"
    assert "append" not in kinds[place:]  # what is said between turns is not heard


def test_speaking_over_an_answer_ends_it(talk: Talk) -> None:
    words = ["One ", "and so on " * 30, "three."]  # more than is said meanwhile at any pace
    long = spoken_answer("openai", words, SOUND * 30)
    over = [*long, talk.wait, HEARD[0], *HEARD[1:], *answer("openai", lambda: talk.type("/quit"))]
    with LiveServer("openai", over, turn_pieces=6) as server:
        done = talk.hold(server)
        kinds = [frame["type"] for frame in server.frames[0]]
    assert done.code == 0 and "conversation.item.truncate" in kinds
    assert len(talk.played) < len(SOUND) * 30 and "three" not in done.text
    assert done.text.endswith("It is.\n")  # what was said over it is answered
    shown = json.loads(talk.aichat.invoke("history", "show", "last", "--json").text)
    assert "interrupted" in [turn.get("status") for turn in shown["turns"]]


def test_enter_ends_what_is_said_and_mute_what_is_heard(talk: Talk) -> None:
    long = spoken_answer("openai", ["One ", "two."], SOUND * 30)
    keys = [lambda: talk.type("/mute\n\n/voice Nova7\n/what\n/cost\nbye\n/quit")]
    limits = STYLES["openai"].answer("x")[-1]
    begun = [*long[:-1], limits, talk.wait, *keys, long[-1]]
    with LiveServer("openai", begun, answer("openai")) as server:
        done = talk.hold(server, "hello")
        _, again = server.frames
    said = " ".join(done.stderr.split())
    assert "you are not heard" in said and "the voice is Nova7" in said and "only /mute" in said
    assert re.search(r"this session: ~?\$0\.\d+; 90 of 100 tokens left", said), said
    assert len(talk.played) < len(SOUND) * 30
    assert again[0]["session"]["audio"]["output"]["voice"] == "Nova7"
    told = json.dumps(again)
    assert told.index("hello") < told.index("bye")


def test_ctrl_c_ends_what_is_said_and_keeps_the_session(talk: Talk) -> None:
    long = spoken_answer("openai", ["One ", "two."], SOUND * 30)
    begun, last = threading.Event(), answer("openai", lambda: talk.type("/quit"))
    script = [*long[:-1], talk.wait, begun.set, Gate()]
    with LiveServer("openai", script, last) as server, talk.keyboard:
        server.point(talk.aichat)
        command = ("live", "-p", "openai", "--voice", "hello")
        process = talk.aichat.start(*command, stdin=talk.keyboard)
        assert begun.wait(60)
        process.send_signal(signal.SIGINT)
        talk.type("go on")
        out, errors = process.communicate(timeout=60)
        kinds = [frame["type"] for frame in server.frames[0]]
    assert process.returncode == 0, errors
    assert "conversation.item.truncate" in kinds and "response.cancel" in kinds
    assert b"It is." in out and len(server.frames) == 1
    shown = json.loads(talk.aichat.invoke("history", "show", "last", "--json").text)
    assert [turn.get("status", "complete") for turn in shown["turns"]][1] == "interrupted"


def test_a_connection_that_is_lost_is_opened_once(talk: Talk) -> None:
    talk.type("one\ntwo\n/quit")
    with LiveServer("openai", [*answer("openai"), Close(1001)], answer("openai")) as server:
        done = talk.hold(server)
        told = json.dumps(server.frames[-1])
    assert done.code == 0 and len(server.frames) == 2
    assert "told anew" in " ".join(done.stderr.split())
    assert told.index('"one"') < told.index("It is.") < told.index('"two"')


def test_a_microphone_that_hears_nothing_says_so(talk: Talk) -> None:
    path = talk.aichat.home / "bin" / "arecord"
    talk.program(path, "echo 'no soundcards found' >&2; exit 1")
    with LiveServer("openai") as server:
        done = talk.hold(server)
    assert done.code == 2 and "no soundcards found" in " ".join(done.stderr.split())


@pytest.mark.parametrize("lacking", ["arecord", "aplay"])
def test_without_a_program_nothing_is_opened(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    (talk.aichat.home / "bin" / lacking).unlink()
    talk.aichat.environ["PATH"] = f"{talk.aichat.home}/bin"
    with LiveServer("openai") as server:
        done = talk.hold(server)
        assert server.openings == []
    told = " ".join(done.stderr.split())
    assert (
        done.code == 2 and "--voice needs a program that" in told and "aichat-shell[voice]" in told
    )


def test_where_no_program_is_there_the_package_is_heard_and_spoken_through(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = SoundDevice(HEARD_SOUND)
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    talk.aichat.environ["PATH"] = f"{talk.aichat.home}"

    def leave() -> None:
        end = time.monotonic() + 20
        while not library.played.strip(b"\0"):
            assert time.monotonic() < end
            time.sleep(0.01)
        talk.type("/quit")

    with LiveServer("openai", answer("openai", leave), turn_pieces=6) as server:
        done = talk.hold(server)
        (frames,) = server.frames
    assert (done.code, done.text) == (0, "It is.\n"), done.stderr
    assert samples_said("openai", frames) == HEARD_SOUND
    played = [n.to_bytes(2, "little") for n in (1, 3600, 7199)]
    places = [library.played.find(sample) for sample in played]
    assert -1 not in places and places == sorted(places)
    assert not any(stream.active for stream in library.streams)
