"""Voice turns without hardware: recordings in, a recording out, through the whole program."""

import json
from pathlib import Path
from typing import Any

import pytest

from aichat.core.message.sound import wav_header
from tests.support.answering.live import STYLES, LiveServer, samples_said, spoken_answer
from tests.support.running.program import TERMINAL, Program, Result

PROVIDERS = tuple(STYLES)

#: Samples a second that each hears.
RATES = {"openai": 24_000, "xai": 24_000, "qwen": 16_000, "gemini": 16_000}

#: 0.3 s of question, and half a second of answer: every sample is another.
ASKED = b"".join(n.to_bytes(2, "little") for n in range(14_400))
SAID = b"".join(n.to_bytes(2, "little") for n in range(12_000))


def record(aichat: Program, name: str = "q.wav", rate: int = 48_000) -> str:
    (aichat.home / name).write_bytes(wav_header(len(ASKED), rate) + ASKED)
    return name


def turn(provider: str, *words: str, heard: str = "what is it?") -> list[Any]:
    return spoken_answer(provider, words or ("It ", "is."), SAID, heard)


def ask(aichat: Program, provider: str, *words: str, turns: int = 1, **more: Any) -> Result:
    with LiveServer(provider, *(turn(provider) for _ in range(turns))) as server:
        done = server.point(aichat).invoke("live", "-p", provider, *words, **more)
        aichat.told = server.frames  # type: ignore[attr-defined]
    return done


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_recording_is_a_turn_and_its_answer_a_recording(aichat: Program, provider: str) -> None:
    name = record(aichat)
    files = ("--input", name, "--input", name, "--output", "a.wav", "--transcript", "t.txt")
    done = ask(aichat, provider, *files, turns=2)
    assert (done.text, done.stderr, done.code) == ("It is.\nIt is.\n", "", 0)
    assert (aichat.home / "a.wav").read_bytes() == wav_header(48_000, 24_000) + SAID + SAID
    (frames,) = aichat.told  # type: ignore[attr-defined]
    assert len(samples_said(provider, frames)) == 2 * len(ASKED) * RATES[provider] // 48_000
    told = (aichat.home / "t.txt").read_text().splitlines()
    assert told[::2][:2] == ["you: what is it?", told[2]] and told[2].endswith(": It is.")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_was_said_is_stored_in_words_and_goes_on_in_words(
    aichat: Program, provider: str
) -> None:
    ask(aichat, provider, "--input", record(aichat), "--output", "a.wav")
    shown = aichat.invoke("history", "show", "last").text
    assert shown.startswith("# what is it?") and "It is." in shown
    assert not [*aichat.data_dir.rglob("*.wav")]
    done = ask(aichat, provider, "-c", "-q", "more")
    again = json.dumps(aichat.told[0])  # type: ignore[attr-defined]
    assert done.code == 0 and again.index("what is it?") < again.index("It is.")
    assert "append" not in again and '"audio": {"data"' not in again


def test_sound_is_kept_only_where_that_is_asked_for(aichat: Program) -> None:
    ask(aichat, "openai", "--input", record(aichat), "--output", "a.wav", "--keep-audio")
    kept = sorted(path.read_bytes() for path in (aichat.data_dir / "media").rglob("*.wav"))
    asked, said = (aichat.home / "q.wav").read_bytes(), (aichat.home / "a.wav").read_bytes()
    assert kept == sorted((asked, said))
    shown = json.loads(aichat.invoke("history", "show", "last", "--json").text)
    assert [part["type"] for part in shown["turns"][0]["message"]["parts"]] == ["media", "text"]


