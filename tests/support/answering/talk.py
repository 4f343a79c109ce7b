"""Conversations through the whole program, with one server for all providers.

Each provider's base URL is a folder of its own on that server, so a request's path tells
who was asked. Runs are in this process, like the tables of test_providers.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.support.answering import answers_google as google
from tests.support.answering.answers import (
    CLAUDE,
    ScriptedCall,
    Style,
    messages_stream,
    responses_stream,
)
from tests.support.answering.answers_interactions import interaction_stream
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Reply,
    ScriptedReply,
    Server,
    chat_stream,
    tool_call,
)
from tests.support.running.program import SENTINEL, Program, Result

#: The path of each provider's base URL, and the variable of its key.
BASES = {
    "openai": ("/v1", "OPENAI_API_KEY"),
    "gemini": ("/v1beta", "GEMINI_API_KEY"),
    "xai": ("/v1", "XAI_API_KEY"),
    "groq": ("/v1", "GROQ_API_KEY"),
    "anthropic": ("/v1", "ANTHROPIC_API_KEY"),
    "perplexity": ("/v1", "PERPLEXITY_API_KEY"),
    "moonshot": ("/v1", "MOONSHOT_API_KEY"),
    "qwen": ("/compatible-mode/v1", "DASHSCOPE_API_KEY"),
    "box": ("/v1", "BOX_KEY"),
}
CONFIG = '[providers.box]\nbase_url = "{url}/box/v1"\nkey_env = "BOX_KEY"\nmodels = ["m"]\n'


class Talk:
    """A user at the command line, and a server that gives the next reply of a script."""

    def __init__(
        self, aichat: Program, server: Server, config: str = "", *, cache: str | None = "off"
    ) -> None:
        self.aichat, self.server, self._cache = aichat, server, cache
        aichat.write_config(CONFIG.format(url=server.url) + config)
        aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "data")
        for name, (base, key) in BASES.items():
            url = f"{server.url}/{name}{base}"
            aichat.environ |= {key: SENTINEL, f"AICHAT_{name.upper()}_BASE_URL": url}

    def run(self, *words: str) -> Result:
        """One run in this process."""
        return self.aichat.invoke(*words)

    def ask(self, reply: ScriptedReply, *words: str) -> Result:
        """Ask a question, to which the server replies with ``reply``."""
        self.server.push(reply)
        caching = ("--cache", self._cache) if self._cache else ()
        return self.run("ask", *words, *caching)

    def ask_text(self, reply: ScriptedReply, *words: str) -> str:
        """Ask a question that must succeed, with nothing on stderr; returns stdout."""
        result = self.ask(reply, *words)
        assert (result.stderr, result.code) == ("", 0)
        return result.text

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies that the server received."""
        return [seen.json() for seen in self.server.requests]

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.server.requests]

    def stored_conversation(self) -> dict[str, Any]:
        """The last conversation, whole."""
        shown = self.run("history", "show", "--json")
        assert shown.code == 0, shown.stderr
        found: dict[str, Any] = json.loads(shown.text)
        return found


def text_in(turn: Mapping[str, Any]) -> str:
    """The text of a stored turn."""
    parts = turn["message"]["parts"]
    return "".join(part["text"] for part in parts if part["type"] == "text")


def outline(stored: Mapping[str, Any]) -> list[tuple[int, int | None, str, str, str]]:
    """All stored turns: number, parent, role, status, text."""
    return [
        (t["number"], t.get("parent"), t["message"]["role"], t.get("status", "complete"), said)
        for t in stored["turns"]
        if (said := text_in(t)) is not None
    ]


# -- answers, independent of the wire


class ScriptedAnswer(NamedTuple):
    """A model's answer; ``finish`` is in terms of chat completions."""

    pieces: Sequence[str] = ()
    reasoning: Sequence[str] = ()
    calls: Sequence[ScriptedCall] = ()
    finish: str = "stop"


def _chat(field: str) -> Callable[[ScriptedAnswer], Reply]:
    return lambda say: chat_stream(
        say.pieces,
        reasoning=say.reasoning,
        reasoning_field=field,
        tool_calls=_calls(say),
        finish=say.finish,
    )


def _calls(say: ScriptedAnswer) -> list[dict[str, Any]]:
    told = enumerate(say.calls)
    return [d for n, c in told for d in tool_call(c.name, *c.pieces, call_id=c.id, index=n)]


def _responses(style: Style) -> Callable[[ScriptedAnswer], Reply]:
    return lambda say: responses_stream(
        say.pieces,
        reasoning=say.reasoning,
        tool_calls=say.calls,
        incomplete="max_output_tokens" if say.finish == "length" else None,
        style=style,
    )


def _messages(say: ScriptedAnswer) -> Reply:
    reason = {"length": "max_tokens"}.get(say.finish, "end_turn")
    return messages_stream(
        say.pieces, thinking=say.reasoning, tool_uses=say.calls, stop_reason=reason
    )


def _gemini(say: ScriptedAnswer) -> Reply:
    thoughts = [google.thought(text) for text in say.reasoning]
    calls = [
        google.function_call(
            c.name, json.loads(c.arguments), c.id, "" if place else google.SIGNATURE
        )
        for place, c in enumerate(say.calls)
    ]
    finish = {"length": "MAX_TOKENS"}.get(say.finish, "STOP")
    return google.gemini_stream(*thoughts, *say.pieces, *calls, finish=finish)


