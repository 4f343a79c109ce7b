"""What we ask for, independent of any wire."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aichat.core.message.cache_marks import NO_PLAN, CachePlan
from aichat.core.message.message import Message, Text
from aichat.core.message.tool_schema import Tool
from aichat.values import NamedTuple

if TYPE_CHECKING:  # few ask for them
    from aichat.core.message.json_schema.output import JsonOutput
    from aichat.core.message.server_tools import ServerTools
    from aichat.core.provider.endpoint import Endpoint
    from aichat.core.provider.realtime import Speech


class Settings(NamedTuple):
    """What the user set; ``None`` and empty are not sent. ``options`` go into the body last."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    effort: str | None = None
    budget: int | None = None  # tokens: the effort, for models that take a number
    show_reasoning: bool | None = None
    prefill: str | None = None
    options: Mapping[str, Any] = {}
    verbosity: str | None = None
    tier: str | None = None  # how it is served and billed
    logprobs: bool | None = None


class Request(NamedTuple):
    """One question to one model. ``without`` names body fields that a server refused.

    ``resumes``: the prefill is a cut-off answer, so it is not repeated in the answer.
    ``tools_off``: tools are declared, since the conversation has calls, but may not be called.
    ``continuation`` is what the provider gave for continuing an answer that it paused.
    ``speech``: which parts are sound, over a socket; None for none.
    """

    model: str
    messages: tuple[Message, ...]
    settings: Settings = Settings()
    tools: tuple[Tool, ...] = ()
    stream: bool = True
    without: frozenset[str] = frozenset()
    resumes: bool = False
    continuation: str | None = None
    cache: CachePlan = NO_PLAN
    server_tools: "ServerTools | None" = None
    tools_off: bool = False
    json_output: "JsonOutput | None" = None
    speech: "Speech | None" = None


def with_json_output(request: Request, output: "JsonOutput") -> Request:
    """``request``, asking for JSON in this way instead of any other."""
    before = request.json_output
    tools = tuple(tool for tool in request.tools if not before or tool != before.tool)
    messages = request.messages
    if output.instruction and not (before and before.instruction):
        messages = _with_words(messages, output.instruction)
    added = (output.tool,) if output.tool else ()
    return request._replace(tools=(*tools, *added), messages=messages, json_output=output)


def _with_words(messages: tuple[Message, ...], words: str) -> tuple[Message, ...]:
    """Add words to the user's last message, the one part that every model reads."""
    last = max((n for n, said in enumerate(messages) if said.role == "user"), default=None)
    if last is None:
        return (*messages, Message("user", (Text(words),)))
    said = messages[last]
    longer = said._replace(parts=(*said.parts, Text(f"\n\n{words}")))
    return (*messages[:last], longer, *messages[last + 1 :])


# -- the output limit, wherever it was set

#: Every wire's name for the output limit.
_LIMIT_FIELDS = frozenset(
    ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens")
)


def has_user_limit(request: Request, target: "Endpoint") -> bool:
    """Whether the output limit is the user's, rather than the engine's own cap."""
    return any(True for _ in _limits(request, target))


def user_limit(request: Request, target: "Endpoint") -> int | None:
    """The most output tokens that the user allows, if set anywhere."""
    return next((value for value in _limits(request, target) if isinstance(value, int)), None)


def _limits(request: Request, target: "Endpoint") -> Iterator[Any]:
    """Every output limit that was set, highest precedence first."""
    if request.settings.max_tokens is not None:
        yield request.settings.max_tokens
    yield from _limits_in(request.settings.options)
    yield from _limits_in(target.defaults)


def _limits_in(fields: Mapping[str, Any]) -> Iterator[Any]:
    """The limits in a body's fields, at any depth."""
    for name, value in fields.items():
        if name in _LIMIT_FIELDS:
            yield value
        elif isinstance(value, Mapping):
            yield from _limits_in(value)
