"""What every command beyond chat does alike, at each of the eight: one table of lines.

What is wrong is told before anything is sent, in a line or two on stderr, with its exit code.
"""

import os
import shlex
from collections.abc import Mapping
from typing import Any

import pytest

from aichat.app.question import texts
from aichat.commands.embed import formats
from tests.commands.embed.test_embed import WHO, aim, floats
from tests.commands.files.test_files import answer
from tests.commands.transcribe.test_transcribe import SOUND
from tests.commands.tune.test_training import GOOD
from tests.support.answering.made import PNG
from tests.support.answering.server import Reply, Server
from tests.support.running.program import TERMINAL, Program, Result

SECRET = "k-secret-0123456789"
FOUR, SOUNDS = "openai gemini xai qwen", "openai gemini xai groq qwen"

#: The lines that are typed -> those of the eight that have it.
LINES: Mapping[str, str] = {
    "image a fox": FOUR,
    "image a fox -f a.png": FOUR,
    "image a fox -f a.png --mask a.png": "openai",
    "image a fox --size 1024x1024": "openai qwen",
    "image --variations -f a.png": FOUR,
    "video a fox": "gemini xai qwen",
    "video a fox -f a.png": "gemini xai qwen",
    "speak hi": SOUNDS,
    "speak hi --style calm": "openai gemini",
    "speak hi --speed 1.5": "openai xai",
    "speak hi --language nl": "gemini xai qwen",
    "transcribe a.wav": SOUNDS,
    "transcribe a.wav --translate": "openai groq",
    "transcribe a.wav --format srt": SOUNDS,
    "transcribe a.wav --timestamps word": SOUNDS,
    "transcribe a.wav --diarize": "openai gemini xai",
    "embed hi": "openai gemini perplexity qwen",
    "embed --lines -f a.txt --dimensions 8": "openai gemini perplexity qwen",
    "embed hi --task query": "gemini",
    "moderate hi": "openai",
    "files put a.txt": " ".join(WHO),
    "files list": " ".join(WHO),
    "files show f-1": " ".join(WHO),
    "files get f-1": " ".join(WHO),
    "files text f-1": "xai moonshot",
    "files rm f-1 --yes": " ".join(WHO),
    "files stores list": "openai gemini",  # xAI's are on a host of their own
    "files caches list": "gemini",
    "tune list": "openai qwen",
    "tune show j-1": "openai qwen",
    "tune cancel j-1": "openai qwen",
    "count hi": "openai gemini xai anthropic moonshot qwen",
    "balance": "xai moonshot",  # the others tell it to an administrator alone
}

#: Words whose key is another one, or that a provider tells otherwise.
ELSEWHERE = {("files stores list", "xai"), ("balance", "openai"), ("balance", "anthropic")}


def type_in(
    aichat: Program, line: str, provider: str, stdin: bytes = b"", **outside: Any
) -> Result:
    """A line at a provider, in a folder with a file of each kind."""
    for name, data in FILES.items():
        (aichat.home / name).write_bytes(data)
    (aichat.home / "folder").mkdir(exist_ok=True)
    return aichat.invoke(*shlex.split(line), "-p", provider, stdin=stdin, **outside)


FILES = {
    "a.png": PNG,
    "a.wav": SOUND,
    "a.txt": b"one\ntwo\n",
    "there": b"as it was",
    "empty": b"",
    "still.wav": SOUND[:40] + bytes(4),
    "mute.wav": SOUND[:22] + bytes(10) + SOUND[32:],
    "head.wav": SOUND[:20],
    "lies.wav": b"no sound at all",
    "half.png": PNG[:-9],
    "solid.png": PNG[:25] + b"\2" + PNG[26:],
    "nan.jsonl": b'{"text": "a", "vector": [1]}\n{"text": "a", "vector": [NaN]}\n',
    "none.jsonl": b'{"text": "a", "vector": []}\n',
    "t.jsonl": (GOOD + "\n").encode() * 10,
}


@pytest.mark.parametrize("line", LINES)
def test_who_has_it_is_asked_for_a_key_and_who_lacks_it_names_those(
    aichat: Program, line: str
) -> None:
    able = LINES[line].split()
    with Server() as server:
        for provider in WHO:
            if (line, provider) in ELSEWHERE:
                continue
            has = provider in able
            done = type_in(aichat if has else aim(aichat, server, provider), line, provider)
            aichat.environ = {n: v for n, v in aichat.environ.items() if not n.endswith("_KEY")}
            assert (done.code, done.stdout) == (3 if has else 5, b""), (provider, done)
            assert len(done.stderr.splitlines()) == 2, done
            said = "no key for" if has else able[0]
            assert said in done.stderr, (provider, done)
        assert not server.requests


