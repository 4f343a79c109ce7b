"""``aichat transcribe``: each provider's own request, its words in every format, nothing lost."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.media.sound.wav import wav_header
from tests.commands.files.test_files import answer, form_of, point
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program, curl_body
from tests.wires.resources.audio.test_transcripts import ANSWERS, STREAMS

#: Two seconds of silence.
SOUND = wav_header(64_000, 16_000) + bytes(64_000)

#: What each answers where times are wanted.
TOLD: Mapping[str, Any] = {
    ANSWERS[name][0]: ANSWERS[name][1]
    for name in ("OpenAI, all of it", "Groq, which bills ten seconds", "xAI", "Gemini", "Qwen")
} | {"groq": {**ANSWERS["OpenAI, all of it"][1], "usage": None, "x_groq": {"id": "r"}}}


def record(aichat: Program, *names: str) -> None:
    """Recordings in the user's folder."""
    for name in names:
        (aichat.home / name).write_bytes(SOUND)


def texts_of(request: SeenRequest) -> list[tuple[str, str]]:
    """The fields of a form before its file, which is last and whole."""
    *fields, file = form_of(request)
    assert file == ("file", "a.wav", SOUND)
    return [(name, text.decode()) for name, _, text in fields]


#: Provider, options, where it goes to, and what stands before the file.
FORMS: Mapping[str, tuple[str, str, str, list[tuple[str, str]]]] = {
    "OpenAI": (
        "openai",
        "--no-stream",
        "/v1/audio/transcriptions",
        [("model", "gpt-transcribe"), ("response_format", "json")],
    ),
    "OpenAI, with words that occur": (
        "openai",
        "--language nl --prompt before --keyword Zwolle --keyword Epe --no-stream",
        "/v1/audio/transcriptions",
        [
            *(("model", "gpt-transcribe"), ("languages[]", "nl"), ("prompt", "before")),
            *(("keywords[]", "Zwolle"), ("keywords[]", "Epe"), ("response_format", "json")),
        ],
    ),
    "OpenAI, subtitles": (
        "openai",
        "--format srt --language nl",
        "/v1/audio/transcriptions",
        [
            *(("model", "whisper-1"), ("language", "nl"), ("response_format", "verbose_json")),
            ("timestamp_granularities[]", "segment"),
        ],
    ),
    "OpenAI, words": (
        "openai",
        "--timestamps word",
        "/v1/audio/transcriptions",
        [
            *(("model", "whisper-1"), ("response_format", "verbose_json")),
            *((("timestamp_granularities[]", kind)) for kind in ("word", "segment")),
        ],
    ),
    "OpenAI, who speaks": (
        "openai",
        "--diarize",
        "/v1/audio/transcriptions",
        [
            *(("model", "gpt-4o-transcribe-diarize"), ("response_format", "diarized_json")),
            ("chunking_strategy", "auto"),
        ],
    ),
    "OpenAI, into English": (
        "openai",
        "--translate --format vtt",
        "/v1/audio/translations",
        [("model", "whisper-1"), ("response_format", "verbose_json")],
    ),
    "OpenAI, while it comes": (
        "openai",
        "",
        "/v1/audio/transcriptions",
        [("model", "gpt-transcribe"), ("response_format", "json"), ("stream", "true")],
    ),
    "Groq": (
        "groq",
        "--language nl --prompt before",
        "/openai/v1/audio/transcriptions",
        [
            *(("model", "whisper-large-v3-turbo"), ("language", "nl"), ("prompt", "before")),
            ("response_format", "json"),
        ],
    ),
    "Groq, into English": (
        "groq",
        "--translate",
        "/openai/v1/audio/translations",
        [("model", "whisper-large-v3"), ("response_format", "json")],
    ),
    "xAI": (
        "xai",
        "--language en --diarize --keyword Zwolle --format srt",
        "/v1/stt",
        [
            *(("model", "grok-voice-transcribe-2.0"), ("language", "en"), ("format", "true")),
            *(("diarize", "true"), ("keyterm", "Zwolle")),
        ],
    ),
}


