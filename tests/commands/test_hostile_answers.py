"""What providers answer beyond chat, spoiled by a seed: no bug of ours, nothing on the terminal."""

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.commands.balance.test_balance import KEY
from tests.commands.balance.test_balance import TOLD as BALANCE
from tests.commands.embed.test_embed import WISHES as VECTORS
from tests.commands.embed.test_embed import aim
from tests.commands.files.test_files import PUT, answer, point
from tests.commands.files.test_stores import Keeper
from tests.commands.moderate.test_moderate import BAD, OK
from tests.commands.transcribe.test_transcribe import SOUND
from tests.commands.transcribe.test_transcribe import TOLD as TRANSCRIPTS
from tests.commands.tune.test_tune import reply as tuning_reply
from tests.support.answering.made import VideoProvider, image_reply
from tests.support.answering.server import Reply, ScriptedReply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program
from tests.support.values import spoiled

QUICK, ALL = 1, 60  # runs of each

#: What may stand on a terminal is all but these.
FOREIGN = re.compile(
    "[\x00-\x06\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]"
)

Asked = tuple[str, str, Callable[[Server], ScriptedReply | None]]

#: The command, the provider, and what it answers where it means well.
RUNS: Mapping[str, Asked] = {
    **{
        f"image {name}": (
            "image a fox --force -O fox.png",
            name,
            lambda s, n=name: image_reply(s, n),
        )
        for name in ("openai", "xai", "gemini", "qwen")
    },
    **{
        f"video {name}": (
            "video a fox --force -O film.mp4",
            name,
            lambda s, n=name: VideoProvider(s, n).reply,
        )
        for name in ("xai", "gemini", "qwen")
    },
    **{
        f"embed {name}": (
            "embed a cat --dimensions 2",
            name,
            lambda s, n=name: answer(VECTORS[n][2]),
        )
        for name in VECTORS
    },
    **{
        f"transcribe {name}": (
            "transcribe a.wav --no-stream",
            name,
            lambda s, n=name: answer(TRANSCRIPTS[n]),
        )
        for name in TRANSCRIPTS
    },
    **{
        f"put {name}": ("files put a.pdf", name, lambda s: answer(PUT))
        for name in ("openai", "xai", "anthropic", "moonshot", "groq")
    },
    **{
        f"files {name}": ("files list", name, lambda s: answer({"data": [PUT, PUT]}))
        for name in ("openai", "anthropic", "qwen")
    },
    **{
        f"store {name}": ("files stores create m a.pdf", name, lambda s, n=name: Keeper(n))
        for name in ("openai", "gemini", "xai")
    },
    **{
        f"stores {name}": ("files stores list", name, lambda s, n=name: Keeper(n))
        for name in ("openai", "gemini", "xai")
    },
    "moderate": ("moderate bad", "openai", lambda s: answer({"results": [BAD]})),
    "verdicts": ("moderate --lines -f t.txt", "openai", lambda s: answer({"results": [OK, BAD]})),
    "balance": ("balance", "moonshot", lambda s: answer(BALANCE)),
    "key": ("balance", "xai", lambda s: answer(KEY)),
    "tune list": ("tune list", "openai", lambda s: tuning_reply),
    "tune show": ("tune show ftjob-1", "openai", lambda s: tuning_reply),
    "models": (
        "models --live",
        "openai",
        lambda s: answer({"data": [{"id": "gpt-x", "created": 1}]}),
    ),
    "api": ("api", "groq", lambda s: answer({"data": [{"id": "x"}]})),
}


class HostileServer(Server):
    """A server whose JSON answers are spoiled, two in three, as ``chance`` has it."""

    chance: random.Random

    def record(self, seen: SeenRequest) -> Reply:
        reply = super().record(seen)
        whole = b"".join(step for step in reply.body if isinstance(step, bytes))
        if whole[:1] not in (b"{", b"[") or self.chance.random() < 1 / 3:
            return reply
        chunks = spoiled.spoil(self.chance, [json.loads(whole)])
        body = spoiled.write(self.chance, chunks[0]).encode() if chunks else b""
        return replace(reply, body=[spoiled.break_bytes(self.chance, body)])


@pytest.mark.parametrize("name", RUNS)
def test_what_a_hostile_provider_answers_is_never_our_bug(name: str, tmp_path: Path) -> None:
    play(name, tmp_path, range(QUICK))


@pytest.mark.long
@pytest.mark.parametrize("name", RUNS)
def test_two_thousand_hostile_answers_are_never_our_bug(name: str, tmp_path: Path) -> None:
    play(name, tmp_path, range(QUICK, QUICK + ALL))


def play(name: str, folder: Path, seeds: range) -> None:
    """One run for each seed, in a home of its own, by turns on a terminal."""
    command, provider, replies = RUNS[name]
    for seed in seeds:
        home = folder / str(seed)
        home.mkdir()
        (home / "a.wav").write_bytes(SOUND)
        (home / "t.txt").write_text("nice\nbad\n")
        with HostileServer() as server:
            server.chance = random.Random(f"{name} {seed}")
            server.default = replies(server)
            run(Program(home), server, command, provider, TERMINAL if seed % 2 else {})


def run(
    aichat: Program, server: Server, command: str, provider: str, outside: Mapping[str, Any]
) -> None:
    (aim if command.startswith("embed") else point)(aichat, server, provider)
    aichat.environ |= {
        "XAI_MANAGEMENT_API_KEY": "k-manage-0123456789",
        "AICHAT_XAI_MANAGEMENT_BASE_URL": f"{server.url}/manage/v1",
    }
    words = [provider, "GET", "/models"] if command == "api" else ["-p", provider]
    begun = time.process_time()
    done = aichat.invoke(*command.split(), *words, **outside)
    assert time.process_time() - begun < 5
    assert done.code != 1 and "Traceback" not in done.stderr, done.stderr
    shown = done.stderr + (done.stdout.decode("utf-8", "replace") if outside else "")
    assert not FOREIGN.search(shown), shown
    assert "k-secret" not in shown
    assert not re.search(r"[$\u20ac\u00a5]-|-[$\u20ac\u00a5]|\b(nan|inf) USD", done.stderr), (
        done.stderr
    )


def test_half_a_character_in_an_id_is_no_character_in_the_next_request(aichat: Program) -> None:
    def reply(request: SeenRequest) -> Reply:
        if request.method == "POST":
            return answer({"request_id": "vid-\ud800"})
        return answer({"status": "failed", "error": {"message": "no \udc00"}})

    with Server(default=reply) as server:
        point(aichat, server, "xai")
        done = aichat.invoke("video", "a", "-O", "f.mp4", "-p", "xai")
        asked = server.requests[-1].path
    assert (done.code, asked) == (7, "/v1/videos/vid-%EF%BF%BD"), done.stderr