@pytest.mark.parametrize("line", LINES)
def test_a_dry_run_prints_what_a_shell_runs_and_sends_nothing(aichat: Program, line: str) -> None:
    with Server() as server:
        for provider in LINES[line].split():
            done = type_in(aim(aichat, server, provider), f"{line} --dry-run", provider)
            assert (done.code, done.stderr) == (0, "") and SECRET not in done.text
            assert done.text.startswith("curl -sS -N -X ") and "boundary=" not in done.text
        assert not server.requests


#: What is wrong with a line -> its exit code and what is said.
WRONG: Mapping[str, tuple[int, str]] = {
    "image ''": (2, "no words"),
    "image a -f nofile": (2, "cannot read nofile"),
    "image a -f a.wav": (5, "a.wav (audio/wav) is no picture"),
    "image a -f empty": (2, "empty is empty"),
    "image a -f /dev/null": (2, "/dev/null is empty"),
    "image a -f half.png": (2, "half.png (image/png) is cut off"),
    "image a -f a.png --mask half.png": (2, "half.png (image/png) is cut off"),
    "image a -f a.png --mask solid.png": (5, "solid.png (image/png) is no mask"),
    "image a -O there": (2, "there already exists"),
    "image a -O nowhere/a.png": (13, "nowhere is missing or not writable"),
    "image a --count 99999999999999999999": (2, "--count must be from 1 to 100"),
    "image a --size huge": (2, "--size huge: expected sides"),
    "image a --size 0x0": (2, "--size 0x0: expected sides"),
    "image a --mask there -f a.png": (2, "there is neither a picture nor a video"),
    "image a -m gpt-4.1-mini": (5, "gpt-4.1-mini draws no pictures"),
    "image a --max-cost none": (2, "'none' is not an amount"),
    "video a -p xai --ratio 0:0": (2, "--ratio 0:0: expected sides"),
    "video a -p xai --seconds 99999999999999999999": (5, "1 to 15 seconds"),
    "video a -p xai -O there": (2, "there already exists"),
    "video a -p xai -f nofile": (2, "cannot read nofile"),
    "speak ''": (2, "no text given"),
    "speak -f nofile": (2, "cannot read nofile"),
    "speak -f empty": (2, "empty is empty"),
    "speak -f /dev/zero": (2, "/dev/zero has more than 1 MB"),
    "embed --similar /dev/zero hi": (2, "/dev/zero has more than 1 MB"),
    "embed --similar nan.jsonl hi": (2, "nan.jsonl has no vector in line 2"),
    "embed --similar none.jsonl hi": (2, "none.jsonl has no vector in line 1"),
    "tune create -m gpt-4.1-mini --train /dev/zero --yes": (2, "/dev/zero is not a file"),
    "tune create -m gpt-4.1-mini --train folder --yes": (2, "folder is not a file"),
    "speak -f folder": (2, "cannot read folder: it is a folder"),
    "speak -f a.wav": (2, "a.wav is not UTF-8 text"),
    "speak hi -O there": (2, "there already exists"),
    "speak hi --speed nan": (2, "--speed: nan is not a number"),
    "speak hi --speed 0": (2, "--speed must be more than 0"),
    "speak hi --speed -1": (2, "--speed must be more than 0"),
    "speak hi -m gpt-4.1-mini": (5, "gpt-4.1-mini does not read aloud"),
    "transcribe": (2, "no recording given"),
    "transcribe nofile": (2, "cannot read nofile"),
    "transcribe empty": (2, "empty is empty"),
    "transcribe /dev/zero": (2, "a device has no end"),
    "transcribe folder": (2, "folder is a folder"),
    "transcribe still.wav": (2, "still.wav has no sound in it"),
    "transcribe head.wav": (2, "head.wav has no sound in it"),
    "transcribe mute.wav": (2, "mute.wav has no sound in it"),
    "transcribe a.wav -O /proc/a.txt": (13, "cannot write /proc/a.txt"),
    "image a -O /proc/a.png": (13, "cannot write /proc/a.png"),
    "transcribe lies.wav": (2, "lies.wav is not a recording"),
    "transcribe a.txt": (2, "a.txt is not a recording"),
    "transcribe a.wav -O there": (2, "there already exists"),
    "transcribe a.wav -m gpt-4.1-mini": (5, "gpt-4.1-mini writes nothing down"),
    "embed ''": (2, "no text given"),
    "embed -f nofile": (2, "cannot read nofile"),
    "embed hi -O there": (2, "there already exists"),
    "embed hi --json -O a.json": (2, "no --output"),
    "embed hi --similar nofile": (2, "cannot read nofile: No such file"),
    "embed hi --similar a.wav": (2, "a.wav is not UTF-8 text"),
    "embed hi --similar t.jsonl --format csv": (2, "no --format"),
    "embed hi --dimensions 0": (2, "at least 1"),
    "embed hi -m gpt-4.1-mini": (5, "gpt-4.1-mini makes no embeddings"),
    "moderate ''": (2, "no text given"),
    "moderate -f nofile": (2, "cannot read nofile"),
    "moderate hi -m gpt-4.1-mini": (5, "gpt-4.1-mini has no moderation"),
    "count hi --timeout 99999999999999": (2, "--timeout 99999999999999: expected a time"),
    "files put nofile": (2, "no such file"),
    "files put empty": (2, "empty is empty"),
    "files put folder": (2, "folder is not a file"),
    "files show ''": (2, "argument 'ID' is empty"),
    "files rm '' --yes": (2, "argument 'IDS' is empty"),
    "files rm f-1": (2, "add --yes"),
    "files get f-1 -O there": (2, "there already exists"),
    "files stores rm ' ' --yes": (2, "argument 'IDS' is empty"),
    "tune show ''": (2, "argument 'ID' is empty"),
    "tune create -m gpt-4.1-mini --train nofile": (2, "cannot read nofile"),
    "tune create -m gpt-4.1-mini --train t.jsonl": (2, "add --yes"),
    "count ''": (2, "no text given"),
    "count -f nofile": (2, "cannot read nofile"),
}


