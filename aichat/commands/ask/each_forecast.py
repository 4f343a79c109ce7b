"""The forecast of a run of ``--each``: the number of questions, and their cost."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from aichat.app.billing.budget import estimate_cost
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.each.inputs import InputRow, InputSource
from aichat.app.jobs.each.lane import EachQuestion, Lane
from aichat.app.jobs.each.money import spend_check
from aichat.app.jobs.each.tally import Forecast, format_duration
from aichat.app.question.input import Question
from aichat.app.question.request import Attempt
from aichat.core.billing.money import Cost, format_cost
from aichat.core.config.precedence import SourcedValue
from aichat.core.provider.pace.pace import MOST
from aichat.core.text.numbers import count_of, format_tokens
from aichat.disk.history.ledger import Ledger
from aichat.errors import AichatError
from aichat.process.world import World
from aichat.wires.resources.batches import DIALECTS

#: The age, in seconds, of answers used to estimate durations.
_LATELY = 30 * 86400.0

#: The number of inputs whose cost is estimated; the others are assumed to be alike.
_SAMPLE = 100


def foresee(
    world: World,
    source: InputSource,
    question: EachQuestion,
    lanes: Sequence[Lane],
    recorder: Recorder,
) -> Forecast:
    """The number of answers, and the cost of their questions, estimated from the first ones.

    Errors: ``usage``, naming an unusable input; the reason if none of the first is usable.
    """
    for lane in lanes:
        lane.attempt(question.sample)  # a fault of all is not reported for one of them
    unread, refused = list[AichatError](), list[AichatError]()
    rows = _read(source.open(), question, unread)
    here: list[Cost | None] = []
    there: list[Cost | None] = []
    tokens, count = 0, 0
    for asked in islice(rows, _SAMPLE):
        try:
            attempts = [lane.attempt(asked) for lane in lanes]
        except AichatError as error:
            refused.append(error)
            continue
        count += 1
        for lane, attempt in zip(lanes, attempts, strict=True):
            found = estimate_cost(spend_check(world, attempt, recorder))
            tokens += found.input
            here.append(found.cost)
            if lane.target.provider.resources.batches:
                there.append(estimate_cost(spend_check(world, _batched(attempt), recorder)).cost)
    if refused and not count:
        raise refused[0]
    unread += refused
    total = count + sum(1 for _ in rows)
    share = total / count if count else 0
    whole = _total(there, share) if len(there) == len(here) else None
    return Forecast(
        *(total * len(lanes), _total(here, share), int(tokens * share), whole),
        seconds=_seconds(world, recorder, lanes, total),
        batches=sum(_count_batches(lane, total) for lane in lanes),
        unread=len(unread),
        why_unread=unread[0].fault.message if unread else "",
    )


def _seconds(world: World, recorder: Recorder, lanes: Sequence[Lane], rows: int) -> float | None:
    """The duration if answers take as long as recent ones; None if there are none."""
    store = recorder.store()
    if store is None or not rows:
        return None
    ledger, since = Ledger(store), world.clock.now() - _LATELY
    found = [0.0]
    for lane in lanes:
        mean = ledger.mean_seconds(*lane.identity[:2], since)
        if mean is None:
            return None
        found.append(mean * rows / min(lane.options.each.jobs or MOST, rows))
    return max(found)


def _count_batches(lane: Lane, rows: int) -> int:
    """The least number of batches for ``rows``."""
    kind = lane.target.provider.resources.batches
    return -(-rows // DIALECTS[kind].max_lines) if kind else 0


def _read(
    rows: Iterable[InputRow], question: EachQuestion, unread: list[AichatError]
) -> Iterator[Question]:
    """The questions about usable inputs; ``unread`` collects the errors of unreadable files."""
    for read in map(question.read, rows):
        if isinstance(read, AichatError):
            unread.append(read)
        else:
            yield read


def _batched(attempt: Attempt) -> Attempt:
    """The attempt at the price of a batch."""
    setup = attempt.setup
    tier = SourcedValue("batch", setup.model.origin)
    return attempt._replace(setup=setup._replace(money=setup.money._replace(tier=tier)))


def _total(costs: Iterable[Cost | None], share: float) -> Cost | None:
    """The total cost, if known; None for several currencies."""
    given = list(costs)
    known = [cost for cost in given if cost]
    if len(known) < len(given) or len({cost.currency for cost in known}) != 1:
        return None
    amount = int(sum(cost.amount for cost in known) * share)
    return Cost(amount, known[0].currency, estimated=True) if amount else None


def describe_forecast(forecast: Forecast, lanes: Sequence[Lane], *, batch: bool) -> list[str]:
    """The forecast in a line, and in a second one that of a ``batch``."""
    who = " and ".join(lane.name for lane in lanes)
    parts = [f"{count_of(forecast.answers, 'question')} to {who}"]
    lines = list[str]()
    if forecast.unread:
        count = count_of(forecast.unread, "file")
        lines.append(f"{count} cannot be asked about, and will have failed: {forecast.why_unread}")
    parts += [f"about {format_tokens(forecast.tokens)} tokens of input"] if forecast.tokens else []
    parts += [f"{format_cost(forecast.cost)} before any output"] if forecast.cost else []
    if forecast.seconds is not None:
        about = "about " if forecast.seconds >= 1 else ""
        parts.append(f"{about}{format_duration(forecast.seconds)} as answers took of late")
    if not batch:
        return [", ".join(parts), *lines]
    hours = max(DIALECTS[lane.target.provider.resources.batches].hours for lane in lanes)
    price = f"{format_cost(forecast.batch_cost)} before any output, " if forecast.batch_cost else ""
    what = "a batch" if forecast.batches <= 1 else f"{forecast.batches} batches or more"
    return [", ".join(parts), *lines, f"as {what}: {price}answered within {hours} h"]
