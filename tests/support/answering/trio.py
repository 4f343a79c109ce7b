"""Gemini, Qwen on its three wires, and Moonshot: how to ask them, and an answer on each wire.

As in test_providers, tables run the program in this process; one run a wire, and what needs
signals, starts the real program.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.app.setup.test_providers import FULL, Say, curl_body
from tests.app.setup.test_providers import reply as other_reply
from tests.support.answering import answers_google as google
from tests.support.answering.server import (
    Reply,
    ScriptedReply,
    SeenRequest,
    Server,
    chat_stream,
    chat_whole,
    tool_call,
)
from tests.support.running.program import SENTINEL, Program, Result

# -- the targets


class Target(NamedTuple):
    """One provider on one wire: how to ask it, and what must arrive."""

    provider: str
    wire: str
    path: str
    base: str = "/v1"
    words: tuple[str, ...] = ()
    model: str = ""

    @property
    def auth(self) -> str:
        return "x-goog-api-key" if self.wire == "gemini" else "authorization"

    @property
    def secret(self) -> str:
        return SENTINEL if self.wire == "gemini" else f"Bearer {SENTINEL}"

    def command(self, *more: str) -> tuple[str, ...]:
        return ("ask", "-p", self.provider, *self.words, "hi", *more)


MODE = "/compatible-mode/v1"
SERVICE = "/api/v1/services/aigc"
MULTIMODAL, TEXT_ONLY = (f"{SERVICE}/{n}-generation/generation" for n in ("multimodal", "text"))
NATIVE = ("--wire", "dashscope")
FLASH, KIMI = "qwen3.8-flash", "kimi-k3.1-pro"
TARGETS = {
    "gemini": Target(
        "gemini",
        "gemini",
        f"/v1beta/models/{google.GEMINI}:streamGenerateContent?alt=sse",
        "/v1beta",
        (),
        google.GEMINI,
    ),
    "qwen": Target("qwen", "chat", f"{MODE}/chat/completions", MODE, (), FLASH),
    "qwen responses": Target(
        "qwen", "responses", f"{MODE}/responses", MODE, ("--wire", "responses"), FLASH
    ),
    "qwen dashscope": Target("qwen", "dashscope", MULTIMODAL, MODE, NATIVE, FLASH),
    "qwen dashscope text": Target(
        "qwen", "dashscope", TEXT_ONLY, MODE, (*NATIVE, "-m", "qwen-plus"), "qwen-plus"
    ),
    "moonshot": Target("moonshot", "chat", "/v1/chat/completions", "/v1", (), KIMI),
}
KEYS = {"gemini": "GEMINI_API_KEY", "qwen": "DASHSCOPE_API_KEY", "moonshot": "MOONSHOT_API_KEY"}


def point_program_at(aichat: Program, target: Target, url: str) -> Program:
    """The program with only the target's key, and its requests sent to ``url``."""
    base = f"AICHAT_{target.provider.upper()}_BASE_URL"
    aichat.environ |= {KEYS[target.provider]: SENTINEL, base: f"{url}{target.base}"}
    return aichat


def ask_target(
    aichat: Program, name: str, answer: ScriptedReply, *words: str, **more: Any
) -> tuple[Result, Sequence[SeenRequest]]:
    """A run that gets ``answer``, and its requests."""
    target = TARGETS[name]
    with Server(default=answer) as server:
        result = point_program_at(aichat, target, server.url).invoke(
            *target.command(*words), **more
        )
        return result, list(server.requests)


def body_of(aichat: Program, name: str, *words: str) -> dict[str, Any]:
    """The body of a dry run, which must leave stderr empty."""
    result = dry_run(aichat, name, *words)
    assert (result.stderr, result.code) == ("", 0)
    return curl_body(result)


def dry_run(aichat: Program, name: str, *words: str) -> Result:
    return aichat.invoke(*TARGETS[name].command("--dry-run", *words))


# -- one answer on each wire

USER = {"role": "user", "content": "hi"}
CALL = {"id": "call_9", "name": "port_depth", "arguments": '{"port":"Leith"}'}
THOUGHTS, ARGUMENTS = ("Think", " twice."), ('{"port":', '"Leith"}')
CALLS = tool_call("port_depth", *ARGUMENTS, call_id="call_9")
WHOLE_CALLS = tool_call("port_depth", "".join(ARGUMENTS), call_id="call_9")


def gemini_answer(pieces: Sequence[str], full: bool, stream: bool) -> Reply:
    thoughts = [google.thought(t) for t in THOUGHTS if full]
    calls = [google.function_call("port_depth", {"port": "Leith"}, "call_9")] * full
    make = google.gemini_stream if stream else google.gemini_whole
    return make(*thoughts, *pieces, *calls)


def native_answer(pieces: Sequence[str], full: bool, stream: bool, multimodal: bool) -> Reply:
    if stream:
        return google.dashscope_stream(
            pieces,
            reasoning=THOUGHTS if full else (),
            tool_calls=CALLS if full else (),
            multimodal=multimodal,
        )
    return google.dashscope_whole(
        "".join(pieces),
        reasoning="".join(THOUGHTS) if full else "",
        tool_calls=WHOLE_CALLS if full else (),
        multimodal=multimodal,
    )


def chat_answer(pieces: Sequence[str], full: bool, stream: bool, model: str) -> Reply:
    if stream:
        make = google.moonshot_stream if model == KIMI else chat_stream
        field = {} if model == KIMI else {"reasoning_field": "reasoning_content"}
        return make(
            pieces,
            usage=google.CHAT_USAGE,
            reasoning=THOUGHTS if full else (),
            tool_calls=CALLS if full else (),
            model=model,
            **field,  # type: ignore[arg-type]
        )
    return chat_whole(
        "".join(pieces),
        google.CHAT_USAGE,
        reasoning="".join(THOUGHTS) if full else None,
        reasoning_field="reasoning_content",
        tool_calls=WHOLE_CALLS if full else (),
        model=model,
    )


def answer(
    name: str, pieces: Sequence[str] = ("Fine.",), *, full: bool = False, stream: bool = True
) -> Reply:
    """``pieces`` as an answer of a target; ``full`` adds reasoning and a tool call."""
    target = TARGETS[name]
    if target.wire == "gemini":
        return gemini_answer(pieces, full, stream)
    if target.wire == "dashscope":
        return native_answer(pieces, full, stream, target.path == MULTIMODAL)
    if target.wire == "responses":
        return other_reply("responses", FULL if full else Say(pieces), stream=stream)
    return chat_answer(pieces, full, stream, target.model)


def events_in(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.text.removesuffix("\n").split("\n")]


def merge_events(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events with text and reasoning joined, without usage and notices."""
    joined: list[dict[str, Any]] = []
    for event in events:
        same = bool(joined) and joined[-1]["type"] == event["type"]
        if same and "text" in event:
            joined[-1]["text"] += event["text"]
        elif event["type"] not in ("usage", "notice", "finish", "start"):
            joined.append(dict(event))
    return joined
