"""Whatever prints JSON prints one object where it fails, which says why, as stderr does."""

import json
import time
from io import BytesIO
from typing import Any

import pytest

from aichat.core.text.clock import Clock
from aichat.errors import Interrupted
from tests.commands.embed.test_embed import aim
from tests.commands.files.test_files import answer
from tests.commands.moderate.test_moderate import BAD, OK
from tests.commands.test_beyond import type_in
from tests.commands.test_options import EVERY
from tests.support.answering.made import image_reply
from tests.support.answering.server import Reply, ScriptedReply, SeenRequest, Server
from tests.support.running.program import Program, Result

#: Every command that has it, with words for what it has to be given.
WITH_JSON = [
    " ".join((name, *(argument.name for argument in command.arguments if argument.required)))
    for name, command in EVERY.items()
    if any(option.name == "json" for option in command.options)
]


def told(done: Result) -> dict[str, Any]:
    """The one document that stdout has."""
    found: dict[str, Any] = json.loads(done.text)
    return found


@pytest.mark.parametrize("line", WITH_JSON)
def test_a_wrong_word_is_in_the_json_of_every_command(aichat: Program, line: str) -> None:
    done = aichat.invoke(*line.split(), "--json", "--no-such-option")
    error = told(done)["error"]
    assert (done.code, error["kind"], error["exit"]) == (2, "usage", 2)
    assert error["message"] in done.stderr and error["hint"] in done.stderr
    if not line.startswith("ask"):
        assert line.startswith(told(done)["command"])


@pytest.mark.parametrize("line", WITH_JSON)
def test_what_a_command_raises_is_in_its_json(aichat: Program, line: str) -> None:
    aichat.write_config("nonsense = [")
    done = aichat.invoke(*line.split(), "--json")
    shown = json.loads(done.text)
    failed = isinstance(shown, dict) and bool(shown.get("error"))
    assert failed is bool(done.code) or line in ("doctor",), done


#: What is typed, and what a provider answers that takes nothing.
REFUSED = [
    *("image fox", "video fox -p xai", "speak hi", "transcribe a.wav", "embed hi", "moderate hi"),
    *("files list", "files show f", "files get f", "files put a.txt", "files rm f --yes"),
    *("files stores list", "files stores show v", "files caches list -p gemini"),
    *("tune list", "tune show j", "tune events j", "tune cancel j", "count hi", "balance -p xai"),
    *("ask hi --no-save",),
]


@pytest.mark.parametrize("line", REFUSED)
def test_a_refusal_is_in_the_json(aichat: Program, line: str) -> None:
    refusal = Reply(400, body=[b'{"error": {"message": "not today"}}'], length=True)
    with Server(default=refusal) as server:
        provider = line.partition("-p ")[2] or "openai"
        done = type_in(aim(aichat, server, provider), f"{line} --json", provider)
    error = told(done)["error"]
    assert (done.code, error["exit"], error["status"]) == (5, 5, 400)
    assert error["message"] == "not today" and "not today" in done.stderr


#: What is typed, what is answered, how it ends, and what of it came before that.
PARTLY: dict[str, tuple[str, ScriptedReply, int, dict[str, Any]]] = {
    "one flagged": (
        "moderate --lines -f a.txt --fail",
        answer({"results": [OK, BAD]}),
        10,
        {"model": "omni-moderation-latest"},
    ),
    "one left": (
        "files rm a b --yes",
        lambda asked: Reply(404 if asked.path.endswith("b") else 200, body=[b"{}"], length=True),
        5,
        {"removed": ["a"]},
    ),
}


@pytest.mark.parametrize("case", PARTLY)
def test_what_came_is_beside_what_failed(aichat: Program, case: str) -> None:
    line, reply, code, came = PARTLY[case]
    with Server(default=reply) as server:
        done = type_in(aim(aichat, server, "openai"), f"{line} --json", "openai")
    assert done.code == told(done)["error"]["exit"] == code
    assert came.items() <= told(done).items()


