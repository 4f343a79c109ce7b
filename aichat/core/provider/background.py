"""How a server goes on with an answer that nobody waits for, and how it is got then."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from aichat.core.http.sse import Frame
from aichat.core.text.json import read_object
from aichat.values import NamedTuple

#: What a server calls an answer that is not there yet.
PENDING_STATUSES = frozenset(("queued", "in_progress", "pending", "running"))


class Background(NamedTuple):
    """Of one wire: ``start`` are the body fields that ask for it, ``path`` leads to the answer.

    ``id_field`` has its id, in the answer to the first request. With ``after``, the parameter
    for the last event that was seen, it can be followed event by event, each of which has that
    in ``event_field``; else it is there or not.
    """

    start: Mapping[str, Any]
    path: str
    id_field: str = "id"
    after: str = ""
    event_field: str = ""

    @property
    def streams(self) -> bool:
        """Whether it can be followed."""
        return bool(self.after)

    def url(self, base_url: str, answer_id: str, last_event: str | None = None) -> str:
        """Where the answer is, from behind the event that was seen last."""
        seen = {self.after: last_event} if last_event is not None else {}
        query = f"?{urlencode({'stream': 'true', **seen})}" if self.streams else ""
        return base_url + self.path.format(id=quote(answer_id, safe="")) + query

    def find_id(self, frames: Iterable[Frame]) -> str | None:
        """The id of the answer, as soon as it is told."""
        for frame in frames:
            told = read_object(frame.data)
            for value in (told, told.get("response"), told.get("interaction")):
                found = value.get(self.id_field) if isinstance(value, dict) else None
                if isinstance(found, str) and found:
                    return found
        return None

    def last_event(self, frames: Iterable[Frame]) -> str | None:
        """What the last event goes by, to go on behind it."""
        told = [frame.data for frame in frames if frame.data]
        found = read_object(told[-1]).get(self.event_field) if told else None
        return None if found is None else str(found)
