"""Jobs: what a provider goes on with by itself, as it is remembered and as it is told."""

import json
from collections.abc import Mapping
from typing import Any

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import NO_DETAIL, UNKNOWN_USAGE, Usage, UsageDetail
from aichat.core.message.media import Media
from aichat.errors import Fault
from aichat.values import NamedTuple

#: How far a job is. ``asking``: the request was sent, and no answer has come yet.
#: ``unknown``: the provider knows no such job, or not any more.
JOB_STATES = ("asking", "pending", "running", "done", "failed", "cancelled", "expired", "unknown")

#: Those that do not change any more.
FINAL_STATES = frozenset(("done", "failed", "cancelled", "expired", "unknown"))


class Job(NamedTuple):
    """One job. Times are in seconds since 1970; ``progress`` is from 0 to 1.

    ``kind`` is what is made, ``way`` how its provider is asked about it: by the names of
    ``wires.resources.jobs``. ``mark`` is of the request: who asks the same again means the same
    job. ``wish`` is what has to be known once it is done. ``files`` are where its results lie.
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
    results: tuple[str, ...] = ()  # their addresses, which do not live long
    files: tuple[str, ...] = ()
    cost: Cost | None = None
    error: str = ""

    @property
    def is_final(self) -> bool:
        """Whether it does not change any more."""
        return self.state in FINAL_STATES


class JobReport(NamedTuple):
    """What a provider says of a job: its ``results``, once there are any, and what it took.

    ``seconds`` and ``resolution`` are of a video, as it is billed; ``model`` is the one that a
    tuning made.
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
    """What ``dump_job`` made; fields that are not known are ignored. Errors: ``ValueError``."""
    told = json.loads(record)
    fields = {name: told[name] for name in Job._fields if name in told}
    for name in ("results", "files"):
        fields[name] = tuple(fields.get(name, ()))
    if fields.get("cost"):
        fields["cost"] = Cost(*fields["cost"])
    return Job(**fields)