def test_the_answer_to_a_recording_may_be_in_words(aichat: Program) -> None:
    written = turn("openai")[-1]
    with LiveServer("openai", [*STYLES["openai"].answer("Words."), written]) as server:
        done = server.point(aichat).invoke("live", "-p", "openai", "--input", record(aichat))
        update = server.frames[0][0]["session"]
    assert (done.text, done.code) == ("Words.\n", 0)
    assert update["output_modalities"] == ["text"] and update["audio"]["input"]["transcription"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_speaks_can_be_chosen(aichat: Program, provider: str) -> None:
    ask(aichat, provider, "--output", "a.wav", "--voice-name", "Nova7", "hello")
    setup = json.dumps(aichat.told[0][0])  # type: ignore[attr-defined]
    assert '"Nova7"' in setup and (aichat.home / "a.wav").exists()


def test_one_question_of_ask_may_be_spoken_and_heard(aichat: Program) -> None:
    with LiveServer("openai", turn("openai")) as server:
        words = ("ask", "--live", "-p", "openai", "-f", record(aichat), "--output", "a.wav")
        done = server.point(aichat).invoke(*words, "say")
        sound = samples_said("openai", server.frames[0])
    assert done.code == 0 and len(sound) == len(ASKED) // 2
    assert (aichat.home / "a.wav").read_bytes() == wav_header(24_000, 24_000) + SAID


def test_what_it_took_is_priced_by_what_was_heard(aichat: Program) -> None:
    ask(aichat, "openai", "--input", record(aichat), "--output", "a.wav")
    ask(aichat, "xai", "--output", "b.wav", "one", stdin=b"two\n", turns=2)
    head, *rows = aichat.invoke("cost", "--by", "provider").text.splitlines()
    place = head.split("\t").index("amount")
    spent = {row.split("\t")[0]: float(row.split("\t")[place]) for row in rows}
    writing = 3 * 0.27 / 3600  # what the user said, beside the answer's tokens
    assert spent["openai"] == pytest.approx(0.000042 + writing, rel=1e-3)
    assert spent["xai"] == pytest.approx(2 * (5 * 4.8 / 3600 + 0.004), rel=1e-3)


def test_a_recording_comes_through_a_pipe(aichat: Program) -> None:
    data = wav_header(len(ASKED), 24_000) + ASKED
    done = ask(aichat, "openai", "--input", "-", stdin=data)
    (frames,) = aichat.told  # type: ignore[attr-defined]
    assert done.code == 0 and samples_said("openai", frames) == ASKED


def test_an_answer_that_is_lost_leaves_what_was_heard(aichat: Program) -> None:
    from tests.support.answering.live import Close

    with LiveServer("openai", [*turn("openai")[:4], Close(1006)]) as server:
        words = ("--input", record(aichat), "--output", "a.wav")
        done = server.point(aichat).invoke("live", "-p", "openai", *words)
    assert done.code == 9 and "cut off" in done.stderr
    assert (aichat.home / "a.wav").read_bytes() == wav_header(12_000, 24_000) + SAID[:12_000]
    assert "It" in aichat.invoke("history", "show", "last").text


def test_what_a_killed_session_has_left_is_told_and_kept(aichat: Program) -> None:
    left = aichat.home / "a.wav.partial"
    left.write_bytes(wav_header(2, 24_000) + b"ab")
    done = ask(aichat, "openai", "--output", "a.wav", "hello")
    assert done.code == 0 and "a.wav.partial is kept" in done.stderr
    assert left.read_bytes()[44:] == b"ab" and (aichat.home / "a.wav").read_bytes()[44:] == SAID


def test_files_that_are_there_are_overwritten_only_by_force(aichat: Program) -> None:
    for name in ("a.wav", "t.txt"):
        (aichat.home / name).write_text("old")
    files = ("--output", "a.wav", "--transcript", "t.txt", "--force", "hello")
    done = ask(aichat, "openai", *files)
    assert done.code == 0 and (aichat.home / "a.wav").read_bytes()[44:] == SAID
    assert (aichat.home / "t.txt").read_text().startswith("you: hello")


NO_SOUND = {
    "no recording": (("--input", "note.txt"), 2, "is not a recording"),
    "not there": (("--input", "gone.wav"), 2, "gone.wav"),
    "not a sound of ours": (("--input", "odd.wav"), 5, "format"),
    "nothing in it": (("--input", "none.wav"), 5, "no sound in it nothing was sent; play it"),
    "two ways to speak": (("--voice", "--input", "q.wav"), 2, "cannot be combined"),
    "another kind of file": (("--output", "a.mp3", "hi"), 2, "ends in .wav"),
    "a file is there": (("--output", "old.wav", "hi"), 2, "use another --output, or --force"),
    "a text is there": (
        ("--output", "a.wav", "--transcript", "note.txt", "hi"),
        2,
        "note.txt already exists use another --transcript, or --force",
    ),
    "no such folder": (("--output", "no/a.wav", "hi"), 13, "a.wav"),
    "nobody speaks": (("--voice-name", "x", "hi"), 2, "needs --voice"),
    "no microphone": (("--push-to-talk", "hi"), 2, "needs --voice"),
}


@pytest.mark.parametrize("name", NO_SOUND)
def test_what_cannot_be_is_told_before_anything_is_asked(aichat: Program, name: str) -> None:
    words, code, said = NO_SOUND[name]
    for there in ("note.txt", "old.wav"):
        (aichat.home / there).write_text("a note")
    (aichat.home / "none.wav").write_bytes(wav_header(0, 8000))
    odd = Path(aichat.home / "odd.wav")
    odd.write_bytes(wav_header(4, 8000)[:20] + b"\x07\0" + wav_header(4, 8000)[22:] + b"abcd")
    with LiveServer("openai", turn("openai")) as server:
        done = server.point(aichat).invoke("live", "-p", "openai", *words)
        told = server.frames
    assert done.code == code and said in " ".join(done.stderr.split())
    assert "response.create" not in json.dumps(told) and not (aichat.home / "a.wav").exists()


def test_a_session_that_is_typed_leaves_no_files(aichat: Program) -> None:
    aichat.environ["OPENAI_API_KEY"] = "sk-0123456789abcdef"
    on_a_terminal = {"stdin_tty": True, **TERMINAL}
    done = aichat.invoke("live", "-p", "openai", "--transcript", "t.txt", **on_a_terminal)
    assert done.code == 2 and "need --voice or --input" in " ".join(done.stderr.split())
