"""Where in the store the answer to a request is, by the request's name, for ``--cached``.

One small file per request: ``answers/NAME.json``. Whatever is lost is merely asked again.
"""

from pathlib import Path

from aichat.disk.cache.json_file import path_of, read_json, write_json
from aichat.values import NamedTuple

_KIND = "answers"


class AnswerPlace(NamedTuple):
    """The turn of an answer, and its conversation."""

    conversation: str
    number: int


def read(cache: Path, name: str) -> AnswerPlace | None:
    """Where the answer to the request called ``name`` is, if one is known."""
    found = read_json(path_of(cache, _KIND, name))
    entry = found if isinstance(found, dict) else {}
    conversation, number = entry.get("conversation"), entry.get("number")
    if not isinstance(conversation, str) or not isinstance(number, int):
        return None
    return AnswerPlace(conversation, number)


def write(cache: Path, name: str, place: AnswerPlace) -> None:
    """Remember where it is."""
    write_json(path_of(cache, _KIND, name), place._asdict())
