"""Background answers: how to start one, and how to fetch it later."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from aichat.values import NamedTuple

#: Statuses of an answer that is not finished yet.
PENDING_STATUSES = frozenset(("queued", "in_progress", "pending", "running"))


class Background(NamedTuple):
    """How one wire does it: ``start`` are the body fields for it, ``path`` is that of the answer.

    ``id_field`` has its id, in the response to the first request. With ``after``, the parameter
    for the last event seen, it can be followed event by event, each of which has its own id in
    ``event_field``; else it can only be polled.
    """

    start: Mapping[str, Any]
    path: str
    id_field: str = "id"
    after: str = ""
    event_field: str = ""

    @property
    def streams(self) -> bool:
        """Whether it can be followed as a stream."""
        return bool(self.after)

    def url(self, base_url: str, answer_id: str, last_event: str | None = None) -> str:
        """The URL of the answer, or of its events after the last one seen."""
        seen = {self.after: last_event} if last_event is not None else {}
        query = f"?{urlencode({'stream': 'true', **seen})}" if self.streams else ""
        return base_url + self.path.format(id=quote(answer_id, safe="")) + query
