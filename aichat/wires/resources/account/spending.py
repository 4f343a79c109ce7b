"""An account's spending by its provider's count, available to administrators' keys only.

Source: the types of openai 3.57 and anthropic 2.14.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.billing.money import BILLION
from aichat.core.http.call import Call, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.values import NamedTuple


class SpendingDialect(NamedTuple):
    """One provider's API: its path, its limit of ``days``, and the key that it needs.

    ``variable`` holds that key, which begins with ``prefix``. ``group`` is the grouping of
    amounts; ``cents``: they are in hundredths.
    """

    path: str
    variable: str
    prefix: str
    group: str
    days: int
    cents: bool = False


#: Spending APIs by the name in a provider's settings.
DIALECTS: Mapping[str, SpendingDialect] = {
    "openai": SpendingDialect(
        "/organization/costs", "OPENAI_ADMIN_KEY", "sk-admin-", "line_item", 180
    ),
    "anthropic": SpendingDialect(
        *("/organizations/analytics/cost_report", "ANTHROPIC_ADMIN_KEY", "sk-ant-admin"),
        *("model", 31, True),
    ),
}

#: Larger amounts (in units of the currency) are taken for errors.
_LARGEST = 10**12


class Spent(NamedTuple):
    """The ``amount``, in billionths of ``currency``, spent on ``what``."""

    what: str
    amount: int
    currency: str


class SpentPage(NamedTuple):
    """A page of amounts, and the cursor of the next, or ``""``."""

    amounts: tuple[Spent, ...]
    following: str


def spending_call(endpoint: Endpoint, since: float, cursor: str = "") -> Call:
    """The request for daily spending since ``since`` (Unix time in seconds)."""
    dialect = DIALECTS[endpoint.provider.resources.spending]
    if dialect.cents:
        start = f"starting_at={quote(datetime.fromtimestamp(since, UTC).strftime(_RFC3339))}"
    else:
        start = f"start_time={int(since)}"
    query = f"?{start}&bucket_width=1d&group_by[]={dialect.group}&limit={dialect.days}"
    query += f"&page={quote(cursor, safe='')}" if cursor else ""
    auth = wires.load(endpoint.wire).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *auth, json_content=False)
    return Call("GET", endpoint.base_url + dialect.path + query, headers)


_RFC3339 = "%Y-%m-%dT%H:%M:%SZ"


def parse_spending(told: Mapping[str, Any], endpoint: Endpoint) -> SpentPage | None:
    """The page of spending in an answer; None if it has none."""
    dialect = DIALECTS[endpoint.provider.resources.spending]
    if not isinstance(told.get("data"), list):
        return None
    rows = [row for bucket in objects(told["data"]) for row in objects(bucket.get("results"))]
    found = [spent for row in rows if (spent := _spent(row, dialect))]
    following = text_or_none(told.get("next_page")) or ""
    return SpentPage(tuple(found), following if told.get("has_more", True) else "")


def _spent(row: Mapping[str, Any], dialect: SpendingDialect) -> Spent | None:
    """One amount: a number at OpenAI, a string of cents at Anthropic."""
    amount = get_object(row, "amount") or row
    number = _decimal(amount.get("value", row.get("amount")))
    if number is None:
        return None
    units = number / 100 if dialect.cents else number
    currency = (text_or_none(amount.get("currency")) or "usd").upper()[:8]
    what = text_or_none(row.get(dialect.group)) or "other"
    return Spent(what, round(units * BILLION), currency)


def _decimal(told: Any) -> Decimal | None:
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    try:
        number = Decimal(str(told)[:40])
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _LARGEST else None
