"""What models make: pictures and sound in every place where a wire puts them, kept as files."""

import json
import os
import signal
import stat
import sys
import time
import wave
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.app.history.test_answer_media import PNG, drawn
from tests.commands.files.test_files import answer, point
from tests.support.answering.server import SSE, Reply, SeenRequest, Server, chat_chunk, sse
from tests.support.answering.several import ask_words, configure_boxes
from tests.support.running.program import Program

TONE = bytes(range(256)) * 40


def coded(data: bytes) -> str:
    return b64encode(data).decode()


def spoken(*pieces: tuple[bytes, str]) -> Reply:
    """Sound in pieces, each with its words."""
    deltas = [{"audio": {"id": "a1", "data": coded(d), "transcript": t}} for d, t in pieces]
    return Reply(headers=SSE, body=[*sse(*map(chat_chunk, deltas), chat_chunk({}, "stop"))])


def gemini(*parts: dict[str, Any]) -> Reply:
    """One candidate of ``parts``."""
    chunks = [{"candidates": [{"content": {"parts": [part]}}]} for part in parts]
    end = {"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]}
    return Reply(headers=SSE, body=[*sse(*chunks, end, done=False)])


L16 = "audio/L16;codec=pcm;rate=16000"
WAV_HEAD = b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(
    [16, 0, 0, 0, 1, 0, 1, 0, 0xC0, 0x5D, 0, 0, 0x80, 0xBB, 0, 0, 2, 0, 16, 0]
)
SPEECH: Mapping[str, tuple[str, Reply, int, str | None]] = {
    "gpt-audio": (
        "openai/gpt-audio",
        spoken((TONE[:999], "Hel"), (TONE[999:], "lo.")),
        24_000,
        "Hello.",
    ),
    "gemini": (
        "gemini/gemini-3.8-flash-tts",
        gemini(
            {"inlineData": {"mimeType": L16, "data": coded(TONE[:1000])}},
            {"inlineData": {"mimeType": L16, "data": coded(TONE[1000:])}},
        ),
        16_000,
        None,
    ),
    "qwen omni": (
        "qwen/qwen3.5-omni-flash",
        spoken((WAV_HEAD + b"data\xff\xff\xff\xff" + TONE[:100], "Hi"), (TONE[100:], "!")),
        24_000,
        "Hi!",
    ),
}


@pytest.mark.parametrize("name", SPEECH)
def test_speech_is_a_file_that_players_open_and_its_words_are_the_text(
    aichat: Program, name: str
) -> None:
    model, reply, rate, words = SPEECH[name]
    with Server(default=reply) as server:
        point(aichat, server, model.partition("/")[0])
        done = aichat.invoke("ask", "-m", model, "Say hello", "--events")
    told = [json.loads(line) for line in done.text.splitlines()]
    (sound,) = [event for event in told if event["type"] == "audio"]
    assert sound["mime"] == "audio/wav" and sound["transcript"] == words
    with wave.open(sound["path"]) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 1, 2)
        assert file.readframes(1 << 20) == TONE
    finish = told[-1]
    assert finish["audio"] == [{n: sound[n] for n in ("mime", "path", "transcript")}]
    assert finish["text"] == (words or "") and done.code == 0
    assert Path(sound["path"]).parent == aichat.data_dir / "media"


def test_another_model_is_told_the_words_once(aichat: Program) -> None:
    with Server(default=SPEECH["gpt-audio"][1]) as server:
        point(aichat, server, "openai")
        aichat.invoke("ask", "-m", "openai/gpt-audio", "Say hello")
        point(aichat, server, "groq").invoke("ask", "-c", "-p", "groq", "And?")
        said = server.requests[-1].json()["messages"][1]
    assert said == {"role": "assistant", "content": "Hello."}