@pytest.mark.parametrize("case", FORMS.values(), ids=FORMS)
def test_each_provider_is_sent_its_own_form(
    aichat: Program, case: tuple[str, str, str, list[tuple[str, str]]]
) -> None:
    provider, words, path, fields = case
    record(aichat, "a.wav")
    with Server(default=answer(TOLD[provider])) as server:
        done = point(aichat, server, provider).invoke(
            "transcribe", "a.wav", "-p", provider, *words.split()
        )
        (sent,) = server.requests
    assert (done.code, sent.method, sent.path) == (0, "POST", path)
    assert texts_of(sent) == fields
    assert "Hi" in done.text and "k-secret" not in done.text + done.stderr


def gemini_body(**told: Any) -> dict[str, Any]:
    part = {"type": "audio", "data": "DATA", "mime_type": "audio/wav"}
    return {
        "model": "gemini-3.5-transcribe",
        "input": [{"type": "user_input", "content": [part]}],
        "store": False,
        **told,
    }


def qwen_body(system: str = "", **options: str) -> dict[str, Any]:
    first = [{"role": "system", "content": [{"text": system}]}] if system else []
    user = {"role": "user", "content": [{"audio": "data:audio/wav;base64,DATA"}]}
    return {
        "model": "qwen3-asr-flash",
        "input": {"messages": [*first, user]},
        "parameters": {"asr_options": {"enable_itn": True, **options}, "result_format": "message"},
    }


#: Provider, options, where it goes to, and the body, whose sound is DATA here.
BODIES: Mapping[str, tuple[str, str, str, dict[str, Any]]] = {
    "Gemini": ("gemini", "--no-stream", "/v1beta/interactions", gemini_body()),
    "Gemini, while it comes": ("gemini", "", "/v1beta/interactions", gemini_body(stream=True)),
    "Gemini, all of it": (
        "gemini",
        "--format vtt --diarize --language nl --keyword Epe",
        "/v1beta/interactions",
        gemini_body(
            generation_config={
                "transcription_config": {
                    "language_codes": ["nl"],
                    "timestamp_granularities": ["word"],
                    "diarization_mode": "speaker",
                    "custom_vocabulary": ["Epe"],
                }
            }
        ),
    ),
    "Qwen": (
        "qwen",
        "--no-stream",
        "/api/v1/services/aigc/multimodal-generation/generation",
        qwen_body(),
    ),
    "Qwen, words that occur": (
        "qwen",
        "--no-stream --language nl --prompt before --keyword Epe",
        "/api/v1/services/aigc/multimodal-generation/generation",
        qwen_body("before\nEpe", language="nl"),
    ),
}


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_each_provider_is_sent_its_own_body(
    aichat: Program, case: tuple[str, str, str, dict[str, Any]]
) -> None:
    from base64 import b64encode

    provider, words, path, body = case
    record(aichat, "a.wav")
    line = ("transcribe", "a.wav", "-p", provider, *words.split())
    with Server(default=answer(TOLD[provider])) as server:
        done = point(aichat, server, provider).invoke(*line)
        dry = aichat.invoke(*line, "--dry-run")
        (sent,) = server.requests
    told = sent.body.decode().replace(b64encode(SOUND).decode(), "DATA")
    assert (done.code, sent.path, json.loads(told)) == (0, path, body)
    assert curl_body(dry) == sent.json() and "k-secret" not in dry.text


@pytest.mark.parametrize("provider", ["openai", "groq", "xai", "gemini"])
def test_subtitles_of_every_provider_are_read_by_another_parser(
    aichat: Program, provider: str
) -> None:
    webvtt = pytest.importorskip("webvtt")
    record(aichat, "a.wav")
    with Server(default=answer(TOLD[provider])) as server:
        point(aichat, server, provider)
        for style in ("srt", "vtt"):
            done = aichat.invoke("transcribe", "a.wav", "-p", provider, "--format", style)
            cues = [*webvtt.from_buffer(io.StringIO(done.text), format=style)]
            said = " ".join(cue.text for cue in cues)
            assert [word in said for word in ("Hi", "you")] == [True, True]
            assert (cues[0].start, cues[-1].end) == ("00:00:00.000", "00:00:01.200")


@pytest.mark.parametrize("provider", STREAMS)
def test_words_are_printed_as_they_come(aichat: Program, provider: str) -> None:
    data, _ = STREAMS[provider]
    record(aichat, "a.wav")
    reply = Reply(headers={"content-type": "text/event-stream"}, body=[data])
    with Server(default=reply) as server:
        done = point(aichat, server, provider).invoke("transcribe", "a.wav", "-p", provider)
    assert (done.text, done.stderr, done.code) == ("Hi you\n", "", 0)


