"""Exporting conversations: Markdown, JSON, JSON lines, HTML."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from aichat.core.conversation import serialize, validate
from aichat.core.conversation.foreign import export
from aichat.core.conversation.markdown.page import render_markdown
from aichat.core.conversation.turn import Conversation, Turn
from aichat.core.message.media import Media
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.atomic import move_into_place, open_temporary
from aichat.disk.history.kept_media import FileReader
from aichat.disk.history.store import DAMAGE_ERRORS
from aichat.errors import AichatError
from aichat.term.html.page import render_page

#: Formats by file extension.
ENDINGS = {
    ".md": "md",
    ".json": "json",
    ".jsonl": "jsonl",
    ".html": "html",
    ".htm": "html",
    ".zip": "chatgpt",
}


def _markdown(conversations: Iterable[Conversation]) -> Iterator[str]:
    for n, each in enumerate(conversations):
        # people print such files, so no control character may reach the terminal
        yield ("\n" if n else "") + sanitize(render_markdown(each))


def _json(conversations: Iterable[Conversation]) -> Iterator[str]:
    yield '{"version":1,"conversations":['
    for n, each in enumerate(conversations):
        yield (",\n" if n else "\n") + serialize.dump_json(serialize.dump_conversation(each))
    yield "\n]}\n"


def _jsonl(conversations: Iterable[Conversation]) -> Iterator[str]:
    return (serialize.dump_json(serialize.dump_conversation(each)) + "\n" for each in conversations)


def _chatgpt(conversations: Iterable[Conversation]) -> Iterator[str]:
    yield "["
    for n, each in enumerate(conversations):
        yield (",\n" if n else "\n") + serialize.dump_json(export.chatgpt_conversation(each))
    yield "\n]\n"


def _training(conversations: Iterable[Conversation]) -> Iterator[str]:
    return filter(None, map(export.training_line, conversations))


#: The writer of each format.
FORMATS: Mapping[str, Callable[[Iterable[Conversation]], Iterable[str]]] = {
    "md": _markdown,
    "json": _json,
    "jsonl": _jsonl,
    "html": render_page,
    "chatgpt": _chatgpt,
    "openai-jsonl": _training,
}


def with_media(
    given: Conversation, kind: str, folder: Path, tell: Callable[[str], object]
) -> Conversation:
    """A conversation with the media that a format can embed; a missing file is reported.

    ``folder`` is that of the store. JSON embeds everything; a page has pictures and sound.
    """
    wanted = _EMBEDDED.get(kind)
    if wanted is None:
        return given
    reader = FileReader(folder)
    turns = tuple(reader.turn(turn, wanted) for turn in given.turns)
    for path, label in reader.missing.items():
        tell(f"{label} is no longer there, so it was left out: {path}")
    return given._replace(turns=turns)


def write_archive(
    target: Path, given: Iterable[Conversation], tell: Callable[[str], object]
) -> None:
    """Write an archive like ChatGPT's own: conversations with their media.

    A missing file is reported. Errors: ``OSError``.
    """
    from zipfile import ZIP_DEFLATED, ZipFile

    file, temporary = open_temporary(target)
    media: dict[str, str] = {}  # their names in the archive, by path
    try:
        with file:
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                with archive.open("conversations.json", "w", force_zip64=True) as member:
                    for piece in _chatgpt(_noting_media(given, media)):
                        member.write(piece.encode())
                for path, name in media.items():
                    try:
                        archive.write(path, name)
                    except FileNotFoundError:
                        tell(f"{path} is no longer there, so it was left out")
            move_into_place(file, temporary, target, 0o600)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _noting_media(given: Iterable[Conversation], media: dict[str, str]) -> Iterator[Conversation]:
    for each in given:
        media |= export.media_files(each)
        yield each


#: Which media a format embeds rather than names.
_EMBEDDED: Mapping[str, Callable[[Media], bool]] = {
    "json": lambda _: True,
    "jsonl": lambda _: True,
    "html": lambda each: each.kind in ("image", "audio"),
}


def without_damage(given: Conversation, kind: str) -> Conversation:
    """A conversation without damaged turns that the format cannot hold."""
    sound = tuple(turn for turn in given.turns if validate.has_type(turn, Turn))
    if len(sound) < len(given.turns):
        try:
            for _ in FORMATS[kind]([given]):
                pass
        except (*DAMAGE_ERRORS, AichatError, OSError, OverflowError):
            return given._replace(turns=sound)
    return given