BODIES: Mapping[str, tuple[tuple[str, ...], str, Any]] = {
    "gpt-audio speaks": (
        ("-m", "openai/gpt-audio"),
        "audio",
        {"voice": "alloy", "format": "pcm16"},
    ),
    "the user's own voice": (
        ("-m", "openai/gpt-audio", "-o", "audio.voice=verse"),
        "audio",
        {"voice": "verse", "format": "pcm16"},
    ),
    "gemini draws": (
        ("-m", "gemini/gemini-3-pro-image", "--temperature", "1"),
        "generationConfig",
        {"responseModalities": ["TEXT", "IMAGE"], "temperature": 1.0},
    ),
    "qwen omni is silent": (("-m", "qwen/qwen3.5-omni-flash"), "audio", None),
    "qwen omni speaks into a file": (
        ("-m", "qwen/qwen3-omni-flash", "--output", "talk.wav"),
        "modalities",
        ["text", "audio"],
    ),
    "qwen omni writes into one": (
        ("-m", "qwen/qwen3-omni-flash", "--output", "talk.md"),
        "modalities",
        None,
    ),
    "what only writes is not asked to speak": (
        ("-m", "qwen/qwen3.8-omni-flash", "--output", "talk.wav"),
        "audio",
        None,
    ),
    "qwen omni only streams": (("-m", "qwen/qwen3-omni-flash", "--no-stream"), "stream", True),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_model_is_asked_for_what_it_makes(aichat: Program, case: str) -> None:
    words, field, wanted = BODIES[case]
    printed = aichat.invoke("ask", *words, "hi", "--dry-run").text
    body = json.loads(printed.partition("<<'JSON'\n")[2].rpartition("\nJSON")[0])
    assert body.get(field) == wanted


def test_what_only_streams_says_so(aichat: Program) -> None:
    asked = ("ask", "-m", "qwen/qwen-omni-turbo", "hi", "--dry-run", "--no-stream")
    said = "'--no-stream' is not supported by qwen-omni-turbo: the answer is streamed"
    assert said in aichat.invoke(*asked).stderr
    assert aichat.invoke(*asked, "--strict").code == 5


def test_a_picture_of_qwens_is_fetched_at_once_and_without_the_key(aichat: Program) -> None:
    def serve(request: SeenRequest) -> Reply:
        if request.path.startswith("/results/"):
            headers = {"content-type": "image/png"}
            return Reply(headers=headers, body=[PNG], length=True)
        url = f"http://{request.headers['host']}/results/a.png?Expires=1"
        message = {"role": "assistant", "content": [{"image": url}]}
        choices = [{"finish_reason": "stop", "message": message}]
        return answer({"output": {"choices": choices}, "request_id": "r"})

    with Server(default=serve) as server:
        point(aichat, server, "qwen")
        words = ("-m", "qwen/qwen-image-2.0", "--wire", "dashscope")
        done = aichat.invoke("ask", *words, "a cat", "--json")
        asked, fetched = server.requests
    (image,) = json.loads(done.text)["images"]
    assert image["mime"] == "image/png" and Path(image["path"]).read_bytes() == PNG
    assert asked.path.endswith("/multimodal-generation/generation")
    assert "x-dashscope-sse" not in asked.headers
    assert "authorization" not in fetched.headers


PAGES: Mapping[str, tuple[Reply, str]] = {
    "a page": (
        Reply(body=[b"<html>not yours</html>"], length=True),
        "what is there is not an image",
    ),
    "gone": (Reply(404, body=[b"{}"], length=True), "HTTP 404"),
    "elsewhere": (Reply(302, headers={"location": "http://127.0.0.1:1/"}), "302: "),
}


@pytest.mark.parametrize("case", PAGES)
def test_what_cannot_be_fetched_is_named_and_costs_no_answer(aichat: Program, case: str) -> None:
    page, why = PAGES[case]

    def serve(request: SeenRequest) -> Reply:
        if request.path.startswith("/results/"):
            return page
        return pictured(f"http://{request.headers['host']}/results/a.png")

    with Server(default=serve) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "a cat", "--json")
        assert len(server.requests) == 2
    assert done.code == 0 and f"cannot fetch an image: {why}" in done.stderr
    assert json.loads(done.text)["images"][0]["path"].endswith("/results/a.png")


def pictured(url: str) -> Reply:
    """An answer of chat completions that has a picture at an address."""
    picture = {"type": "image_url", "image_url": {"url": url}}
    return Reply(
        headers=SSE, body=[*sse(chat_chunk({"images": [picture]}), chat_chunk({}, "stop"))]
    )


def test_the_pictures_of_several_models_are_kept_and_told_with_their_names(
    aichat: Program,
) -> None:
    """One answers with a picture, another with the address of one of its own host."""
    with Server(routes={"/results": Reply(body=[PNG + b"2"], length=True)}) as server:
        configure_boxes(aichat, server, drawn(PNG), pictured(f"{server.url}/results/b.png"))
        plain = aichat.invoke(*ask_words("a", "b"))
        listed = aichat.invoke(*ask_words("a", "b"), "--json")
        fetched = [seen for seen in server.requests if seen.path.startswith("/results")]
    kept = {path.read_bytes(): path for path in (aichat.data_dir / "media").iterdir()}
    assert plain.code == 0 and "Here and there." in plain.text
    assert f"a/m-a: image saved as {kept[PNG]}" in plain.stderr
    assert f"b/m-b: image saved as {kept[PNG + b'2']}" in plain.stderr
    paths = [[image["path"] for image in one["images"]] for one in json.loads(listed.text)]
    assert paths == [[str(kept[PNG])], [str(kept[PNG + b"2"])]]
    assert len(fetched) == 2 and "authorization" not in fetched[0].headers


