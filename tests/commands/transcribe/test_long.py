"""Recordings that are too long for one request: in parts that are one text, or as a job."""

import io
import json
import os
import signal
import sys
import threading
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from tests.commands.files.test_files import POLICY, answer, form_of, point
from tests.core.media.sound.test_cutting import file_of, speech
from tests.support.answering.made import task
from tests.support.answering.server import Callback, Hold, Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program

#: Three quarters of an hour, quiet after 23 minutes and after 46.
SAID = bytes(2000).join([speech(1380), speech(1375), speech(300)])
LONG = file_of(SAID)


def sound_of(request: SeenRequest) -> bytes:
    """The samples of a part, read by Python's own module."""
    name, _, data = form_of(request)[-1]
    assert name == "file"
    with wave.open(io.BytesIO(data)) as file:
        return file.readframes(file.getnframes())


def parts_of(*failing: int) -> Callable[[SeenRequest], Reply]:
    """OpenAI, which hears a word and who says it in each part; but for those that fail."""
    count = 0

    def reply(_request: SeenRequest) -> Reply:
        nonlocal count
        count += 1
        if count in failing:
            return Reply(400, body=[b'{"error": {"message": "too loud"}}'], length=True)
        told = {"start": 1, "end": 2, "text": f"part {count}", "speaker": "A"}
        return answer({"text": f"part {count}", "duration": 1381, "segments": [told]})

    return reply


def transcribe(aichat: Program, server: Server, *words: str) -> Any:
    (aichat.home / "a.wav").write_bytes(LONG)
    point(aichat, server, "openai")
    return aichat.invoke("transcribe", "a.wav", "-p", "openai", "--diarize", *words)


def test_parts_cut_in_quiet_are_one_transcript_with_its_times(aichat: Program) -> None:
    with Server(default=parts_of()) as server:
        done = transcribe(aichat, server, "--json")
        sent = [*map(sound_of, server.requests)]
        names = [form_of(request)[-1][1] for request in server.requests]
    assert b"".join(sent) == SAID and names == ["a-1.wav", "a-2.wav", "a-3.wav"]
    (told,) = json.loads(done.text)["transcripts"]
    assert told["text"] == "part 1 part 2 part 3" and told["usage"]["seconds"] == 3 * 1381
    starts = [each["start"] for each in told["segments"]]
    assert starts == pytest.approx([1, 1381.5, 2757.5], abs=1)
    assert "in 3 parts" in done.stderr and "who speaks is told apart within each" in done.stderr
    sums = Ledger(Store(aichat.data_dir, print)).totals().overall
    assert (sums.requests, sums.units) == (3, 3 * 1381)


@pytest.mark.parametrize("output", [True, False])
def test_parts_that_are_paid_for_are_kept_where_a_later_one_fails(
    aichat: Program, output: bool
) -> None:
    with Server(default=parts_of(3)) as server:
        done = transcribe(aichat, server, *(("-O", "a.txt") if output else ()))
    kept = (aichat.home / "a.txt.partial").read_text() if output else done.text
    assert done.code == 5 and kept == "A: part 1 part 2\n" and "too loud" in done.stderr
    assert "the first 2762 seconds came before it ended" in done.stderr
    assert not (aichat.home / "a.txt").exists()


def test_parts_that_are_paid_for_are_kept_where_it_is_stopped(aichat: Program) -> None:
    came, gone = threading.Event(), threading.Event()
    whole = parts_of()
    (aichat.home / "a.wav").write_bytes(LONG)
    with Server() as server:
        held = Reply(body=[Callback(came.set), Hold(gone)], length=9)
        server.default = lambda r: held if len(server.requests) == 2 else whole(r)
        point(aichat, server, "openai")
        running = aichat.start("transcribe", "a.wav", "-p", "openai", "--diarize")
        assert came.wait(60)
        os.kill(running.pid, signal.SIGINT)
        out, said = running.communicate()
        gone.set()
    assert (running.returncode, out) == (-signal.SIGINT, b"A: part 1\n")
    assert b"the first 1381 seconds came" in said


