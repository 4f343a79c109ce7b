"""Sound that a model does not hear is made into what it does, where ffmpeg is there."""

import json
import shutil
import stat
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.commands.files.test_files import point
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import SENTINEL, Program
from tests.support.values.media import MP3, box, wav

MEMO = box(b"ftyp", b"M4A \0\0\0\0M4A ") + box(b"mdat", bytes(100))
FLAC = b"fLaC\0\0\0\x22" + bytes(60)

#: Stands for the system's: it keeps how it was called, and with what variables.
CONVERTER = """#!{python}
import json, os, sys
told = {{"argv": sys.argv[1:], "environ": sorted(os.environ)}}
open({out!r}, "w").write(json.dumps(told))
source = next(word for word in sys.argv if word.startswith("file:"))[5:]
assert open(source, "rb").read() == {given!r}
{act}
"""
MAKES_MP3 = f"sys.stdout.buffer.write({MP3!r})"
FAILS = 'sys.exit("Invalid \\x1b]0;owned\\x07 data found")'


def converter(aichat: Program, given: bytes, act: str = MAKES_MP3) -> Path:
    """An ``ffmpeg`` that is given so much and then acts; nothing else is on the path."""
    folder, out = aichat.home / "bin", aichat.home / "called"
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(CONVERTER.format(python=sys.executable, out=str(out), given=given, act=act))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    aichat.environ["PATH"] = str(folder)
    return out


def ask(aichat: Program, server: Server, data: bytes, *words: str) -> Any:
    point(aichat, server, "openai")
    (aichat.home / "memo").write_bytes(data)
    return aichat.invoke("ask", "-m", "openai/gpt-audio", "-f", "memo", "What?", *words)


@pytest.mark.parametrize("data", [MEMO, FLAC], ids=["mov", "flac"])
def test_a_memo_is_heard_as_what_the_model_takes(
    aichat: Program, data: bytes, request: pytest.FixtureRequest
) -> None:
    out = converter(aichat, data)
    with Server(default=chat_stream(["Hello."])) as server:
        done = ask(aichat, server, data)
        (seen,) = server.requests
    (part,) = (p for p in seen.json()["messages"][0]["content"] if p["type"] == "input_audio")
    assert b64decode(part["input_audio"]["data"]) == MP3 and part["input_audio"]["format"] == "mp3"
    assert done.code == 0 and "sent as audio/mpeg" in done.stderr
    called = json.loads(out.read_text())
    argv, form = called["argv"], request.node.callspec.id
    # what it reads is told, so that it never reads a list of other files
    assert argv[argv.index("-i") - 1] == form and "-map_metadata" in argv
    assert argv[argv.index("-protocol_whitelist") + 1] == "file,pipe"
    assert "OPENAI_API_KEY" in aichat.environ and "OPENAI_API_KEY" not in called["environ"]


def test_what_comes_by_stdin_is_converted_too(aichat: Program) -> None:
    converter(aichat, MEMO)
    with Server(default=chat_stream(["Hello."])) as server:
        point(aichat, server, "openai")
        words = ("ask", "-m", "openai/gpt-audio", "-f", "-", "What?")
        done = aichat.invoke(*words, stdin=MEMO)
        (seen,) = server.requests
    assert done.code == 0 and seen.json()["messages"][0]["content"][0]["type"] == "input_audio"


def test_without_ffmpeg_nothing_is_sent_and_what_is_taken_is_named(aichat: Program) -> None:
    aichat.environ["PATH"] = str(aichat.home)
    with Server(default=chat_stream(["no"])) as server:
        done = ask(aichat, server, MEMO)
        assert not server.requests
    assert done.code == 5 and "takes audio as mpeg, wav" in done.stderr
    assert "ffmpeg" in done.stderr.splitlines()[-1] and SENTINEL not in done.stderr


def test_what_ffmpeg_cannot_read_is_one_line_and_never_sent(aichat: Program) -> None:
    converter(aichat, FLAC, FAILS)
    with Server(default=chat_stream(["no"])) as server:
        done = ask(aichat, server, FLAC)
        assert not server.requests
    assert done.code == 2 and "cannot be converted: Invalid " in done.stderr
    assert "\x1b" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_what_is_heard_as_it_is_starts_no_program(aichat: Program) -> None:
    out = converter(aichat, b"")
    with Server(default=chat_stream(["Silence."])) as server:
        assert ask(aichat, server, wav(0.1)).code == 0
    assert not out.exists()


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_the_systems_own_ffmpeg_makes_sound_of_sound(tmp_path: Path) -> None:
    from aichat.core.message.sound import sound_type
    from aichat.process.audio.ffmpeg import convert

    (tmp_path / "a.wav").write_bytes(wav(0.5))
    for target in ("audio/mpeg", "audio/wav"):
        assert sound_type(convert(tmp_path / "a.wav", "audio/wav", target)) == target