def _interactions(say: ScriptedAnswer) -> Reply:
    calls = [(c.id, c.name, c.arguments) for c in say.calls]
    status = "incomplete" if say.finish == "length" else ""
    return interaction_stream(*say.pieces, reasoning=say.reasoning, calls=calls, status=status)


def _moonshot(say: ScriptedAnswer) -> Reply:
    return google.moonshot_stream(
        say.pieces, reasoning=say.reasoning, tool_calls=_calls(say), finish=say.finish
    )


def _dashscope(say: ScriptedAnswer) -> Reply:
    return google.dashscope_stream(
        say.pieces, reasoning=say.reasoning, tool_calls=_calls(say), finish=say.finish
    )


def _sonar(say: ScriptedAnswer) -> Reply:
    """An answer with reasoning between tags in the text."""
    thought = [f"<think>{''.join(say.reasoning)}</think>"] if say.reasoning else []
    return chat_stream([*thought, *say.pieces], tool_calls=_calls(say), finish=say.finish)


def _signed_responses(say: ScriptedAnswer) -> Reply:
    """An answer with calls signed, as Perplexity does for some models."""
    reply = _responses("perplexity")(say)
    sign = (b'"type":"function_call",', b'"type":"function_call","thought_signature":"c2lnbmVk",')
    steps = [step.replace(*sign) for step in reply.body if isinstance(step, bytes)]
    return Reply(reply.status, reply.headers, steps)


def messages_blocks(*content: Mapping[str, Any], stop: str = "end_turn") -> Reply:
    """An answer of the Messages wire, with each block complete at its start."""
    message = {"id": "msg_1", "model": CLAUDE, "usage": {}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(content):
        start = {"type": "content_block_start", "index": index, "content_block": block}
        events += [start, {"type": "content_block_stop", "index": index}]
    events.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {}})
    events.append({"type": "message_stop"})
    return Reply(headers=SSE, body=[f"data: {json.dumps(e)}\n\n".encode() for e in events])


def cut_after(reply: Reply, text: str) -> Reply:
    """The stream, cut after ``text``."""
    steps = [step for step in reply.body if isinstance(step, bytes)]
    place = next(n for n, step in enumerate(steps) if text.encode() in step)
    return Reply(reply.status, reply.headers, [*steps[: place + 1], CloseEarly()])


class Target(NamedTuple):
    """One provider on one wire: how to ask it, its replies, and its path on the server."""

    provider: str
    words: tuple[str, ...]
    path: str
    reply: Callable[[ScriptedAnswer], Reply]
    place: str  # the field of the dialogue: "input", "messages", ...
    note: str = ""  # allowed on stderr


_CHAT, _RESPONSES = "/v1/chat/completions", "/v1/responses"
_MODE = "/compatible-mode/v1"
TARGETS = {
    "openai": Target("openai", (), _RESPONSES, _responses("openai"), "input"),
    "openai chat": Target("openai", ("--wire", "chat"), _CHAT, _chat(""), "messages"),
    "gemini": Target(
        "gemini",
        (),
        f"/v1beta/models/{google.GEMINI}:streamGenerateContent?alt=sse",
        _gemini,
        "contents",
    ),
    "gemini interactions": Target(
        "gemini", ("--wire", "interactions"), "/v1beta/interactions", _interactions, "input"
    ),
    "xai": Target("xai", (), _RESPONSES, _responses("xai"), "input"),
    "xai chat": Target("xai", ("--wire", "chat"), _CHAT, _chat("reasoning_content"), "messages"),
    "xai messages": Target(
        "xai", ("--wire", "messages"), "/v1/messages", _messages, "messages", "deprecated"
    ),
    "groq": Target("groq", (), _CHAT, _chat("reasoning"), "messages"),
    "groq responses": Target(
        "groq", ("--wire", "responses"), _RESPONSES, _responses("openai"), "input"
    ),
    "anthropic": Target("anthropic", (), "/v1/messages", _messages, "messages"),
    "perplexity": Target("perplexity", (), _RESPONSES, _signed_responses, "input"),
    "perplexity sonar": Target(
        "perplexity", ("-m", "sonar-reasoning-pro"), _CHAT, _sonar, "messages"
    ),
    "moonshot": Target("moonshot", (), _CHAT, _moonshot, "messages"),
    "qwen": Target("qwen", (), f"{_MODE}/chat/completions", _chat("reasoning_content"), "messages"),
    "qwen responses": Target(
        "qwen", ("--wire", "responses"), f"{_MODE}/responses", _responses("openai"), "input"
    ),
    "qwen dashscope": Target(
        "qwen",
        ("--wire", "dashscope"),
        "/api/v1/services/aigc/multimodal-generation/generation",
        _dashscope,
        "input.messages",
    ),
    "box": Target("box", (), _CHAT, _chat("reasoning_content"), "messages"),
    "box responses": Target(
        "box", ("--wire", "responses"), _RESPONSES, _responses("openai"), "input"
    ),
    "box messages": Target("box", ("--wire", "messages"), "/v1/messages", _messages, "messages"),
}


def dialogue(target: Target, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The turns in a body."""
    found: Any = body
    for name in target.place.split("."):
        found = found[name]
    turns: list[dict[str, Any]] = found
    return turns


def body_without_turns(target: Target, body: Mapping[str, Any]) -> dict[str, Any]:
    """A body without its turns."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    *above, last = target.place.split(".")
    within = copy
    for name in above:
        within = within[name]
    del within[last]
    return copy
