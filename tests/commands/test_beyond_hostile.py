"""A provider that means harm or is broken, at every endpoint beyond chat: each answer is spoiled.

Whatever it says, no command ends in a bug of ours, hangs, or moves a terminal's cursor.
"""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aichat.wires.resources import files as wire_files
from tests.commands.embed.test_embed import aim
from tests.commands.files.test_caches import google
from tests.commands.files.test_resumed import PART, Parts
from tests.commands.files.test_stores import Keeper
from tests.commands.moderate.test_moderate import BAD, OK
from tests.commands.test_beyond_screens import BALANCE, FILES, SAID, SPENT, VECTORS
from tests.commands.transcribe.test_long import Dashscope
from tests.commands.transcribe.test_transcribe import SOUND, TOLD
from tests.commands.tune.test_training import GOOD
from tests.commands.tune.test_tune import reply as tuning
from tests.support.answering.made import VideoProvider, answer, image_reply
from tests.support.answering.server import Reply, ScriptedReply, SeenRequest, Server
from tests.support.running.marks import long_case
from tests.support.running.program import TERMINAL, Program
from tests.support.values import spoiled

QUICK, ALL = 2, 80  # seeds of each line

FILE = {"id": "f", "bytes": 3, "created_at": 5, "filename": "a", "status": "processed"}
GOOGLES = {"name": "files/a", "sizeBytes": "3", "createTime": "2026-11-30T00:00:00Z", "uri": "u"}

#: A provider and what is typed -> what it answers as long as it means well.
LINES: Mapping[str, Callable[[Server, str], ScriptedReply]] = {
    **{f"{who} image fox --again": image_reply for who in ("openai", "xai", "gemini", "qwen")},
    **{
        f"{who} video a --again": lambda server, who: VideoProvider(server, who, looks=1).reply
        for who in ("xai", "gemini", "qwen")
    },
    **{
        f"{who} transcribe a.wav --no-stream": lambda _, who: answer(TOLD[who])
        for who in ("openai", "groq", "xai", "gemini", "qwen")
    },
    "openai transcribe a.wav --diarize --no-stream": lambda *_: SAID,
    "qwen transcribe a.wav --format srt --again": lambda server, _: Dashscope(server).reply,
    "openai embed a cat": lambda *_: VECTORS,
    "gemini embed a cat": lambda *_: answer({"embeddings": [{"values": [0.1, 0.2]}]}),
    "openai moderate --lines -f l.txt": lambda *_: answer({"results": [OK, BAD]}),
    "openai files list": lambda *_: FILES,
    "openai files show f": lambda *_: answer(FILE),
    "openai files put big.bin": lambda *_: Parts(),
    "gemini files list": lambda *_: answer({"files": [GOOGLES]}),
    "openai files stores list": lambda *_: Keeper("openai"),
    "openai files stores show vs_1": lambda *_: Keeper("openai"),
    "openai files stores add vs_1 l.txt": lambda *_: Keeper("openai"),
    "gemini files stores add fileSearchStores/x l.txt": lambda *_: Keeper("gemini"),
    "gemini files caches list": lambda *_: google,
    "openai tune list": lambda *_: tuning,
    "openai tune show ftjob-1": lambda *_: tuning,
    "openai tune events ftjob-1": lambda *_: tuning,
    "openai tune create -m gpt-4.1-mini --train t.jsonl --yes": lambda *_: tuning,
    "openai count hi": lambda *_: answer({"input_tokens": 42}),
    "gemini count hi": lambda *_: answer({"totalTokens": 4}),
    "moonshot balance": lambda *_: BALANCE,
    "openai balance": lambda *_: SPENT,
}


def spoil(chance: random.Random, reply: Reply) -> Reply:
    """A JSON answer, most often with faults; what is none as it was."""
    headers = dict(reply.headers)
    data = b"".join(step for step in reply.body if isinstance(step, bytes))
    if "json" not in headers.get("content-type", "") or reply.status != 200 or not data:
        return reply
    value: Any = json.loads(data)
    if chance.random() < 0.7:
        value = next(iter(spoiled.spoil(chance, [value])), {})
    told = spoiled.write(chance, value).encode("utf-8", "surrogatepass")
    return Reply(headers=headers, body=[spoiled.break_bytes(chance, told)], length=True)


#: What moves a cursor, turns the text around, or hides, and is none of our own.
MOVING = set("\x9b\x07\x08\u202e\u2066\u200b")


@pytest.mark.parametrize("seeds", [QUICK, long_case(ALL)])
@pytest.mark.parametrize("line", LINES)
def test_whatever_it_says_ends_well(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, line: str, seeds: int
) -> None:
    small = wire_files.DIALECTS["openai"]._replace(part_bytes=PART)
    monkeypatch.setitem(wire_files.DIALECTS, "openai", small)  # type: ignore[arg-type]
    who, *words = line.split()
    contents = {
        "a.wav": SOUND,
        "l.txt": b"a kind word\na threat\n",
        "t.jsonl": (GOOD + "\n").encode() * 10,
        "big.bin": bytes(2 * PART + 9) if "big.bin" in line else b"",
    }
    for name, data in contents.items():
        (aichat.home / name).write_bytes(data)
    for seed in range(seeds):
        chance = random.Random(f"{line} {seed}")
        with Server() as server:
            good = LINES[line](server, who)

            def reply(request: SeenRequest, good: Any = good, chance: Any = chance) -> Reply:
                return spoil(chance, good(request) if callable(good) else good)

            server.default = reply
            aim(aichat, server, who)
            outside: Any = TERMINAL if chance.random() < 0.5 else {"stdin": b""}
            keys = {"OPENAI_ADMIN_KEY": "sk-admin-x"}
            done = aichat.invoke(*words, "-p", who, environ=keys, **outside)
        assert done.code in (0, 3, 5, 7, 8, 9, 10), (seed, done)
        shown = done.stderr
        if outside is TERMINAL:
            shown += done.stdout.decode("utf-8", "replace")
        assert not MOVING & set(shown), (seed, shown)
