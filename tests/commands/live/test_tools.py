"""Tools over a socket: under the same rules as everywhere, in the same session."""

import json
from typing import Any

import pytest

from tests.support.answering.live import STYLES, LiveServer, spoken_answer
from tests.support.answering.tool_rounds import write_files
from tests.support.running.program import Program, Result

PROVIDERS = tuple(STYLES)
FILES = ("--tool", "read_file", "--root", "work")
ALLOWED = (*FILES, "--allow", "read_file(**)")


def call(provider: str) -> list[Any]:
    """An answer that reads a file, as each protocol tells it."""
    if provider == "gemini":
        asked = {"id": "c1", "name": "read_file", "args": {"path": "a.txt"}}
        return [{"toolCall": {"functionCalls": [asked]}}]
    arguments = json.dumps({"path": "a.txt"})
    item = {"type": "function_call", "call_id": "c1", "name": "read_file", "arguments": arguments}
    return [{"type": "response.done", "response": {"status": "completed", "output": [item]}}]


def result_in(provider: str, frames: list[Any]) -> Any:
    """What the model was told of its call, and that it is to go on."""
    if provider == "gemini":
        (told,) = [frame["toolResponse"] for frame in frames if "toolResponse" in frame]
        return told["functionResponses"][0]["response"]
    (told,) = [
        frame["item"]
        for frame in frames
        if frame.get("item", {}).get("type") == "function_call_output"
    ]
    assert frames[-1]["type"] == "response.create" and told["call_id"] == "c1"
    return {"output": told["output"]}


def ask(aichat: Program, provider: str, *words: str, spoken: bool = False) -> tuple[Result, Any]:
    write_files(aichat)
    last = spoken_answer(provider, ["Three."], bytes(4800)) if spoken else []
    with LiveServer(provider, call(provider), last or STYLES[provider].answer("Three.")) as server:
        done = server.point(aichat).invoke("live", "-p", provider, *words, "how many lines?")
        (frames,) = server.frames
    return done, frames


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_is_run_and_its_result_told_on_the_same_socket(
    aichat: Program, provider: str
) -> None:
    done, frames = ask(aichat, provider, *ALLOWED)
    assert (done.text, done.code) == ("Three.\n", 0)
    assert result_in(provider, frames) == {"output": "first\nsecond\nthird\n"}
    assert "read_file(a.txt)" in done.stderr and '"read_file"' in json.dumps(frames[0])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_nobody_allows_is_not_run(aichat: Program, provider: str) -> None:
    done, frames = ask(aichat, provider, *FILES, "--allow", "read_file(src/**)")
    assert done.text == "Three.\n"
    told = json.dumps(result_in(provider, frames))
    assert "second" not in told and "not" in told


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_tool_is_run_amid_what_is_said(aichat: Program, provider: str) -> None:
    done, frames = ask(aichat, provider, *ALLOWED, "--output", "a.wav", spoken=True)
    assert done.code == 0 and "second" in json.dumps(result_in(provider, frames))
    assert (aichat.home / "a.wav").read_bytes()[44:] == bytes(4800)
    shown = json.loads(aichat.invoke("history", "show", "last", "--json").text)
    roles = [turn["message"]["role"] for turn in shown["turns"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
