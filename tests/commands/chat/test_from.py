"""``chat --from``: the session of a coding agent, gone on with at any model."""

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from aichat.app.history.agent_session import bring_session
from aichat.core.text.clock import Clock
from aichat.errors import AichatError
from aichat.process.world import World, system_world
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl

UUID = "0195aaaa-bbbb-cccc-dddd-eeeeffff0000"


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def claude_session(key: str) -> str:
    about = {"sessionId": key, "uuid": "1", "type": "user", "timestamp": "2026-01-01T00:00:00Z"}
    return lines(about | {"message": {"role": "user", "content": f"mend {key}"}})


def sessions(here: str) -> dict[str, tuple[str, str, str]]:
    """By agent: where its session is, what is in it, and the id that it has here."""
    dashed = "".join(c if c.isalnum() else "-" for c in here)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
    meta = {"id": UUID, "cwd": here}
    head = {"sessionId": "gem1-2345", "projectHash": "p"}
    kimi = ({"role": "_checkpoint", "id": 0}, {"role": "user", "content": "hi"})
    md5 = hashlib.md5(here.encode(), usedforsecurity=False).hexdigest()
    sha = hashlib.sha256(here.encode()).hexdigest()
    return {
        "claude": (
            f".claude/projects/{dashed}/c1-2345.jsonl",
            claude_session("c1-2345"),
            "claude-code-c1-2345",
        ),
        "codex": (
            f".codex/sessions/2026/01/01/rollout-2026-01-01T00-00-00-{UUID}.jsonl",
            lines(
                {"type": "session_meta", "payload": meta},
                {"type": "response_item", "payload": item},
            ),
            f"codex-{UUID}",
        ),
        "gemini": (
            f".gemini/tmp/{sha}/chats/session-2026-gem1.jsonl",
            lines(head, {"id": "1", "type": "user", "content": "hi"}),
            "gemini-gem1-2345",
        ),
        "kimi": (f".kimi/sessions/{md5}/k1-2345/context.jsonl", lines(*kimi), "kimi-k1-2345"),
    }


@pytest.fixture
def world(aichat: Program, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(aichat.home)
    for name, value in aichat.environ.items():
        monkeypatch.setenv(name, value)
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "KIMI_SHARE_DIR"):
        monkeypatch.delenv(name, raising=False)
    clock = Clock(lambda: 2e9, lambda: 0.0, lambda _: None, lambda: 0)
    return system_world()._replace(clock=clock, stderr=BytesIO())


def write(home: Path, name: str, text: str, at: float = 1e9) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))


@pytest.mark.parametrize("agent", ["claude", "codex", "gemini", "kimi"])
def test_the_last_of_this_folder_comes_before_later_ones_elsewhere(
    agent: str, world: World, aichat: Program
) -> None:
    here = str(aichat.home)
    name, text, expected = sessions(here)[agent]
    write(aichat.home, name, text)
    elsewhere, other, _ = sessions("/somewhere/else")[agent]
    write(
        aichat.home,
        elsewhere.replace("2345", "9999").replace("ffff0000", "ffff1111"),
        other.replace("2345", "9999").replace("ffff0000", "ffff1111"),
        1.5e9,
    )
    found = bring_session(world, agent, ("and", "now"))
    assert (found.conversation, found.words) == (expected, ("and", "now"))
    assert "of this folder" in world.stderr.getvalue().decode()  # type: ignore[attr-defined]
    assert bring_session(world, agent, ()).conversation == expected
    known = expected.removeprefix("claude-code-").removeprefix(f"{agent}-")
    named = bring_session(world, agent, (known, "go"))
    assert (named.conversation, named.words) == (expected, ("go",))


def test_a_session_that_grew_is_another_conversation(world: World, aichat: Program) -> None:
    name, text, expected = sessions(str(aichat.home))["kimi"]
    write(aichat.home, name, text)
    assert bring_session(world, "kimi", ()).conversation == expected
    write(aichat.home, name, text + lines({"role": "assistant", "content": "yes"}))
    assert bring_session(world, "kimi", ()).conversation == f"{expected}-2"


def test_the_latest_of_all_is_taken_where_this_folder_has_none(
    world: World, aichat: Program
) -> None:
    for number, at in enumerate((1e9, 1.2e9, 1.1e9)):
        write(
            aichat.home, f".claude/projects/-x/c-{number}.jsonl", claude_session(f"c-{number}"), at
        )
    assert bring_session(world, "claude", ()).conversation == "claude-code-c-1"


def test_a_beginning_that_several_have_is_told(world: World, aichat: Program) -> None:
    for key in ("abcd-1", "abcd-2"):
        write(aichat.home, f".claude/projects/-x/{key}.jsonl", claude_session(key))
    with pytest.raises(AichatError, match="matches several sessions of claude"):
        bring_session(world, "claude", ("abcd", "go"))
    with pytest.raises(AichatError, match="no sessions of kimi in"):
        bring_session(world, "kimi", ())


def test_a_chat_goes_on_from_it_at_another_model(aichat: Program) -> None:
    name, text, _ = sessions(str(aichat.home))["claude"]
    write(aichat.home, name, text)
    with Server(chat_stream(["mended"])) as server:
        chat = Repl(aichat.point_groq_at(server.url), "chat", "--from", "claude", "and", "then")
        chat.wait_until("mended")
        chat.close()
        said = [message["content"] for message in server.requests[0].json()["messages"]]
    assert said == ["mend c1-2345", "and then"]
