"""Conversations as files: Markdown, JSON, JSON lines, HTML."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from aichat.core.conversation import markdown, serialize
from aichat.core.conversation.turn import Conversation
from aichat.term import html

#: A file's ending, and the format that it asks for.
ENDINGS = {".md": "md", ".json": "json", ".jsonl": "jsonl", ".html": "html", ".htm": "html"}


def _markdown(conversations: Iterable[Conversation]) -> Iterator[str]:
    for n, each in enumerate(conversations):
        yield ("\n" if n else "") + markdown.render_markdown(each)


def _json(conversations: Iterable[Conversation]) -> Iterator[str]:
    yield '{"version":1,"conversations":['
    for n, each in enumerate(conversations):
        yield (",\n" if n else "\n") + serialize.dump_json(serialize.dump_conversation(each))
    yield "\n]}\n"


def _jsonl(conversations: Iterable[Conversation]) -> Iterator[str]:
    return (serialize.dump_json(serialize.dump_conversation(each)) + "\n" for each in conversations)


#: How a conversation can be written.
FORMATS: Mapping[str, Callable[[Iterable[Conversation]], Iterable[str]]] = {
    "md": _markdown,
    "json": _json,
    "jsonl": _jsonl,
    "html": html.render_page,
}