def test_what_came_of_a_cut_stream_stays_and_is_not_sent_twice(
    aichat: Program,
) -> None:
    data = STREAMS["openai"][0].partition(b'{"type": "transcript.text.done"')[0]
    record(aichat, "a.wav")
    reply = Reply(headers={"content-type": "text/event-stream"}, body=[data])
    with Server(default=reply) as server:
        done = point(aichat, server, "openai").invoke("transcribe", "a.wav", "-p", "openai")
        assert len(server.requests) == 1
    assert (done.text, done.code) == ("Hi you\n", 9)


def test_stdin_is_a_recording_with_a_name_that_says_its_kind(aichat: Program) -> None:
    with Server(default=answer(TOLD["groq"])) as server:
        done = point(aichat, server, "groq").invoke("transcribe", "-", "-p", "groq", stdin=SOUND)
        (sent,) = server.requests
    assert form_of(sent)[-1] == ("file", "stdin.wav", SOUND) and done.text == "Hi you\n"


def test_several_files_go_into_a_folder_and_nothing_is_overwritten(aichat: Program) -> None:
    record(aichat, "a.wav", "b.wav")
    (aichat.home / "out").mkdir()
    words = ("transcribe", "a.wav", "b.wav", "-p", "groq", "--format", "vtt", "-O", "out")
    with Server(default=answer(TOLD["groq"])) as server:
        done = point(aichat, server, "groq").invoke(*words)
        again = aichat.invoke(*words)
        assert len(server.requests) == 2
        forced = aichat.invoke(*words, "--force", "--json")
    assert done.text == "out/a.vtt\nout/b.vtt\n"
    assert (aichat.home / "out" / "b.vtt").read_text().startswith("WEBVTT\n")
    assert again.code == 2 and "already exists" in again.stderr
    told = json.loads(forced.text)
    assert [each["path"] for each in told["transcripts"]] == ["out/a.vtt", "out/b.vtt"]


def test_the_first_is_printed_though_the_second_fails(aichat: Program) -> None:
    record(aichat, "a.wav", "b.wav")
    fail = Reply(400, body=[b'{"error": {"message": "no"}}'], length=True)
    words = ("transcribe", "a.wav", "b.wav", "-p", "groq")
    with Server(answer(TOLD["groq"]), fail, answer(TOLD["groq"]), fail) as server:
        done = point(aichat, server, "groq").invoke(*words)
        told = json.loads((as_json := aichat.invoke(*words, "--json")).text)
    assert (done.text, done.code, as_json.code) == ("Hi you\n", 5, 5)
    assert [each["text"] for each in told["transcripts"]] == ["Hi you"]
    assert told["error"]["exit"] == 5


def test_json_has_all_of_it(aichat: Program) -> None:
    record(aichat, "a.wav")
    with Server(default=answer(TOLD["groq"])) as server:
        words = ("transcribe", "a.wav", "-p", "groq", "--timestamps", "word", "--json")
        told = json.loads(point(aichat, server, "groq").invoke(*words).text)
    (found,) = told["transcripts"]
    assert (told["command"], told["model"], told["error"]) == (
        "transcribe",
        "whisper-large-v3-turbo",
        None,
    )
    assert found["words"][1] == {"text": "you", "start": 0.5, "end": 1.2, "speaker": None}
    assert (found["file"], found["seconds"], found["usage"]["seconds"]) == ("a.wav", 36.7, 37)
    assert found["cost"]["amount"] == pytest.approx(37 * 0.04 / 3600, rel=1e-3)


def test_what_it_took_is_in_the_ledger(aichat: Program) -> None:
    record(aichat, "a.wav")
    with Server(default=answer(TOLD["groq"])) as server:
        words = ("transcribe", "a.wav", "-p", "groq", "--usage")
        done = point(aichat, server, "groq").invoke(*words)
        spent = aichat.invoke("cost", "--by", "kind", "--json").text
    assert "37 seconds of sound, $0.00041" in done.stderr
    assert "0.000411" in spent and '"transcribe"' in spent and "37" in spent