def test_words_of_parts_that_stream_are_one_text(aichat: Program) -> None:
    choice = {"message": {"content": [{"text": "Hi"}]}, "finish_reason": "stop"}
    told = json.dumps({"output": {"choices": [choice]}}).encode()
    streamed = Reply(headers={"content-type": "text/event-stream"}, body=[b"data:", told, b"\n\n"])
    (aichat.home / "a.wav").write_bytes(file_of(speech(301)))
    with Server(default=streamed) as server:
        point(aichat, server, "qwen")
        done = aichat.invoke("transcribe", "a.wav", "-p", "qwen", "-m", "qwen3-asr-flash")
        assert len(server.requests) == 2
    assert (done.code, done.text) == (0, "Hi Hi\n")


def test_a_dry_run_names_the_parts_that_would_be_sent(aichat: Program) -> None:
    with Server() as server:
        done = transcribe(aichat, server, "--dry-run")
        assert not server.requests
    assert [f"file=@a-{n}.wav" in done.text for n in (1, 2, 3, 4)] == [True] * 3 + [False]


#: Stands for the system's ffmpeg: it gives the samples of an hour, or says why not.
DECODER = """#!{python}
import sys
assert sys.argv[sys.argv.index("-f") + 1] == "mp3" and "s16le" in sys.argv
{act}
"""


def packed(aichat: Program) -> None:
    """A recording that is more than the model takes, with next to nothing on the disk."""
    with (aichat.home / "a.mp3").open("wb") as file:
        file.write(b"ID3")
        file.truncate(27_000_000)