@pytest.mark.parametrize("line", WRONG)
def test_what_is_wrong_is_told_before_anything_is_sent(
    aichat: Program, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (texts, formats):
        monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    code, said = WRONG[line]
    with Server() as server:
        for provider in ("openai", "xai"):
            aim(aichat, server, provider)
        done = type_in(aichat, line, "xai" if "-p xai" in line else "openai")
        assert (done.code, bool(done.stdout), server.requests) == (code, "--json" in line, [])
    assert said in done.stderr and len(done.stderr.splitlines()) <= 2
    assert (aichat.home / "there").read_bytes() == FILES["there"]
    assert {path.name for path in aichat.home.iterdir()} <= {*FILES, "folder", *KEPT}


#: What is there besides: of the program, and of the server's other tests.
KEPT = ("config", "cache", "data", "a.pdf", "a.mp4")


def test_bytes_are_not_for_a_terminal(aichat: Program) -> None:
    with Server() as server:
        aim(aichat, server, "openai")
        for line in ("image a -O -", "speak hi -O -", "embed hi --format npy"):
            done = aichat.invoke(*line.split(), "-p", "openai", **TERMINAL)
            assert done.code == 2 and "for a terminal" in done.stderr
        assert not server.requests


def test_a_name_shows_no_control_character(aichat: Program) -> None:
    name = "a\x1b[2J\nb"
    (aichat.home / name).write_bytes(b"%PDF-1.7")
    with Server() as server:
        aim(aichat, server, "openai")
        for words in (("transcribe", name), ("speak", "-f", f"{name}x"), ("files", "put", name)):
            done = aichat.invoke(*words, "-p", "openai")
            assert done.code and "\x1b" not in done.stderr + done.text


def _refuse(_handle: int) -> None:
    raise OSError(28, "No space left on device")


#: What is paid for and fits no file, as what is answered.
PAID: Mapping[str, Reply] = {
    "transcribe a.wav -O a.out": answer({"text": "Good morning."}),
    "embed hi -O a.out": answer({"data": [{"index": 0, "embedding": floats(3, 4)}]}),
}


@pytest.mark.parametrize("line", PAID)
def test_what_a_disk_that_is_full_by_then_does_not_take_is_on_stdout(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(os, "fsync", _refuse)
    with Server(default=PAID[line]) as server:
        done = type_in(aim(aichat, server, "openai"), line, "openai")
    assert (done.code, done.text) in ((13, "Good morning.\n"), (13, "[3.0, 4.0]\n"))
    assert "cannot write" in done.stderr and not (aichat.home / "a.out").exists()