@pytest.mark.parametrize("line", ["files put a.txt a.wav -p openai", "image fox -n 2 -p gemini"])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_what_came_before_the_last_failed_or_was_stopped_is_told_once(
    aichat: Program, line: str, is_stopped: bool
) -> None:
    provider = line.rpartition(" ")[2]
    refusal = Reply(429 if is_stopped else 400, body=[b"{}"], length=True)
    kept = answer({"id": "f-1", "bytes": 3, "created_at": 5, "filename": "a"})

    def stop(_seconds: float) -> None:
        raise Interrupted(2)

    with Server() as server:
        good = image_reply(server, provider) if line.startswith("image") else kept
        replies = iter([good])

        def reply(request: SeenRequest) -> Reply:
            found = next(replies, refusal)
            return found(request) if callable(found) else found

        server.default = reply
        clock = Clock(time.time, time.monotonic, stop, lambda: 0.5)
        done = type_in(aim(aichat, server, provider), f"{line} --json", provider, clock=clock)
    assert len(told(done)["files"]) == 1
    exits = {"image": (9, 130), "files": (5, 130)}[line.split()[0]]
    assert told(done)["error"]["exit"] == exits[is_stopped]
    assert done.code == (-2 if is_stopped else exits[0])


def test_a_signal_is_in_the_json_of_what_had_nothing_yet(aichat: Program) -> None:
    def stop(_seconds: float) -> None:
        raise Interrupted(15)

    clock = Clock(time.time, time.monotonic, stop, lambda: 0.5)
    with Server(default=Reply(429, body=[b"{}"], length=True)) as server:
        done = type_in(aim(aichat, server, "openai"), "count hi --json", "openai", clock=clock)
    error = told(done)["error"]
    assert (done.code, error["kind"], error["exit"], done.stderr.count("\n")) == (
        *(-15, "interrupted", 143),
        1,
    )


@pytest.mark.parametrize(
    ("argv", "is_asked"),
    [
        ("ask hi --json --nope", True),
        ("hi --nope --json", True),
        ("ask -s --json hi --nope", False),
        ("ask --nope -- --json", False),
        ("keys set groq --json", False),
        ("run nofile --json", True),
        ("nosuch.md --config-dir --json --nope", False),
    ],
)
def test_json_is_asked_for_by_the_option_alone(aichat: Program, argv: str, is_asked: bool) -> None:
    done = aichat.invoke(*argv.split())
    assert done.code and bool(done.stdout) is is_asked, done


class FullDisk(BytesIO):
    """A stdout that takes nothing."""

    def write(self, _: object) -> int:
        raise OSError(28, "No space left on device")


def test_where_stdout_takes_nothing_the_line_on_stderr_is_all(aichat: Program) -> None:
    done = aichat.invoke("history", "show", "nosuch", "--json", stdout=FullDisk())
    assert done.code == 2 and done.stderr.startswith("aichat: no conversation")


#: What is typed where somebody says no, and what then is.
DECLINED = {
    "files rm file-1 -p openai": "nothing deleted",
    "files stores rm vs_1 -p openai": "nothing deleted",
    "files caches rm cachedContents/abc -p gemini": "nothing deleted",
    "image fox -p openai --max-cost 0.0001": "Send it?",
    "embed hi -p openai --max-cost 0.000000001": "Send it?",
}


@pytest.mark.parametrize("line", DECLINED)
def test_a_no_is_in_the_json(aichat: Program, line: str) -> None:
    with Server() as server:
        aim(aichat, server, line.partition("-p ")[2].split()[0])
        asked = {"stdin_tty": True, "stderr_tty": True, "stdin": b"n\n"}
        done = aichat.invoke(*line.split(), "--json", **asked)
        assert not server.requests
    error = told(done)["error"]
    assert error["exit"] == done.code and error["kind"] in ("declined", "budget")
    assert DECLINED[line] in done.stderr and error["message"] in " ".join(done.stderr.split())
    assert "error: nothing" not in done.stderr
