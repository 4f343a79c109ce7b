"""The result of a call: for its model, as an event, and as a line for people."""

import re
from collections.abc import Mapping, Sequence

from aichat.app.setup.setup import Setup
from aichat.app.tools.running import CallEnd
from aichat.app.tools.toolkit import PlannedCall
from aichat.core.exchange.answer import ToolRun
from aichat.core.exchange.event import ToolEnd, ToolProgress
from aichat.core.message.message import Message, Text, ToolResult
from aichat.core.text.cells import truncate
from aichat.core.text.sanitize import sanitize_line
from aichat.core.tools.cut import MOST_KEPT, cut_text, send_limit
from aichat.core.tools.tool import text_outcome

#: The end of a call that was never decided about.
_NOT_RUN = CallEnd(text_outcome("not run: the user stopped the turn", "cancelled"), 0.0)


def result_limit(setup: Setup) -> int:
    """The most bytes of a result that the model of a turn is sent."""
    return send_limit(setup.context_size)


def collect_results(
    planned: Sequence[PlannedCall], ends: Mapping[int, CallEnd], round_number: int, limit: int
) -> tuple[list[ToolRun], Message]:
    """The runs of a round's calls, and the message with a result for each call.

    ``ends`` are by index in ``planned``; ``limit`` is in bytes.
    """
    runs, results = list[ToolRun](), list[ToolResult]()
    for number, each in enumerate(planned):
        end = ends.get(number, _NOT_RUN)
        text = cut_text(end.outcome.text, limit)
        runs.append(ToolRun(each.call, round_number, end.outcome.status, text, end.seconds))
        results.append(call_result(each, end, limit=limit))
    return runs, Message("tool", tuple(results))


def call_result(planned: PlannedCall, end: CallEnd, *, limit: int) -> ToolResult:
    """What is stored, and how much is sent; invisible characters reach no model."""
    parts = tuple(
        Text(cut_text(_without_hidden(part.text), MOST_KEPT)) if isinstance(part, Text) else part
        for part in end.outcome.parts
    )
    call = planned.call
    return ToolResult(call.id, call.name, parts or (Text(""),), end.outcome.is_error, limit)


def _without_hidden(text: str) -> str:
    """Remove tags and zero-width characters, in which instructions have been hidden."""
    return text if text.isascii() else text.translate(_HIDDEN)


_HIDDEN = dict.fromkeys((*range(0xE0000, 0xE0080), 0x200B, 0x2060, 0xFEFF))


def progress_note(event: ToolProgress) -> str:
    """A call's progress in part of a row: how much of how much, and its latest line."""
    share = f"{event.progress:g}/{event.total:g}" if event.total else ""
    lines = (line.strip() for line in reversed(re.split(r"[\r\n]", event.message)))
    return " ".join(filter(None, (share, next(filter(None, lines), ""))))


def end_event(planned: PlannedCall, end: CallEnd, limit: int) -> ToolEnd:
    """The end of a call, for ``--events``."""
    text = end.outcome.text
    size = len(text.encode("utf-8", "replace"))
    told = (planned.call.id, planned.tool.name, end.outcome.status, cut_text(text, limit))
    return ToolEnd(*told, size, size > limit, round(end.seconds, 3))


def end_line(planned: PlannedCall, end: CallEnd, size: int, columns: int) -> str:
    """The end of a call in one row: its name, outcome, size and time."""
    status = end.outcome.status
    facts = [f"{size:,} {'byte' if size == 1 else 'bytes'}", f"{end.seconds:.1f} s"]
    if status != "ok":
        facts = [" ".join(end.outcome.text.split()) if status == "denied" else status, *facts[1:]]
    about = " ".join(planned.subject.words) or planned.frozen.removeprefix("{").removesuffix("}")
    called = sanitize_line(f"{planned.tool.name}({about})")
    told = sanitize_line(" · ".join(facts))
    return f"{truncate(called, max(columns - len(told) - 12, 20))} · {told}"
