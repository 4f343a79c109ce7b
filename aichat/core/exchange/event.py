"""The events of a stream, in one vocabulary for every wire.

A stream is: ``Start`` once, any number of the others, ``UsageUpdate`` zero or
more times (the last wins), then exactly one ``Finish`` or ``Failure``.
"""

from typing import Any, Literal

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import NO_DETAIL, Usage, UsageDetail
from aichat.core.message.media import Media
from aichat.errors import Fault
from aichat.values import NamedTuple


class Start(NamedTuple):
    """The provider began to answer; ``model`` is the one it resolved to.

    ``background``: it continues by itself, and can be fetched by its id.
    """

    response_id: str | None = None
    model: str | None = None
    background: bool = False
    type: Literal["start"] = "start"


class TextDelta(NamedTuple):
    """More of the answer; ``part`` distinguishes the text parts of one answer."""

    text: str
    part: int = 0
    type: Literal["text"] = "text"


class ReasoningDelta(NamedTuple):
    """More visible reasoning, or of its summary; ``carrier`` as in ``Reasoning``."""

    text: str
    part: int = 0
    carrier: str | None = None
    type: Literal["reasoning"] = "reasoning"


class ReasoningOpaque(NamedTuple):
    """Signed or encrypted reasoning state: kept for replay, never shown."""

    data: str
    part: int = 0
    id: str | None = None
    redacted: bool = False
    type: Literal["reasoning_opaque"] = "reasoning_opaque"


class RefusalDelta(NamedTuple):
    """More of the model's refusal."""

    text: str
    category: str | None = None
    type: Literal["refusal"] = "refusal"


class ToolCallStart(NamedTuple):
    """A tool call opened; its arguments follow under the same ``slot``."""

    slot: int
    id: str
    name: str
    item_id: str | None = None
    signature: str | None = None
    kind: str = "function"
    type: Literal["tool_call_start"] = "tool_call_start"


class ToolCallDelta(NamedTuple):
    """A fragment of the arguments of an open tool call."""

    slot: int
    arguments: str
    type: Literal["tool_call_delta"] = "tool_call_delta"


class ToolCallEnd(NamedTuple):
    """A tool call is whole; ``arguments`` is authoritative."""

    slot: int
    arguments: str
    type: Literal["tool_call_end"] = "tool_call_end"


class ServerToolProgress(NamedTuple):
    """Progress of a tool that the provider runs: ``phase`` is start, progress or end."""

    id: str
    tool: str
    phase: str
    input: str = ""
    output: str = ""
    opaque: str | None = None
    type: Literal["server_tool"] = "server_tool"


class Source(NamedTuple):
    """Something the answer drew on; ``number`` is shown as ``[n]``."""

    number: int
    url: str
    title: str | None = None
    snippet: str | None = None
    date: str | None = None
    kind: str = "web"
    redirect: str | None = None  # the link that was given, if ``url`` is its target
    type: Literal["source"] = "source"


class Citation(NamedTuple):
    """A span of the answer (code points, ``None`` when unknown) and its source."""

    number: int
    start: int | None = None
    end: int | None = None
    cited_text: str | None = None
    opaque: str | None = None
    type: Literal["citation"] = "citation"


class Image(NamedTuple):
    """A picture in the answer; a ``partial`` one is followed by a better one."""

    media: Media
    partial: bool = False
    type: Literal["image"] = "image"


class Audio(NamedTuple):
    """More sound of the answer, and its transcript."""

    media: Media
    type: Literal["audio"] = "audio"


class Heard(NamedTuple):
    """What the user said, as far as it was understood; a later one replaces it."""

    text: str
    type: Literal["heard"] = "heard"


class MadeFile(NamedTuple):
    """A file that one of the provider's tools made."""

    media: Media
    type: Literal["file"] = "file"


class Logprobs(NamedTuple):
    """Tokens of the text, each with its natural log probability and the likeliest in its place.

    ``content`` is a list of ``{"token", "logprob", "top": [{"token", "logprob"}]}``.
    """

    content: Any
    type: Literal["logprobs"] = "logprobs"


class UsageUpdate(NamedTuple):
    """Tokens so far; a later one replaces an earlier one. ``raw`` is the wire's object."""

    usage: Usage
    cost: Cost | None = None
    raw: Any = None
    detail: UsageDetail = NO_DETAIL
    type: Literal["usage"] = "usage"


class Notice(NamedTuple):
    """Something worth a line on stderr: a retry, a dropped parameter, a limit reached.

    ``seconds``: how long we wait now, and ``reason`` why, in a word or two.
    """

    kind: str
    message: str
    seconds: float = 0.0
    reason: str = ""
    type: Literal["notice"] = "notice"


class UnknownItem(NamedTuple):
    """A wire item that we do not understand: kept, and never an error."""

    wire: str
    item: Any
    type: Literal["raw"] = "raw"


class RawItem(NamedTuple):
    """A finished wire item that its own provider wants back unchanged."""

    wire: str
    item: Any
    type: Literal["item"] = "item"


class Finish(NamedTuple):
    """The answer ended by itself; ``token`` continues it, if the provider gives one.

    ``model`` is the one that answered, if only the end tells.
    """

    reason: str
    raw: str | None = None
    token: str | None = None
    model: str | None = None
    type: Literal["finish"] = "finish"


class Failure(NamedTuple):
    """The stream ended in a fault; what came before is kept."""

    fault: Fault
    type: Literal["error"] = "error"


class RoundStart(NamedTuple):
    """The model is asked for the ``n``th time in a turn, counted from 1."""

    n: int
    type: Literal["round"] = "round"


class Approval(NamedTuple):
    """The decision about a tool call, ``by`` a rule, the user or nobody.

    ``call`` is the tool and its arguments, as shown and as run.
    """

    id: str
    decision: str
    by: str
    rule: str | None = None
    call: str = ""
    type: Literal["approval"] = "approval"

    @property
    def sha256(self) -> str:
        """A hash that stands for the call in an event log."""
        from hashlib import sha256  # few look at events

        return sha256(self.call.encode("utf-8", "replace")).hexdigest()


class ToolProgress(NamedTuple):
    """The progress of a call, as its tool reports it."""

    id: str
    progress: float
    total: float | None = None
    message: str = ""
    type: Literal["tool_progress"] = "tool_progress"


class ToolEnd(NamedTuple):
    """The end of a call: ``text`` is what the model gets, ``cut`` from so many ``bytes``."""

    id: str
    name: str
    status: str
    text: str
    bytes: int
    cut: bool
    seconds: float
    type: Literal["tool_result"] = "tool_result"


Event = (
    Start
    | TextDelta
    | ReasoningDelta
    | ReasoningOpaque
    | RefusalDelta
    | ToolCallStart
    | ToolCallDelta
    | ToolCallEnd
    | ServerToolProgress
    | Source
    | Citation
    | Image
    | Audio
    | Heard
    | MadeFile
    | Logprobs
    | UsageUpdate
    | Notice
    | UnknownItem
    | RawItem
    | RoundStart
    | Approval
    | ToolProgress
    | ToolEnd
    | Finish
    | Failure
)

#: The events that count as output: after any of them nothing is ever retried.
OUTPUT_EVENTS = (TextDelta, ReasoningDelta, RefusalDelta, ToolCallStart, Image, Audio)
