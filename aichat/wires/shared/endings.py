"""Finish reasons: every server's own words for them, and ours.

An unknown reason never counts as a complete answer, unless it came with complete tool
calls, which are what the client waits for.
"""

import re

from aichat.core.exchange.event import Failure, Finish
from aichat.errors import Fault

#: Our reasons, and the servers' words for each, in lower case with underscores.
_WORDS = {
    "stop": (
        *("stop", "eos", "eos_token", "stop_sequence", "end_turn", "end", "complete"),
        *("completed", "done", "finished", "stop_token", "stop_str", "stop_word", "success"),
    ),
    "length": (
        *("length", "max_tokens", "max_output_tokens", "max_completion_tokens", "max_new_tokens"),
        *("model_length", "max_length", "token_limit", "output_limit", "length_limit"),
        *("max_tokens_reached", "max_token", "truncated"),
    ),
    "tool_calls": (
        *("tool_calls", "tool_call", "tool_use", "function_call", "function_calls"),
        "requires_action",
    ),
    "content_filter": (
        *("content_filter", "content_filtered", "sensitive", "safety", "blocked", "blocklist"),
        *("prohibited_content", "spii", "recitation", "guardrail_intervened", "moderation"),
        *("content_policy_violation", "policy_violation", "flagged", "language", "no_image"),
        *("escalation", "model_armor", "pup_limited_disabled", "data_inspection_failed"),
        *("error_toxic", "content_moderated"),
    ),
    "refusal": ("refusal", "refused"),
    "pause": ("pause", "pause_turn", "continuation"),
    "cancelled": ("cancelled", "canceled", "cancel", "abort", "aborted", "user_cancelled"),
}
_REASONS = {word: reason for reason, words in _WORDS.items() for word in words}

#: Endings that are the server's faults: the kind and message for each.
_FAULT_KINDS = {
    **dict.fromkeys(
        (
            *("error", "failed", "failure", "server_error", "internal_error", "network_error"),
            *("timeout", "deadline", "other", "malformed_response", "engine_error"),
            *("missing_thought_signature", "unavailable", "internal_server_error"),
        ),
        "server",
    ),
    **dict.fromkeys(
        ("insufficient_system_resource", "overloaded", "insufficient_resources"), "overloaded"
    ),
    **dict.fromkeys(
        (
            *("malformed_function_call", "unexpected_tool_call", "too_many_tool_calls"),
            *("malformed_tool_call", "error_parse_tool_call"),
        ),
        "malformed_tool_call",
    ),
    **dict.fromkeys(
        (
            *("model_context_window_exceeded", "context_window_exceeded"),
            *("context_length_exceeded", "context_length"),
        ),
        "context_length",
    ),
}


def neutral_reason(raw: str) -> str | None:
    """Our reason for a server's, in any case; None for a fault or an unknown one."""
    word = _plain_word(raw)
    return "content_filter" if word.startswith("image_") else _REASONS.get(word)


def stronger_reason(raw: str | None, native: object) -> str | None:
    """The reason that counts if a router passes on its host's own beside a plain ``stop``."""
    if not isinstance(native, str) or not native or raw is None:
        return raw
    known = neutral_reason(native) or _FAULT_KINDS.get(_plain_word(native))
    plain = neutral_reason(raw) == "stop" or not _is_known(raw)
    return native if plain and known not in (None, "stop", "tool_calls") else raw


def end_event(
    raw: str, *, has_calls: bool, are_whole: bool, refused: bool = False, message: str = ""
) -> Finish | Failure:
    """The last event of an answer that ended with ``raw``; ``message`` explains a fault.

    ``has_calls``: it has tool calls; ``are_whole``: their arguments are JSON.
    """
    word = _plain_word(raw)
    reason = neutral_reason(raw)
    if reason == "stop":
        reason = "tool_calls" if has_calls else "refusal" if refused else "stop"
    if reason is None and word not in _FAULT_KINDS and has_calls and are_whole:
        reason = "tool_calls"
    if reason is not None:
        return Finish(reason, raw)
    if kind := _FAULT_KINDS.get(word):
        full = "the context window is full" if kind == "context_length" else ""
        why = message or full or f"the provider ended the answer with {raw[:80]!r}"
        return Failure(Fault(kind, why, code=raw[:80]))
    why = message or f"the answer ended for an unknown reason: {raw[:80]!r}"
    return Failure(Fault("truncated", why, code=raw[:80]))


def _is_known(raw: str) -> bool:
    return neutral_reason(raw) is not None or _plain_word(raw) in _FAULT_KINDS


def _plain_word(raw: str) -> str:
    """``FinishReason.MAX_TOKENS``, ``maxTokens`` and ``max-tokens`` as one word."""
    word = raw.strip().rpartition(".")[2]
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word)
    return re.sub(r"[\s\-]+", "_", word).lower().removeprefix("finish_reason_")
