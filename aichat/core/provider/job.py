"""Jobs that a provider works on by itself: as we store them, and as it reports them."""

import json
from collections.abc import Mapping
from typing import Any

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import NO_DETAIL, UNKNOWN_USAGE, Usage, UsageDetail
from aichat.core.message.media import Media
from aichat.errors import Fault
from aichat.values import NamedTuple

#: The states of a job. ``asking``: the request was sent, and not answered yet.
#: ``unknown``: the provider does not know the job, or no longer does.
JOB_STATES = ("asking", "pending", "running", "done", "failed", "cancelled", "expired", "unknown")

#: States that do not change any more.
FINAL_STATES = frozenset(("done", "failed", "cancelled", "expired", "unknown"))


class Job(NamedTuple):
    """One job. Times are in seconds since 1970; ``progress`` is from 0 to 1.

    ``kind`` is what is made, ``way`` how its provider is asked about it, by the names of
    ``wires.resources.jobs``. ``mark`` identifies the request: the same one again means the same
    job. ``wish`` is what has to be known once it is done. ``files`` are the saved results.
    """

    provider: str
    id: str
    kind: str
    way: str
    model: str = ""
    words: str = ""
    created: float = 0.0
    state: str = "pending"
    progress: float | None = None
    mark: str = ""
    region: str | None = None
    profile: str | None = None
    wish: Mapping[str, Any] = {}
    results: tuple[str, ...] = ()  # their URLs, which soon expire
    files: tuple[str, ...] = ()
    cost: Cost | None = None
    error: str = ""

    @property
    def is_final(self) -> bool:
        """Whether its state does not change any more."""
        return self.state in FINAL_STATES


class JobReport(NamedTuple):
    """A provider's report on a job: its ``results``, once there are any, and its usage.

    ``seconds`` and ``resolution`` are those of a video, as billed; ``model`` is the one that
    fine-tuning made.
    """

    state: str
    progress: float | None = None
    results: tuple[Media, ...] = ()
    usage: Usage = UNKNOWN_USAGE
    detail: UsageDetail = NO_DETAIL
    cost: Cost | None = None
    seconds: float | None = None
    resolution: str | None = None
    fault: Fault | None = None
    model: str = ""


def dump_job(job: Job) -> str:
    """A job as JSON."""
    return json.dumps(job._asdict(), ensure_ascii=False)


def load_job(record: str) -> Job:
    """The inverse of ``dump_job``; unknown fields are ignored. Errors: ``ValueError``."""
    told = json.loads(record)
    fields = {name: told[name] for name in Job._fields if name in told}
    for name in ("results", "files"):
        fields[name] = tuple(fields.get(name, ()))
    if fields.get("cost"):
        fields["cost"] = Cost(*fields["cost"])
    return Job(**fields)
