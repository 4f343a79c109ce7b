"""What it costs to have a provider keep the beginning of a prompt: by the hour, before it does."""

from aichat.app.billing.budget import SpendCheck, estimate_cost
from aichat.app.billing.services import service_cost
from aichat.core.billing.money import Cost, format_cost
from aichat.values import NamedTuple


class KeepingCost(NamedTuple):
    """What is known before: ``hourly`` and ``write`` are at most so much, ``seconds`` the time.

    ``tokens`` are those that are kept; ``is_exact``: the provider has counted them.
    """

    tokens: int
    is_exact: bool
    seconds: int
    hourly: Cost | None
    write: Cost | None

    @property
    def cost(self) -> Cost | None:
        """Writing them and keeping them for the whole time."""
        if self.hourly is None or self.write is None or self.hourly.currency != self.write.currency:
            return None
        kept = -(-self.hourly.amount * self.seconds // 3600)  # never less than it will be
        return Cost(kept + self.write.amount, self.hourly.currency, True, "catalogue")

    @property
    def description(self) -> str:
        """In words, for a question or a refusal."""
        about = "" if self.is_exact else "about "
        hour = f"{format_cost(self.hourly)} an hour" if self.hourly else "at an unknown price"
        whole = f", {format_cost(self.cost)} for {self.time} with writing" if self.cost else ""
        return f"{hour} for {about}{self.tokens:,} tokens{whole}"

    @property
    def time(self) -> str:
        """How long, as it is typed."""
        units = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
        size, name = next(each for each in units if not self.seconds % each[0])
        return f"{self.seconds // size}{name}"


def keeping_cost(case: SpendCheck, seconds: int) -> KeepingCost:
    """What it would take to keep the request for so long; the provider counts, at no cost.

    Writing is reckoned as input that nothing of is cached.
    """
    read = estimate_cost(case, count=True)
    write = read.cost and read.cost._replace(estimated=True)
    hour = ("cache_hour", read.input)
    hourly = service_cost(case.target, case.request.model, hour, case.world.clock.now)
    return KeepingCost(read.input, read.is_exact, seconds, hourly, write)
