"""How an answer ended, and what that means for the exit code."""

from collections.abc import Mapping

from aichat.core.billing.money import format_cost, format_money
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media
from aichat.core.message.message import Refusal, Text, ToolCall
from aichat.errors import Fault

#: The most characters shown of a server's own word for an ending.
_MAX_REASON = 80

_ENDINGS = {
    "length": Fault(
        "length",
        "answer cut off at the model's output limit",
        "ask for the rest, or for a shorter answer",
    ),
    "content_filter": Fault(
        "content_filter", "the provider filtered the answer", "rephrase the question"
    ),
    "refusal": Fault("refusal", "the model refused to answer"),
    "pause": Fault("pause", "the provider paused the answer", "send it again to continue"),
    "cancelled": Fault("truncated", "the provider cancelled the answer"),
}
_UNFINISHED = Fault("truncated", "the response ended early")


def with_fault(answer: Answer, *, user_limited: bool) -> Answer:
    """The answer with the fault that its ending amounts to, if any.

    ``user_limited``: the user set the output limit, so that reaching it is no fault.
    """
    reason = answer.finish_reason
    if (
        answer.fault
        or answer.is_complete
        or answer.background
        or (reason == "length" and user_limited)
    ):
        return answer
    fault = _ENDINGS.get(reason or "", _UNFINISHED)._replace(
        provider=answer.provider, model=answer.model
    )
    if answer.raw_finish and answer.raw_finish != reason:
        fault = fault._replace(code=answer.raw_finish[:_MAX_REASON])
    return answer._replace(fault=fault)


#: Endings after which an answer can be continued.
_CAN_GO_ON = frozenset(("truncated", "length", "pause"))


def with_next_step(answer: Answer, step: str) -> Answer:
    """The answer with ``step`` as its hint, if its ending allows it to be finished."""
    fault = answer.fault
    if fault is None or fault.kind not in _CAN_GO_ON or not answer.text:
        return answer
    return answer._replace(fault=fault._replace(hint=step))


def remarks(answer: Answer) -> list[str]:
    """What a person should know about an answer, short of a fault."""
    if answer.fault:
        return []
    if answer.finish_reason == "length":
        return ["the answer stopped at the output limit you set"]
    shown = (Text, Refusal, ToolCall, Media)
    if answer.is_complete and not any(isinstance(part, shown) for part in answer.message.parts):
        reason = (answer.raw_finish or answer.finish_reason or "")[:_MAX_REASON]
        return [f"empty answer (finish_reason {reason})"]
    return []


def usage_line(answer: Answer) -> str:
    """Tokens, money and times in 80 columns; the unknown is left out, except for the money."""
    usage = answer.usage
    parts = []
    if usage.input is not None:
        counts = {**_media_counts(answer, "input"), **_cache_counts(usage)}
        parts.append(f"{usage.input} in" + _in_brackets(counts))
    if usage.output is not None:
        counts = {**_media_counts(answer, "output"), "reasoning": usage.reasoning}
        parts.append(f"{usage.output} out" + _in_brackets(counts))
    parts += _cost_parts(answer)
    if answer.first_token_s is not None:
        parts.append(f"{answer.first_token_s:.1f} s to first")
    if answer.total_s is not None:
        parts.append(f"{answer.total_s:.1f} s")
        parts += _speed_parts(answer)
    return " · ".join(parts)


def named_usage_line(answer: Answer) -> str:
    """The same, preceded by the model's name."""
    return " · ".join(filter(None, (f"{answer.provider} {answer.model}", usage_line(answer))))


def turn_usage_line(answer: Answer, before: Answer | None, columns: int) -> str:
    """The same in one row of a chat, with the model's name if another had answered before.

    If there is too little room, the last of the times are left out.
    """
    is_same = before and (before.provider, before.model) == (answer.provider, answer.model)
    line = usage_line(answer) if is_same else named_usage_line(answer)
    while len(line) > columns and line.endswith(_TIMES):
        line = line.rpartition(" · ")[0]
    return line


_TIMES = (" s", " tok/s", " to first")


def has_figures(answer: Answer) -> bool:
    """Whether an answer has figures to show: something arrived."""
    return answer.first_token_s is not None or answer.usage.output is not None


def _media_counts(answer: Answer, side: str) -> dict[str, int | None]:
    """The tokens of pictures, sound and video on one side, as far as the provider tells."""
    counts = answer.detail.counts
    return {kind: counts.get(f"{kind}_{side}") for kind in ("image", "audio", "video")}


def _cache_counts(usage: Usage) -> dict[str, int | None]:
    """The tokens read from a cache and written to one."""
    return {"cached": usage.cached_input, "written": usage.cache_write}


def _in_brackets(counts: Mapping[str, int | None]) -> str:
    """Those counts that are known, in brackets."""
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f" ({told})" if told else ""


def _cost_parts(answer: Answer) -> list[str]:
    """What it cost, and what caching saved; an unknown cost is named as such."""
    cost = answer.whole_cost
    if cost is None:
        return ["cost unknown"] if answer.usage.output is not None else []
    if not cost.amount:
        return ["free"]
    spared = answer.saved or 0
    verb = "saved" if spared > 0 else "cost"
    saved = f" (caching {verb} {format_money(abs(spared), cost.currency)})" if spared else ""
    before = answer.summary and answer.summary.cost
    of_it = f" ({format_cost(before)} for a summary)" if before else ""
    return [f"{format_cost(cost)}{of_it}{saved}"]


def _speed_parts(answer: Answer) -> list[str]:
    if not answer.usage.output or answer.first_token_s is None or answer.total_s is None:
        return []
    streaming = answer.total_s - answer.first_token_s
    return [f"{answer.usage.output / streaming:.0f} tok/s"] if streaming > 0.05 else []


#: Faults that another endpoint may not have: its load, account, server or network.
_FALLBACK_KINDS = frozenset(("rate_limit", "quota", "overloaded", "server", "network", "timeout"))


def can_fall_back(answer: Answer) -> bool:
    """Whether another endpoint may be asked instead: this one failed before any output."""
    fault = answer.fault
    return fault is not None and fault.kind in _FALLBACK_KINDS and answer.first_token_s is None