ELSEWHERE = ["https://tracker.example/a.png", "https://notaliyuncs.com/a.png", "http://[", "x"]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_picture_that_lies_elsewhere_is_only_named(aichat: Program, url: str) -> None:
    message = {"role": "assistant", "content": [{"image": url}]}
    choices = [{"finish_reason": "stop", "message": message}]
    with Server(default=answer({"output": {"choices": choices}})) as server:
        point(aichat, server, "qwen")
        words = ("-m", "qwen/qwen-image-2.0", "--wire", "dashscope")
        done = aichat.invoke("ask", *words, "a cat", "--json")
        assert len(server.requests) == 1
    assert json.loads(done.text)["images"] == [{"mime": "image/*", "path": url}]


def test_a_file_that_is_called_like_a_picture_gets_it_and_stdout_the_words(
    aichat: Program,
) -> None:
    with Server(default=drawn(PNG, PNG + b"2")) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", "--output", "cat.png")
    assert (aichat.home / "cat.png").read_bytes() == PNG
    assert (aichat.home / "cat-2.png").read_bytes() == PNG + b"2"
    assert done.text == "Here and there.\n"
    with Server(default=drawn()) as server:
        aichat.point_groq_at(server.url).invoke("ask", "hi", "--output", "a.txt")
    assert (aichat.home / "a.txt").read_text() == "Here and there.\n"


PLAYER = """#!{python}
import sys
import time
data = sys.stdin.buffer.read() if sys.argv[-1] == "-" else open(sys.argv[-1], "rb").read()
open({out!r}, "wb").write(data)
open({out!r} + ".argv", "w").write(" ".join(sys.argv[1:]))
"""


def player(aichat: Program, name: str, script: str = PLAYER) -> Path:
    """A program of that name that keeps what it was to play; nothing else is on the path."""
    folder, out = aichat.home / "bin", aichat.home / "heard"
    folder.mkdir()
    program = folder / name
    program.write_text(script.format(python=sys.executable, out=str(out)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    aichat.environ["PATH"] = str(folder)
    return out


def test_sound_is_played_while_it_comes(aichat: Program) -> None:
    out = player(aichat, "ffplay")
    with Server(default=SPEECH["gpt-audio"][1]) as server:
        point(aichat, server, "openai")
        done = aichat.invoke("ask", "-m", "openai/gpt-audio", "Say hello", "--play")
    assert (done.text, done.code) == ("Hello.\n", 0)
    assert out.read_bytes() == TONE
    assert "-f s16le -ar 24000" in Path(f"{out}.argv").read_text()


def test_a_player_that_takes_files_only_gets_the_file(aichat: Program) -> None:
    out = player(aichat, "afplay")
    with Server(default=SPEECH["gemini"][1]) as server:
        point(aichat, server, "gemini")
        aichat.invoke("ask", "-m", "gemini/gemini-3.8-flash-tts", "Say hello", "--play")
    assert out.read_bytes().startswith(b"RIFF") and out.read_bytes().endswith(TONE)


def test_without_a_player_nothing_is_sent(aichat: Program) -> None:
    aichat.environ["PATH"] = str(aichat.home)
    with Server(default=SPEECH["gpt-audio"][1]) as server:
        point(aichat, server, "openai")
        done = aichat.invoke("ask", "-m", "openai/gpt-audio", "hi", "--play")
        assert not server.requests
    assert done.code == 2 and "install one of: ffplay" in done.stderr


def test_with_play_qwen_omni_speaks(aichat: Program) -> None:
    player(aichat, "ffplay")
    with Server(default=SPEECH["qwen omni"][1]) as server:
        point(aichat, server, "qwen")
        aichat.invoke("ask", "-m", "qwen/qwen3.5-omni-flash", "hi", "--play")
        assert server.requests[0].json()["audio"] == {"voice": "Cherry", "format": "wav"}


LISTENER = """#!{python}
import os, time
open({out!r}, "w").write(str(os.getpid()))
time.sleep(600)
"""


def test_ctrl_c_stops_the_sound_of_a_whole_answer_and_keeps_it(aichat: Program) -> None:
    out = player(aichat, "afplay", LISTENER)
    with Server(default=SPEECH["gpt-audio"][1]) as server:
        point(aichat, server, "openai")
        running = aichat.start("ask", "-m", "openai/gpt-audio", "Say hello", "--play")
        pid = int(_awaited(out))
        running.send_signal(signal.SIGINT)
        told, _ = running.communicate(timeout=60)
    assert (told, running.returncode) == (b"Hello.\n", 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert "Hello." in aichat.invoke("history", "show", "last").text


def _awaited(path: Path) -> str:
    """What is in a file once something is."""
    end = time.monotonic() + 60
    while not (path.exists() and (text := path.read_text())):
        assert time.monotonic() < end
        time.sleep(0.02)
    return text
