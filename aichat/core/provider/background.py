"""Background answers: how to start one, and how to fetch it later."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from aichat.core.http.sse import Frame
from aichat.core.text.json import read_object
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

    def find_id(self, frames: Iterable[Frame]) -> str | None:
        """The id of the answer, as soon as it is known."""
        for frame in frames:
            told = read_object(frame.data)
            for value in (told, told.get("response"), told.get("interaction")):
                found = value.get(self.id_field) if isinstance(value, dict) else None
                if isinstance(found, str) and found:
                    return found
        return None

    def last_event(self, frames: Iterable[Frame]) -> str | None:
        """The id of the last event, to resume after it."""
        told = [frame.data for frame in frames if frame.data]
        found = read_object(told[-1]).get(self.event_field) if told else None
        return None if found is None else str(found)
