"""What can be left out of a request that a server refuses: only what the user did not ask for.

The refused part is found by the fault's ``param`` (or path) and its message.
"""

import re

from aichat.core.exchange.request import Request, with_json_output
from aichat.core.message.message import Message, Raw, Reasoning
from aichat.errors import Fault

#: Parts that are not a body field of their own: streaming, and the reasoning of earlier
#: answers.
STREAM, REASONING = "stream", "reasoning"
#: The container where the provider ran code before, and what is sent back of that.
CONTAINER = "container"

#: What servers call the schema of an answer, or the field that asks for it.
_SCHEMA_WORDS = (
    r"response_?format|json_?schema|json_?object|json_validate_failed|output_(config|format)"
    r"|response_?(json_?)?schema|response_?mime_?type|text\.format|tool_choice|structured output"
    r"|\bschema\b|grammar"
)

_STREAM_WORDS = (
    r"\bto stream\b|\bnot .{0,20}support .{0,20}stream|stream(ing)?\b.{0,40}\b(not|un)\W?"
    r"(supported|allowed|available|enabled|permitted)|['\"`]stream['\"`]|\bstream: "
)
_NEEDS_STREAM = r"\b(only|must|requires?|required)\b.{0,20}\bstream(ing)? mode"

#: Reasoning in the history, by its place or by a name that only the history uses.
_HISTORY_WORDS = (
    r"(messages|input|contents)[\[.]\S{0,80}(reasoning|think|thought|signature|encrypted)"
    r"|\breasoning_(content|details|text)\b|\bthinking_blocks\b|\bthinking_content\b"
)
#: The same, if it is this conversation's reasoning that is refused and not all reasoning.
_STALE_WORDS = (
    r"thought_?signature|\bsignature\b.{0,60}\b(think|thought|reason|block|invalid|expired|valid)"
    r"|\b(invalid|expired|corrupted|bad|stale)\b.{0,20}\bsignature|encrypted[_ ]content|\brs_\w+"
    r"|thinking\W{0,2} blocks?.{0,80}(cannot be modified|must remain|invalid)"
)
_MISSING_WORDS = r"\b(missing|is required|must be (passed|provided|included))\b"


def refused_part(fault: Fault, request: Request, added: frozenset[str]) -> str | None:
    """The refused part of ``request`` that can go; ``added`` are fields that we added ourselves."""
    says = f"{fault.param or ''} {fault.message} {fault.code or ''}"
    if gone := _part_gone(fault, request, says):
        return gone
    if fault.kind != "invalid_request":
        return None
    if found := next((name for name in sorted(added) if _is_about_field(fault, name)), None):
        return found
    if _is_about_stream(fault, request):
        return STREAM
    about = re.search(_HISTORY_WORDS, says, re.I) or re.search(_STALE_WORDS, says, re.I)
    if about and not re.search(_MISSING_WORDS, says, re.I) and _has_reasoning(request):
        return REASONING
    return None


def _part_gone(fault: Fault, request: Request, says: str) -> str | None:
    """Something the server should have kept, and no longer has."""
    container = request.server_tools and request.server_tools.container
    if container and fault.kind in ("not_found", "invalid_request") and "container" in says.lower():
        return CONTAINER
    if fault.kind == "not_found" and re.search(r"\brs_\w+", says) and _has_reasoning(request):
        return REASONING
    return None


def without_part(request: Request, name: str) -> Request:
    """``request`` without the refused part."""
    request = request._replace(without=request.without | {name})
    if name == STREAM:
        return request._replace(stream=False)
    if name in (REASONING, CONTAINER):
        return request._replace(messages=tuple(map(_without_reasoning, request.messages)))
    return request


def lower_json_output(fault: Fault, request: Request) -> Request | None:
    """``request`` with the next simpler way to ask for JSON, if the present one was refused."""
    output, says = request.json_output, f"{fault.param or ''} {fault.message} {fault.code or ''}"
    if output is None or not output.lower or fault.kind != "invalid_request":
        return None
    if not re.search(_SCHEMA_WORDS, says, re.I):
        return None
    first, *rest = output.lower
    return with_json_output(request, first._replace(lower=tuple(rest)))


def lower_output_notice(request: Request) -> str:
    """What is said of it."""
    mode = request.json_output.mode if request.json_output else ""
    return f"the server refused the schema; retried with {_MODES.get(mode, mode)}"


#: The ways to ask for JSON, in words.
_MODES = {
    "best_effort": "a schema that it need not hold to",
    "tool": "a tool of this schema",
    "json": "JSON mode, and the schema in the prompt",
    "prompt": "the schema in the prompt",
}


def is_lasting(fault: Fault) -> bool:
    """Whether the server will refuse the same of other conversations too."""
    says = f"{fault.message} {fault.code or ''}"
    return not re.search(rf"{_STALE_WORDS}|container", says, re.I)


def refusal_notice(name: str) -> str:
    """What is said of it."""
    if name == STREAM:
        return "the server refused to stream; retried without streaming"
    if name == CONTAINER:
        return "the container where code was run has expired, with its files; a new one is used"
    if name == REASONING:
        return "the server refused the reasoning of earlier answers; retried without it"
    return f"the server rejected '{name}', which aichat had added; retried without it"


def _is_about_field(fault: Fault, field: str) -> bool:
    """Whether a refusal is about ``field``: its ``param`` decides, else words that quote it."""
    steps = re.split(r"[.\[\]/]+", fault.param or "")
    if fault.param and (field in steps or fault.param not in _VAGUE_PARAMS):
        return field in steps[:2]
    pattern = rf"(?:['\"`./]|: |field |parameter |argument |property ){re.escape(field)}\b"
    return re.search(pattern, fault.message, re.IGNORECASE) is not None


#: What stands in ``param`` and names no field.
_VAGUE_PARAMS = frozenset(
    ("validation_error", "body", "request", "parameters", "params", "unknown")
)


def _is_about_stream(fault: Fault, request: Request) -> bool:
    if not request.stream or STREAM in request.settings.options:
        return False
    words = re.search(_STREAM_WORDS, fault.message, re.I) and not re.search(
        _NEEDS_STREAM, fault.message, re.I
    )
    return fault.param == STREAM or bool(words and fault.param in (None, *_VAGUE_PARAMS))


def _has_reasoning(request: Request) -> bool:
    return any(
        isinstance(p, Reasoning) or _is_replayed(p) for m in request.messages for p in m.parts
    )


def _is_replayed(part: object) -> bool:
    return isinstance(part, Raw) and part.replay


def _without_reasoning(message: Message) -> Message:
    kept = (p for p in message.parts if not (isinstance(p, Reasoning) or _is_replayed(p)))
    return message._replace(parts=tuple(kept))
