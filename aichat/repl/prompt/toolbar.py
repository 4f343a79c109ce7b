"""The toolbar under the prompt: the model, the conversation, and what was used."""

from collections.abc import Iterator, Sequence

from aichat.app.setup.setup import Setup
from aichat.core.billing.money import format_cost, format_money
from aichat.core.billing.totals import Totals
from aichat.core.exchange.answer import Answer
from aichat.core.text.cells import pad, text_width, truncate
from aichat.core.text.numbers import format_count
from aichat.core.text.sanitize import sanitize_line
from aichat.repl.conversations.compaction import context_share
from aichat.repl.session import Session

#: Columns between the facts and the title, and the least columns of a title.
_GAP, _LEAST_TITLE = 3, 8


def toolbar_text(session: Session, columns: int) -> str:
    """A line of so many columns; drawn with every key press, so it only uses what is known."""
    setup = session.usable_setup
    if setup is None:
        gone = "the model of this conversation is gone; choose one with /model"
        return truncate(gone, columns)
    title = sanitize_line(session.tree.title) or "new, /help lists the commands"
    return lay_out([*map(sanitize_line, _facts(session, setup))], title, columns)


def _facts(session: Session, setup: Setup) -> Iterator[str]:
    """The facts, most important first."""
    used = session.tree.totals
    count = (used.overall.input or 0) + (used.overall.output or 0)
    waiting = len(session.attachments)
    is_usual = setup.profile == setup.config_file.config.default_profile
    every = (
        f"{setup.provider.id}/{setup.model.value}",
        context_usage(setup, session.tree.last_answer),
        cost_text(used),
        limits_text(session),
        cache_text(session.tree.last_answer, used),
        f"{count:,} tokens" if count else "",
        "" if is_usual else setup.profile,
        f"{waiting} attached{_media_tokens(session, setup)}" if waiting else "",
        "tools on" if session.options.sampling.tools or setup.conduct.tools else "",
    )
    return filter(None, every)


def _media_tokens(session: Session, setup: Setup) -> str:
    """Roughly how many tokens the attached media take; empty if there are none."""
    media = [one.media for one in session.attachments if one.media]
    if not media:
        return ""
    from aichat.app.media.facts import estimate_media  # it caches what it has looked at

    who = setup.provider.id, setup.target.wire.value, setup.model.value
    return f" (~{format_count(sum(estimate_media(one, *who) for one in media))} tokens)"


def lay_out(facts: Sequence[str], title: str, columns: int) -> str:
    """The facts on the left and the title on the right, in one line that is never cut.

    If there is little room the title is shortened, then left out; then the last facts are.
    """
    count = len(facts)
    while count > 1 and text_width(_join(facts[:count])) > columns:
        count -= 1
    left = truncate(_join(facts[:count]), columns)
    room = columns - text_width(left) - _GAP
    if count < len(facts) or room < min(_LEAST_TITLE, text_width(title)):
        return left
    right = truncate(title, room)
    return left + pad(right, columns - text_width(left), right=True)


def _join(facts: Sequence[str]) -> str:
    return " · ".join(facts)


def cost_text(totals: Totals) -> str:
    """The costs by currency, and how many answers have no price; empty if there are none."""
    known, unpriced = map(format_cost, totals.costs), totals.overall.unpriced
    rest = f"{unpriced} unpriced" if unpriced else ""
    return " + ".join(filter(None, (*known, rest))) if totals.costs else ""


def limits_text(session: Session) -> str:
    """What is left of a live session's scarcest limit; empty if unknown."""
    if session.live is None:
        return ""
    left = session.live.limits.current(session.world.clock.now())
    least = min(left, key=lambda limit: limit.share, default=None)
    return f"{least.share * 100:.0f}% of {least.what} left" if least and least.most else ""


def cache_text(last: Answer | None, totals: Totals) -> str:
    """The cached share of the last prompt, and what caching has saved so far."""
    parts = []
    if last and last.usage.input and last.usage.cached_input:
        parts.append(f"{last.usage.cached_input * 100 // last.usage.input}% cached")
    for currency in totals.currencies:
        saved = totals.money[currency].saved
        if saved and saved > 0:
            parts.append(f"{format_money(saved, currency)} saved")
    return ", ".join(parts)


def context_usage(setup: Setup, last: Answer | None) -> str:
    """How much of the context the last question and answer fill; empty if unknown.

    After switching models it is an estimate, since they count tokens differently.
    """
    share = context_share(setup, last)
    if last is None or share is None:
        return ""
    if share < 0.01:
        return "context <1%"
    here = (setup.provider.id, setup.model.value)
    is_exact = (last.provider, last.model) == here and last.usage.output is not None
    return f"context {'' if is_exact else '~'}{share:.0%}"
