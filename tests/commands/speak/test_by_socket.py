"""Reading aloud after the day on which its requests end: by a session."""

import json
from datetime import UTC, datetime

import pytest

from aichat.core.message.sound import wav_header
from aichat.core.text.clock import Clock
from tests.support.answering.live import KEY, STYLES, LiveServer, Refusal, spoken_answer
from tests.support.running.program import Program, Result

SOUND = bytes(range(256)) * 40
NOTICE = "gpt-4o-mini-tts ended on 2027-01-06: gpt-realtime-2.1-mini reads it, over a socket"


def on(day: str) -> Clock:
    """The clock of a day."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() + 3600
    return Clock(lambda: at, lambda: 0.0, lambda _: None, lambda: 0.5)


def speak(aichat: Program, day: str, *words: str, said: str = "Good morning.") -> Result:
    with LiveServer("openai", spoken_answer("openai", [said], SOUND)) as server:
        command = ("speak", "-p", "openai", *words, "Good morning!")
        done = server.point(aichat).invoke(*command, clock=on(day))
        aichat.told = server.frames  # type: ignore[attr-defined]
    return done


def test_from_that_day_on_a_session_reads_and_says_so(aichat: Program) -> None:
    done = speak(aichat, "2027-01-06", "-O", "a.wav", "--voice", "cedar", "--style", "calm")
    assert (done.text, done.code) == ("a.wav\n", 0) and NOTICE in " ".join(done.stderr.split())
    assert (aichat.home / "a.wav").read_bytes() == wav_header(len(SOUND), 24_000) + SOUND
    (frames,) = aichat.told  # type: ignore[attr-defined]
    session = frames[0]["session"]
    assert "word for word" in session["instructions"] and "calm" in session["instructions"]
    assert session["audio"]["output"]["voice"] == "cedar"
    assert frames[1]["item"]["content"] == [{"type": "input_text", "text": "Good morning!"}]
    spent = aichat.invoke("cost", "--by", "model").text
    assert "gpt-realtime-2.1-mini" in spent


def test_until_then_it_is_a_request(aichat: Program) -> None:
    for day, begins in (("2027-01-05", "curl"), ("2027-01-06", "websocat")):
        words = ("speak", "-p", "openai", "--dry-run", "hi")
        assert aichat.invoke(*words, clock=on(day)).text.startswith(begins)


def test_what_is_not_read_word_for_word_is_told(aichat: Program) -> None:
    done = speak(aichat, "2027-02-01", "-O", "a.wav", said="Sure! Good morning.")
    assert done.code == 0 and "not the text, word for word" in " ".join(done.stderr.split())
    assert "word for word" not in speak(aichat, "2027-02-01", "-O", "b.wav").stderr


def test_a_format_that_no_session_has_is_refused_before_anything_is_sent(aichat: Program) -> None:
    done = speak(aichat, "2027-02-01", "--format", "mp3")
    assert done.code == 5 and "wav, pcm" in done.stderr
    assert aichat.told == []  # type: ignore[attr-defined]


CUT = {"status": "incomplete", "status_details": {"reason": "content_filter"}}


@pytest.mark.parametrize(
    ("refusals", "script", "code"),
    [
        ([Refusal(401, {"error": {"message": "bad key"}})], [], 4),
        ([], [{"type": "response.done", "response": CUT}], 10),
        ([], [STYLES["openai"].answer("no sound")], 7),
    ],
)
def test_what_goes_wrong_has_its_code(
    aichat: Program, refusals: list[Refusal], script: list[object], code: int
) -> None:
    frames = script[0] if script and isinstance(script[0], list) else script
    with LiveServer("openai", frames, refusals=refusals) as server:
        words = ("speak", "-p", "openai", "-O", "a.wav", "hi")
        done = server.point(aichat).invoke(*words, clock=on("2027-02-01"))
    assert done.code == code and KEY not in done.stderr
    assert not (aichat.home / "a.wav").exists() and "response.create" not in json.dumps(done.text)