def decoder(aichat: Program, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = aichat.home / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(DECODER.format(python=sys.executable, act=act))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    aichat.environ["PATH"] = str(program.parent)
    packed(aichat)


def test_what_is_packed_is_decoded_and_cut(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder(aichat, "sys.stdout.buffer.write(bytes(32_000 * 850))", monkeypatch)
    with Server(default=parts_of()) as server:
        point(aichat, server, "openai")
        done = aichat.invoke("transcribe", "a.mp3", "-m", "openai/whisper-1", "--format", "srt")
        parts = [len(sound_of(request)) for request in server.requests]
    assert sum(parts) == 32_000 * 850 and max(parts) < 25 << 20 and len(parts) == 2
    assert done.text.count(" --> ") == 2 and not [*aichat.home.glob("aichat-*")]


@pytest.mark.parametrize("act", ['sys.exit("no \\x1b[31msound in it")', ""])
def test_what_cannot_be_decoded_is_one_line(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    decoder(aichat, act, monkeypatch)
    with Server() as server:
        point(aichat, server, "openai")
        done = aichat.invoke("transcribe", "a.mp3", "-m", "openai/whisper-1")
        assert not server.requests
    assert done.code == 2 and "a.mp3 cannot be decoded" in done.stderr and "\x1b" not in done.stderr
    assert not [*aichat.home.glob("aichat-*")]


def test_without_ffmpeg_it_is_said_what_would_help(aichat: Program) -> None:
    packed(aichat)
    aichat.environ["PATH"] = ""
    with Server() as server:
        point(aichat, server, "openai")
        done = aichat.invoke("transcribe", "a.mp3", "-m", "openai/whisper-1")
        assert not server.requests
    assert done.code == 5 and "at most 26.2144 MB" in done.stderr and "ffmpeg" in done.stderr


# -- at an address


def test_a_recording_on_the_web_is_fetched_and_sent(aichat: Program) -> None:
    sound = Reply(headers={"content-type": "audio/wav"}, body=[file_of(speech(2))], length=True)
    with Server() as server:
        server.default = lambda r: sound if r.method == "GET" else answer({"text": "Hi"})
        point(aichat, server, "openai")
        words = ("transcribe", f"{server.url}/talk.wav?x=1", "-p", "openai", "--no-stream")
        refused = aichat.invoke(*words)
        done = aichat.invoke(*words, "--allow-local")
        sent = server.requests[-1]
    assert refused.code == 2 and "--allow-local" in refused.stderr
    assert form_of(sent)[-1] == ("file", "talk.wav", file_of(speech(2)))
    assert done.text == "Hi\n" and not [*aichat.home.glob("aichat-*")]
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("provider", ["groq", "qwen"])
def test_who_fetches_recordings_is_told_the_address(aichat: Program, provider: str) -> None:
    whisper, choice = {"text": "Hi"}, {"message": {"content": [{"text": "Hi"}]}}
    told = {"groq": whisper, "qwen": {"output": {"choices": [choice]}}}[provider]
    address = "http://media.aichat.invalid/talk.wav"
    sound = Reply(headers={"content-type": "audio/wav"}, body=[file_of(speech(2))], length=True)
    with Server() as server:
        server.default = lambda r: sound if r.method == "GET" else answer(told)
        point(aichat, server, provider)
        aichat.environ["http_proxy"] = server.url
        done = aichat.invoke("transcribe", address, "-p", provider, "--no-stream")
        looked, sent = server.requests
    assert looked.path.endswith("/talk.wav") and done.text == "Hi\n"
    if provider == "groq":
        assert form_of(sent)[-1] == ("url", "", address.encode())
    else:
        (user,) = sent.json()["input"]["messages"]
        assert user["content"] == [{"audio": address}]


# -- as a job of Qwen's


DOCUMENT: Mapping[str, Any] = {
    "transcripts": [
        {
            "channel_id": 0,
            "text": "Hi you.",
            "sentences": [
                {
                    "begin_time": 100,
                    "end_time": 1200,
                    "text": "Hi you.",
                    "language": "en",
                    "words": [
                        {"begin_time": 100, "end_time": 500, "text": "Hi", "punctuation": ""},
                        {"begin_time": 500, "end_time": 1200, "text": "you", "punctuation": "."},
                    ],
                }
            ],
        }
    ]
}


class Dashscope:
    """Qwen's job: a place for the file, a task that is done after ``looks``, and what it wrote."""

    def __init__(self, server: Server, looks: int = 1, document: Any = DOCUMENT) -> None:
        self._server, self._looks, self._document = server, looks, document
        self.waiting: Callable[[], Reply] = lambda: answer(task("RUNNING"))
        server.default = self.reply

    def reply(self, request: SeenRequest) -> Reply:
        if "getPolicy" in request.path:
            place = {**POLICY["data"], "upload_host": self._server.url + "/oss"}
            return answer({"data": place})
        if request.path in ("/oss", "/result.json"):
            assert "authorization" not in request.headers or request.path == "/result.json"
            return answer(self._document)
        if request.method == "POST":
            return answer(task("PENDING"))
        self._looks -= 1
        if self._looks >= 0:
            return self.waiting()
        result = {"transcription_url": self._server.url + "/result.json"}
        return answer({**task("SUCCEEDED", result=result), "usage": {"seconds": 2}})


def ask_qwen(aichat: Program, server: Server) -> tuple[str, ...]:
    """The words that have Qwen write down a recording with the times of its words."""
    (aichat.home / "a.wav").write_bytes(file_of(speech(2)))
    point(aichat, server, "qwen")
    return ("transcribe", "a.wav", "-p", "qwen", "--format", "srt", "--timestamps", "word")


SUBTITLES = "1\n00:00:00,100 --> 00:00:01,200\nHi you.\n\n"


@pytest.mark.parametrize("style", ["srt", "vtt"])
def test_subtitles_of_a_job_are_read_by_another_parser(aichat: Program, style: str) -> None:
    webvtt = pytest.importorskip("webvtt")
    with Server() as server:
        Dashscope(server, 0)
        done = aichat.invoke(*ask_qwen(aichat, server), "--format", style)
    (cue,) = webvtt.from_buffer(io.StringIO(done.text), format=style)
    assert (cue.start, cue.end, cue.text) == ("00:00:00.100", "00:00:01.200", "Hi you.")


def test_qwen_writes_down_as_a_job_what_needs_times(aichat: Program) -> None:
    with Server() as server:
        Dashscope(server)
        done = aichat.invoke(*ask_qwen(aichat, server))
        begun = next(r for r in server.requests if r.path.endswith("/asr/transcription"))
    assert (done.code, done.text) == (0, SUBTITLES)
    assert begun.headers["x-dashscope-async"] == begun.headers["x-dashscope-ossresourceresolve"]
    assert begun.json() == {
        "model": "qwen3-asr-flash-filetrans",
        "input": {"file_url": "oss://dashscope/1/2/a.wav"},
        "parameters": {"enable_itn": True, "enable_words": True},
    }
    job = json.loads(aichat.invoke("jobs", "--json").text)["jobs"][0]
    assert (job["kind"], job["state"], job["words"]) == ("transcript", "done", "a.wav")
    sums = Ledger(Store(aichat.data_dir, print)).totals().overall
    assert (sums.requests, sums.units) == (1, 2)


def test_a_long_recording_is_a_job_of_qwens_by_itself(aichat: Program) -> None:
    with Server() as server:
        Dashscope(server)
        ask_qwen(aichat, server)
        (aichat.home / "a.wav").write_bytes(file_of(speech(301)))
        done = aichat.invoke("transcribe", "a.wav", "-p", "qwen", **TERMINAL)
    assert done.code == 0 and done.text == "Hi you.\n"


@pytest.mark.long  # their client costs seconds to import
def test_a_job_is_asked_for_as_dashscopes_sdk_does(aichat: Program) -> None:
    sdk = pytest.importorskip("dashscope", reason="the SDK of DashScope is not installed")
    from dashscope.audio.qwen_asr import QwenTranscription

    with Server() as server:
        Dashscope(server)
        aichat.invoke(*ask_qwen(aichat, server), "--language", "nl")
        ours = next(r for r in server.requests if r.path.endswith("/asr/transcription"))
        sdk.base_http_api_url = server.url + "/api/v1"
        QwenTranscription.async_call(
            model="qwen3-asr-flash-filetrans",
            file_url=ours.json()["input"]["file_url"],
            api_key="k",
            language="nl",
            enable_itn=True,
            enable_words=True,
        )
        theirs = server.requests[-1]
    assert (theirs.path, theirs.json()) == (ours.path, ours.json())
    assert theirs.headers["x-dashscope-async"] == ours.headers["x-dashscope-async"]


def test_other_models_for_files_are_given_a_list_of_them(aichat: Program) -> None:
    with Server() as server:
        Dashscope(server)
        line = ask_qwen(aichat, server)
        for model in ("qwen-audio-3.1-asr-flash-filetrans", "fun-asr", "paraformer-v2"):
            done = aichat.invoke(*line, "-m", model, "--again")
            told = [r.json() for r in server.requests if r.path.endswith("/asr/transcription")][-1]
            [address] = told["input"]["file_urls"]
            assert done.code == 0 and told["model"] == model and address.startswith("oss://")


@pytest.mark.parametrize("killer", [signal.SIGKILL, signal.SIGINT])
def test_whoever_is_killed_comes_back_to_the_same_transcript(
    aichat: Program, killer: signal.Signals
) -> None:
    looked, gone = threading.Event(), threading.Event()
    with Server() as server:
        qwen = Dashscope(server)
        qwen.waiting = lambda: Reply(body=[Callback(looked.set), Hold(gone)], length=9)
        running = aichat.start(*ask_qwen(aichat, server))
        assert looked.wait(60)
        os.kill(running.pid, killer)
        _, said = running.communicate()
        gone.set()
        done = aichat.invoke("jobs", "wait", "last")
        again = aichat.invoke("jobs", "wait", "last", "-O", "a.srt")
        assert [r.path for r in server.requests].count(
            "/api/v1/services/audio/asr/transcription"
        ) == 1
    assert running.returncode == -killer
    assert killer == signal.SIGKILL or b"aichat jobs wait task-1" in said
    assert done.text == SUBTITLES and again.text == "a.srt\n"
    assert Path(aichat.home / "a.srt").read_text() == SUBTITLES
    assert Ledger(Store(aichat.data_dir, print)).totals().overall.requests == 1


@pytest.mark.parametrize("document", [[], {"transcripts": 5}, "x", {"a": 1}])
def test_a_result_that_is_no_transcript_is_the_providers_fault(
    aichat: Program, document: Any
) -> None:
    with Server() as server:
        Dashscope(server, 0, document)
        done = aichat.invoke(*ask_qwen(aichat, server), "--quiet")
    assert done.code == 7 and "no transcript" in done.stderr and not done.text
