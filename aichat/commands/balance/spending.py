"""An account's spending, which needs an administrator's key."""

from collections import Counter

from aichat.app.calls.resource import ResourceContext, fetch_object, protocol_error
from aichat.core.http.paging import is_sendable
from aichat.core.provider.endpoint import KeyOrigin, Secret
from aichat.core.text.dates import parse_time
from aichat.errors import AichatError, Fault, usage_error
from aichat.wires.resources.account.spending import (
    DIALECTS,
    SpendingDialect,
    Spent,
    parse_spending,
    spending_call,
)

#: The most pages of a report to request.
_MAX_PAGES = 50

_DAY = 86_400.0


def admin_context(context: ResourceContext, *, dry: bool) -> ResourceContext:
    """The context with an administrator's key. Errors: ``missing_key`` (exit 3) without one."""
    endpoint = context.endpoint
    dialect = DIALECTS[endpoint.provider.resources.spending]
    key = _admin_key(context, dialect)
    if not key and not dry:
        name = endpoint.provider.name
        why = f"{name} tells what was spent to an administrator's key alone"
        hint = f"set {dialect.variable}, which begins with {dialect.prefix}"
        raise AichatError(Fault("missing_key", why, hint, provider=endpoint.provider.id))
    origin = KeyOrigin("variable", f"${dialect.variable}")
    return context._replace(endpoint=endpoint._replace(key=Secret(key, origin, dialect.variable)))


def _admin_key(context: ResourceContext, dialect: SpendingDialect) -> str:
    """The key in its own variable, or the usual key if it is an administrator's."""
    environ = context.world.environ
    usual = (environ.get(name, "") for name in context.endpoint.provider.key_variables)
    admin = (key for key in usual if key.startswith(dialect.prefix))
    return environ.get(dialect.variable) or next(admin, "")


def start_of(context: ResourceContext, text: str | None) -> float:
    """The start of the period. Errors: ``usage`` for more days than are reported."""
    now, days = (
        context.world.clock.now(),
        DIALECTS[context.endpoint.provider.resources.spending].days,
    )
    since = parse_time(text or "month", now, utc=True)
    if now - since > days * _DAY:
        raise usage_error(f"--since {text}: {context.endpoint.provider.name} tells {days} days")
    return since


def read_spending(context: ResourceContext, since: float) -> list[Spent]:
    """The spending by item, the largest first. Errors: as of any request."""
    found: Counter[tuple[str, str]] = Counter()
    cursors = [""]
    while len(cursors) <= _MAX_PAGES:
        told = fetch_object(context, spending_call(context.endpoint, since, cursors[-1]))
        page = parse_spending(told, context.endpoint)
        if page is None:
            raise protocol_error(context, "the answer is no report of costs")
        for spent in page.amounts:
            found[spent.currency, spent.what] += spent.amount
        following = page.following
        if not following or following in cursors or not is_sendable(following):
            break
        cursors.append(following)
    return [Spent(what, amount, money) for (money, what), amount in found.most_common()]
