"""What a provider has beside chat, and how it is spoken to about each."""

from aichat.values import NamedTuple


class Resources(NamedTuple):
    """For each the dialect, a row of the table in the resource's wire; empty: it has none.

    ``moderation`` is the model that judges texts; ``spending`` what an administrator is told.
    """

    files: str = ""
    batches: str = ""
    stores: str = ""  # of files that are searched for an answer
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
    """Those of the names, words with spaces between, in one dialect, and others in their own."""
    return Resources(**dict.fromkeys(names.split(), dialect), **others)
