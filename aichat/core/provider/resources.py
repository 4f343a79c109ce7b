"""What a provider offers besides chat, and in which dialect."""

from aichat.values import NamedTuple


class Resources(NamedTuple):
    """For each resource its dialect, a row of the table in the resource's wire; empty: it has none.

    ``moderation`` is the model that judges texts; ``spending`` is what an admin key can query.
    """

    files: str = ""
    batches: str = ""
    stores: str = ""  # of files, for file search
    embeddings: str = ""
    moderation: str = ""
    images: str = ""
    videos: str = ""
    speech: str = ""
    transcription: str = ""
    tuning: str = ""
    realtime: str = ""
    spending: str = ""


def resources(dialect: str, names: str, **others: str) -> Resources:
    """The resources in ``names``, separated by spaces, in one dialect, and others in their own."""
    return Resources(**dict.fromkeys(names.split(), dialect), **others)
