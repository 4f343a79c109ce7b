"""Watching a conversation's prompt cache: warning before it is invalidated, and after misses."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aichat.app.question.request import Attempt
from aichat.core.billing.usage import UNKNOWN_USAGE, Usage
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.exchange.request import Request
from aichat.core.message.cache_marks import mark_for
from aichat.core.provider.caching import PromptCaching
from aichat.errors import usage_error
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.billing.budget import Estimate

#: Fields that a cache does not depend on.
_NO_INPUTS = frozenset(
    ("messages", "settings", "stream", "without", "resumes", "continuation", "cache")
)

#: The users' names for other fields.
_LABELS = {"server_tools": "provider's tools"}

#: The cached share of a prompt from which on it counts as a hit.
_HIT_SHARE = 0.5


class SentPrompt(NamedTuple):
    """The parts of a request that matter to a cache; ``at`` is in seconds since 1970."""

    provider: str
    wire: str
    request: Request
    at: float


def changed_inputs(before: SentPrompt, now: SentPrompt) -> list[str]:
    """The changes that invalidate the cache, in words for people."""
    one, other = _inputs(before), _inputs(now)
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def _inputs(sent: SentPrompt) -> dict[str, Any]:
    request = sent.request
    fields = {k: v for k, v in request._asdict().items() if k not in _NO_INPUTS}
    if request.server_tools:
        fields["server_tools"] = request.server_tools._replace(now=0.0)  # time does not matter
    system = [message for message in request.messages if message.role == "system"]
    fields |= {
        "model": (sent.provider, sent.wire, request.model),
        "effort": (request.settings.effort, request.settings.budget),
        "verbosity": request.settings.verbosity,
        "tier": request.settings.tier,
        "system prompt": system,
    }
    return {_LABELS.get(name, name): value for name, value in fields.items()}


def begins_alike(before: SentPrompt, now: SentPrompt) -> bool:
    """Whether the earlier request is the beginning of the later one."""
    messages = before.request.messages
    return now.request.messages[: len(messages)] == messages


def is_miss(before: Usage, now: Usage) -> bool | None:
    """Whether most of the earlier prompt was not read from a cache; None: unknown."""
    if not before.input or now.cached_input is None:
        return None
    return now.cached_input < before.input * _HIT_SHARE


#: Tokens from which on re-reading a prompt is expensive enough to ask.
DEAR_TOKENS = 20_000

#: Tokens from which on a changed prompt is worth a notice.
_TOLD_TOKENS = 1024

#: Misses in a row that are reported.
_TOLD_MISSES = 2

_NOT_SENT = "/compact sends less of it, /retry sends it as it is"


def review_stored(
    attempt: Attempt, estimate: Callable[[Attempt], "Estimate"]
) -> tuple[Notice, ...]:
    """Changes that invalidate a conversation's cache, as far as its stored turns show.

    Nothing if the cache has expired, or the prompt was too short for one. Effort and schema
    are not stored.
    """
    caching = attempt.target.provider.caching.get(attempt.target.wire)
    last = next((turn for turn in reversed(attempt.pending.path) if turn.answer), None)
    if caching is None or last is None or last.answer is None:
        return ()
    usage = last.answer.usage
    was_kept = caching.mark is None or bool(usage.cached_input or usage.cache_write)
    is_warm = attempt.at - last.at < caching.seconds and (usage.input or 0) >= caching.least
    changed = changed_turns(attempt.pending.path, attempt.identity)
    if not (was_kept and is_warm and changed):
        return ()
    return _change_notices(changed, estimate(attempt), caching)


def changed_turns(path: Sequence[Turn], asked: tuple[str, str, str]) -> list[str]:
    """What has changed since the last answer of a path, in words for people.

    ``asked`` are the provider, model and wire of the next request.
    """
    place = max(n for n, turn in enumerate(path) if turn.answer)
    said, wire = path[place].message, path[place].wire
    before = [turn.tools for turn in path[:place] if turn.role == "user"]
    since = [turn.tools for turn in path[place:] if turn.role == "user"]
    changes = {
        "model": (said.provider, said.model, wire) != asked,
        "system prompt": any(turn.role == "system" for turn in path[place:]),
        "tools": bool(before and since) and since[-1] != before[-1],
    }
    return [name for name, is_changed in changes.items() if is_changed]


def _change_notices(
    changed: Sequence[str], cost: "Estimate", caching: PromptCaching
) -> tuple[Notice, ...]:
    """A notice about changes, if the prompt is long enough."""
    if cost.input < max(caching.least, _TOLD_TOKENS):
        return ()
    why = f"the {' and '.join(changed)} changed, so nothing of this is cached"
    return (Notice("cache", f"{why}: {cost.description}"),)


class CacheWatch:
    """Watches the caches of a chat. ``tell`` prints a line, ``confirm`` asks.

    ``estimate`` returns the cost of a request without a cache.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        confirm: Callable[[str], bool],
        estimate: Callable[[Attempt], "Estimate"],
    ) -> None:
        self._tell, self._confirm, self._estimate = tell, confirm, estimate
        self._conversation = ""
        self._before: SentPrompt | None = None  # the last answered request
        self._before_usage = UNKNOWN_USAGE
        self._now: SentPrompt | None = None
        self._caching: PromptCaching | None = None
        self._misses = 0

    def review(self, attempt: Attempt) -> tuple[Notice, ...]:
        """Notices on what makes a request expensive, before it is sent.

        If the cache has expired meanwhile, the user is asked. Errors: ``usage`` for a no.
        """
        target, request, at = attempt.target, attempt.request, attempt.at
        conversation = attempt.pending.draft.conversation
        if conversation != self._conversation:
            self._conversation, self._before, self._misses = conversation, None, 0
        self._now = SentPrompt(target.provider.id, target.wire, request, at)
        self._caching = target.provider.caching.get(target.wire)
        answered = [turn.at for turn in attempt.pending.path if turn.role == "assistant"]
        if not answered or self._caching is None:
            return ()
        changed = changed_inputs(self._before, self._now) if self._before else []
        idle = at - answered[-1]
        is_cold = idle >= self._caching.seconds
        if not (changed or is_cold):
            return ()
        cost = self._estimate(attempt)
        if told := _change_notices(changed, cost, self._caching) if changed else ():
            return told
        if is_cold and cost.input >= DEAR_TOKENS:
            self._ask_about_cold(idle, cost)
        return ()

    def _ask_about_cold(self, idle: float, cost: "Estimate") -> None:
        left = f"{idle / 3600:.0f} h" if idle >= 5400 else f"{idle / 60:.0f} min"
        question = f"idle for {left}, so nothing of this is cached any more: {cost.description}"
        if not self._confirm(question):
            raise usage_error("nothing was sent", _NOT_SENT)

    def judge(self, answer: Answer) -> None:
        """Report if the cache was missed twice in a row, and why."""
        before, now, caching = self._before, self._now, self._caching
        if not answer.is_complete or now is None:
            return
        if before and caching and _was_due(before, now, self._before_usage, caching):
            missed = is_miss(self._before_usage, answer.usage)
            self._misses = self._misses + 1 if missed else 0
            if self._misses == _TOLD_MISSES:
                self._tell(f"the prompt cache was missed twice in a row: {_reason(before, now)}")
        self._before, self._before_usage = now, answer.usage


def _was_due(before: SentPrompt, now: SentPrompt, usage: Usage, caching: PromptCaching) -> bool:
    """Whether the previous prompt should have been found in the cache."""
    in_time = now.at - before.at < caching.seconds
    is_long = (usage.input or 0) >= caching.least
    roles = (message.role for message in before.request.messages)
    asked_for = caching.mark is None or bool(mark_for(before.request.cache, roles))
    return in_time and is_long and asked_for and not changed_inputs(before, now)


def _reason(before: SentPrompt, now: SentPrompt) -> str:
    if begins_alike(before, now):
        return "the same beginning was sent, but the provider did not keep or find it"
    return "what stands before the question was changed"
