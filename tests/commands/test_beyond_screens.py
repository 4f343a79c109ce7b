"""The commands beyond chat as they stand on a terminal of 80 columns; the screens are kept as text.

``python -m tests.commands.test_beyond_screens`` writes them anew, to be looked at.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from aichat.core.text.clock import Clock
from tests.commands.embed.test_embed import floats
from tests.commands.files.test_caches import google
from tests.commands.files.test_files import answer, point
from tests.commands.files.test_stores import Keeper
from tests.commands.moderate.test_moderate import BAD, OK
from tests.commands.speak.test_speak import SOUND as SPEECH
from tests.commands.speak.test_speak import sound
from tests.commands.transcribe.test_transcribe import SOUND, TOLD
from tests.commands.tune.test_training import GOOD
from tests.commands.tune.test_tune import reply as tuning
from tests.support.answering.made import VideoProvider, openai_images, xai_images
from tests.support.answering.server import Reply, ScriptedReply, Server
from tests.support.running.program import SCREENS, TERMINAL, Program

#: 2 December 2026, 12:00 UTC.
NOW = 1_796_212_800.0

FILES = answer(
    {
        "data": [
            {
                "id": f"file-{n}",
                "filename": name,
                "bytes": 1234 * 10**n,
                "created_at": 1_796_000_000 + n,
                "purpose": "user_data",
                "status": "processed",
            }
            for n, name in enumerate(("report.pdf", "a very long name " * 6 + "\x1b[2J.mp4"), 1)
        ]
    }
)
VECTORS = answer({"data": [{"index": 0, "embedding": floats(3, 4)}], "usage": {"prompt_tokens": 2}})
SPENT = answer(
    {
        "data": [
            {
                "results": [
                    {"amount": {"value": 1.5, "currency": "usd"}, "line_item": "gpt-6"},
                    {"amount": {"value": 0.25, "currency": "usd"}, "line_item": "images"},
                ]
            }
        ],
        "has_more": False,
    }
)
BALANCE = answer({"data": {"available_balance": 49.58, "cash_balance": -3.0}, "status": True})
SAID = answer(
    {
        "text": "Good morning. Shall we begin?",
        "duration": 5.2,
        "segments": [
            {"start": 0, "end": 1.4, "text": "Good morning.", "speaker": "A"},
            {"start": 2.1, "end": 5.2, "text": "Shall we begin?", "speaker": "B"},
        ],
    }
)
LOUD = Reply(400, body=[b'{"error": {"message": "the sound is too loud"}}'], length=True)

#: Each screen: the provider, what it answers, and the lines that are typed.
SHOWN: Mapping[str, tuple[str, ScriptedReply, str]] = {
    "image": ("openai", openai_images(), "image a red fox in the snow --usage"),
    "image-refused": ("xai", xai_images(), "image a --size 1024x1024; image a --mask b.png"),
    "speak": ("openai", sound(SPEECH), "speak Good day -O day.mp3; speak hi -O day.mp3"),
    "transcribe": ("groq", answer(TOLD["groq"]), "transcribe a.wav b.wav --usage"),
    "transcribe-speakers": (
        *("openai", SAID),
        "transcribe a.wav --diarize; transcribe a.wav --diarize --timestamps segment;"
        "transcribe a.wav --diarize --format vtt; transcribe a.wav --diarize --format srt",
    ),
    "transcribe-failed": (
        *("groq", LOUD),
        "transcribe a.wav; transcribe a.pdf; transcribe a.wav --diarize",
    ),
    "embed": (
        *("openai", VECTORS),
        "embed a cat --usage; embed a cat --format jsonl -O v.jsonl; embed a --similar v.jsonl",
    ),
    "moderate": ("openai", answer({"results": [OK, BAD]}), "moderate --lines -f lines.txt"),
    "files": ("openai", FILES, "files list"),
    "files-one": (
        *("openai", answer({"id": "file-1", "bytes": 3, "filename": "a.txt", "created_at": 5})),
        "files put lines.txt; files show file-1; files text file-1; files rm file-1 --yes",
    ),
    "stores": ("openai", Keeper("openai"), "files stores list; files stores show vs_1"),
    "caches": ("gemini", google, "files caches list"),
    "tune-create": (
        *("openai", tuning),
        "tune create -m gpt-4.1-mini --train t.jsonl --epochs 3 --yes;"
        "tune create -m gpt-4.1-mini --train t.jsonl --max-cost 1;"
        "tune create -m gpt-4.1-mini --train lines.txt",
    ),
    "tune-list": ("openai", tuning, "tune list --limit 2"),
    "tune-show": ("openai", tuning, "tune show ftjob-1"),
    "count": ("openai", answer({"input_tokens": 42}), "count how many -m gpt-6.1-terra"),
    "balance": ("moonshot", BALANCE, "balance"),
    "balance-admin": ("openai", SPENT, "balance"),
    "models": (
        *("openai", answer({})),
        "models --for image; models --for video; models --for speech; models --for transcribe;"
        "models --for embed; models --for moderate; models --for realtime",
    ),
}


def draw(aichat: Program, name: str) -> str:
    """What a terminal shows of a command's lines."""
    provider, reply, lines = SHOWN[name]
    with Server(default=reply) as server:
        shown = "".join(show(aichat, server, provider, line) for line in lines.split(";"))
    return shown.replace(str(aichat.home), "~")