#: Provider, words, exit code, and what is said before anything is sent.
REFUSED: Mapping[str, tuple[str, str, int, str]] = {
    "who does not": ("anthropic", "a.wav", 5, "these do: openai, gemini, xai, groq, qwen"),
    "who speaks": ("groq", "a.wav --diarize", 5, "openai/gpt-4o-transcribe-diarize"),
    "into English": ("xai", "a.wav --translate", 5, "groq/whisper-large-v3"),
    "times of a model": (
        *("openai", "a.wav -m gpt-transcribe --format srt", 5),
        "gpt-transcribe takes no timestamps here",
    ),
    "no file": ("openai", "none.wav", 2, "No such file"),
    "no recording": ("openai", "a.png", 2, "a.png is not a recording: it is image/png"),
    "an empty one": ("openai", "empty.wav", 2, "empty.wav is empty"),
    "two in one": ("openai", "a.wav a.wav -O a.txt", 2, "--output FOLDER/"),
    "two of one name": ("openai", "a.wav a.wav -O .", 2, "the same name"),
    "two as one": ("groq", "a.wav a.wav --format srt", 2, "several files are not one srt"),
    "no folder": ("openai", "a.wav -O none/a.txt", 13, "nothing was sent"),
    "too dear": ("groq", "long.wav --max-cost 0.001", 11, "it would cost ~$0.0017 for about"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_told_before_it_is_sent(
    aichat: Program, case: tuple[str, str, int, str]
) -> None:
    provider, words, code, why = case
    record(aichat, "a.wav")
    (aichat.home / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (aichat.home / "empty.wav").write_bytes(b"")
    with (aichat.home / "long.wav").open("wb") as file:
        file.write(wav_header(19_200_000, 64_000))
        file.truncate(19_200_044)
    with Server(default=answer(TOLD["groq"])) as server:
        done = point(aichat, server, provider).invoke("transcribe", *words.split(), "-p", provider)
        assert not server.requests
    assert (done.code, why in " ".join(done.stderr.split())) == (code, True), done.stderr


@pytest.mark.parametrize("told", [b"", b"[]", b"<!doctype html>", b'{"text": 7}', b"{" * 90_000])
def test_an_answer_that_is_no_transcript_is_the_providers_fault(
    aichat: Program, told: bytes
) -> None:
    record(aichat, "a.wav")
    reply = Reply(headers={"content-type": "application/json"}, body=[told], length=True)
    with Server(default=reply) as server:
        done = point(aichat, server, "groq").invoke("transcribe", "a.wav", "-p", "groq")
        assert len(server.requests) == 1
    assert (done.text, done.code) == ("", 7)


def test_what_would_drive_a_terminal_is_shown(aichat: Program) -> None:
    record(aichat, "a.wav")
    told = {"text": "a\x1b[2Jb\u202e"}
    with Server(default=answer(told)) as server:
        words = ("transcribe", "a.wav", "-p", "groq")
        seen = point(aichat, server, "groq").invoke(*words, **TERMINAL).text
        piped = aichat.invoke(*words).text
    assert "\x1b[2J" not in seen and "\u241b[2Jb\ufffd" in seen
    assert piped == "a\x1b[2Jb\u202e\n"


def test_a_large_recording_is_kept_by_gemini_first(aichat: Program) -> None:
    with (aichat.home / "a.wav").open("wb") as file:
        file.write(wav_header(22_000_000, 16_000))
        file.truncate(22_000_044)
    uri = "https://host/v1beta/files/f1"
    kept = {"file": {"name": "files/f1", "uri": uri, "mimeType": "audio/wav", "state": "ACTIVE"}}

    def begin(request: SeenRequest) -> Reply:
        where = f"http://{request.headers['host']}/put/f1"
        return answer({}, **{"x-goog-upload-url": where})

    with Server(begin, answer(kept), answer(TOLD["gemini"])) as server:
        words = ("transcribe", "a.wav", "-p", "gemini", "--format", "srt")
        done = point(aichat, server, "gemini").invoke(*words)
        start, put, ask = server.requests
    assert start.path == "/upload/v1beta/files" and len(put.body) == 22_000_044
    part = ask.json()["input"][0]["content"][0]
    assert part == {"type": "audio", "uri": uri, "mime_type": "audio/wav"}
    assert done.code == 0 and "Hi" in done.text
