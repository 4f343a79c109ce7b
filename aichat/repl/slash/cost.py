"""``/cost``: the cost of this conversation and of today."""

import sqlite3

from aichat.core.billing.budget import profile_limits, span_bounds
from aichat.core.billing.money import format_cost
from aichat.core.billing.totals import Totals
from aichat.core.config.precedence import value_of
from aichat.core.text.numbers import count_of
from aichat.disk.history.ledger import Ledger
from aichat.errors import config_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Sums by currency, unpriced answers, and what is left of budgets and limits."""
    try:
        for line in _lines(session, Ledger(session.store)):
            session.show(line)
    except sqlite3.Error as error:
        raise config_error(f"cannot read the usage counters: {error}") from error


def _lines(session: Session, ledger: Ledger) -> list[str]:
    now = session.world.clock.now()
    own, today = session.tree.totals, ledger.totals(*span_bounds("day", now))
    lines = [f"today              {_totals_text(today)}"]
    if session.tree.is_stored or own.money:
        lines.insert(0, f"this conversation  {_totals_text(own)}")
    budget, profile = value_of(session.setup.money.budget), session.setup.profile
    if budget and profile:

        def spent(span: str, currency: str) -> int:
            return ledger.totals(*span_bounds(span, now), profile=profile).amount(currency) or 0

        lines += [limit.description for limit in profile_limits(budget, profile, spent)]
    if session.live:
        lines.append(f"this session       {session.live.limits.describe(now)}")
    return lines


def _totals_text(totals: Totals) -> str:
    """The sum in each currency; unpriced answers are mentioned, not counted as free."""
    money, unpriced = map(format_cost, totals.costs), totals.overall.unpriced
    answers = f"{count_of(unpriced, 'answer')} without a price"
    return ", ".join([*money, *([answers] if unpriced else [])]) or "nothing"


SLASH = SlashCommand("cost", "show the cost of this conversation and of today", run)