def show(aichat: Program, server: Server, provider: str, line: str) -> str:
    """One line that is typed, and what comes of it: what is said on stderr stands first."""
    point(aichat, server, provider)
    for file in ("a.wav", "b.wav"):
        (aichat.home / file).write_bytes(SOUND)
    (aichat.home / "t.jsonl").write_text((GOOD + "\n") * 10)
    (aichat.home / "lines.txt").write_text("a kind word\na threat\n")
    words = line.split()
    chosen = () if words[0] == "models" else ("-p", provider)
    clock = Clock(lambda: NOW, lambda: 0.0, aichat.waits.append, lambda: 0.5)
    keys = {"OPENAI_ADMIN_KEY": "sk-admin-x"} if "balance" in words else {}
    outside: dict[str, Any] = {**TERMINAL, "clock": clock}
    done = aichat.invoke(*words, *chosen, environ=keys, **outside)
    typed = " ".join(("$ aichat", *words, *chosen))
    return f"{typed}\n{done.stderr}{done.text}"


def jobs(aichat: Program) -> str:
    """Jobs of three kinds: a video that is done, one that goes on, and a tuning."""
    shown = ""
    with Server() as server:
        VideoProvider(server, "xai", looks=0)
        line = "video a red fox runs --seconds 6 --resolution 720p --usage"
        shown += show(aichat, server, "xai", line)
        VideoProvider(server, "qwen", looks=9)
        shown += show(aichat, server, "qwen", "video a cat --no-wait")
        for line in ("jobs", "jobs show task-1"):
            done = aichat.invoke(*line.split(), **TERMINAL)
            shown += f"$ aichat {line}\n{done.stderr}{done.text}"
    return shown.replace(str(aichat.home), "~")


DRAWN: Mapping[str, Callable[[Program], str]] = {
    **{name: lambda aichat, name=name: draw(aichat, name) for name in SHOWN},  # type: ignore[misc]
    "jobs": jobs,
}


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", DRAWN)
def test_the_screen_is_the_one_that_was_looked_at(aichat: Program, name: str) -> None:
    shown = DRAWN[name](aichat)
    assert shown == (SCREENS / f"beyond-{name}.txt").read_text()
    assert "\x1b" not in shown and all(len(row) <= 80 for row in shown.splitlines())


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    for each, write in DRAWN.items():
        with tempfile.TemporaryDirectory() as folder:
            (SCREENS / f"beyond-{each}.txt").write_text(write(Program(Path(folder))))
