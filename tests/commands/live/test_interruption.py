"""Speaking over an answer: what is kept is what was sent to the speaker, and the server is told."""

import json
import random
import threading
import wave
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from aichat.app.exchange.live.playout import LEAD_SECONDS
from tests.support.answering.live import HEARD, STYLES, Gate, LiveServer, spoken_answer
from tests.support.running.program import Program

#: Two seconds, no two samples alike, and what is said in them.
SOUND = b"".join(n.to_bytes(2, "little") for n in range(48_000))
WORDS = [f"word{n} " for n in range(10)]
PIECE = 4800

#: What ends an answer that the server ends itself, for it hears somebody.
CANCELLED = STYLES["openai"].cancelled


class Speaker:
    """Hears ``most`` pieces, and is then as far behind as it is let be."""

    is_heard = True

    def __init__(self, most: int, is_full: threading.Event) -> None:
        self.most, self.is_full = most, is_full
        self.sent, self.is_stopped = b"", False

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """As of the real one."""

    def write(self, samples: bytes) -> None:
        self.sent += samples
        if len(self.sent) >= self.most * PIECE:
            self.is_full.set()

    @property
    def size(self) -> int:
        return len(self.sent)

    def ahead(self) -> float:
        return LEAD_SECONDS if self.is_full.is_set() else 0.0

    def stop(self) -> None:
        self.is_stopped = True


def kept_sound(aichat: Program) -> bytes:
    (path,) = (path for path in (aichat.data_dir / "media").rglob("*.wav"))
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


def speak_over(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, most: int, *, is_whole: bool
) -> tuple[Speaker, list[Any]]:
    """An answer that is spoken over after ``most`` pieces: it came whole till then, or had not."""
    is_full = threading.Event()
    speaker = Speaker(most, is_full)
    monkeypatch.setattr("aichat.commands.live.options.SoundFile", lambda *_, **__: speaker)
    answer = spoken_answer("openai", WORDS, SOUND)
    script = [*answer, Gate(is_full), HEARD[0]]
    if not is_whole:
        script = [*answer[:-1], Gate(is_full), HEARD[0], CANCELLED]
    with LiveServer("openai", script, STYLES["openai"].answer("Go on.")) as server:
        words = ("live", "-p", "openai", "--output", "a.wav", "--keep-audio", "hello")
        done = server.point(aichat).invoke(*words, stdin=b"and now\n")
        (frames,) = server.frames
    assert (done.code, done.stderr.count("aichat:")) == (0, 1), done.stderr  # the sound's place
    return speaker, frames


POINTS = random.Random(22).sample(range(1, 20), 10)


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_kept_is_what_was_sent_to_the_speaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_whole: bool
) -> None:
    for most in POINTS:
        home = tmp_path / str(most)
        home.mkdir()
        speaker, frames = speak_over(Program(home), monkeypatch, most, is_whole=is_whole)
        assert speaker.is_stopped and speaker.sent == SOUND[: most * PIECE]
        assert kept_sound(Program(home)) == speaker.sent
        told = [f for f in frames if f["type"] == "conversation.item.truncate"]
        heard = round(most * 100 - LEAD_SECONDS * 1000)
        assert [(f["item_id"], f["audio_end_ms"]) for f in told] == [("item_2", max(0, heard))]
        assert [f["type"] for f in frames if f["type"] == "response.cancel"] == []


def test_words_are_kept_as_far_as_they_were_said(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_over(aichat, monkeypatch, 10, is_whole=True)
    shown = json.loads(aichat.invoke("history", "show", "last", "--json").text)
    said = ["".join(p.get("text", "") for p in turn["message"]["parts"]) for turn in shown["turns"]]
    half = "".join(WORDS)[: len("".join(WORDS)) // 2].rsplit(" ", 1)[0]
    assert [text.strip() for text in said] == ["hello", half, "and now", "Go on."]
    assert [turn.get("status", "complete") for turn in shown["turns"][1::2]] == [
        "interrupted",
        "complete",
    ]
