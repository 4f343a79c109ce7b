"""What is written of media, and that what older versions wrote is still read."""

from typing import Any

import pytest

from aichat.core.conversation.serialize import (
    dump_event,
    dump_media,
    dump_message,
    load_event,
    load_media,
    load_turn,
)
from aichat.core.exchange.event import Audio, Event, Image
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import Message

WRITTEN: dict[str, tuple[Media, dict[str, Any]]] = {
    "bytes": (Media("image/png", b"hi", "a.png", "low"), {"data": "aGk=", "name": "a.png"}),
    "no bytes": (Media("audio/*", b"", transcript=""), {"data": "", "transcript": ""}),
    "a URL": (Media("image/png", Url("https://a.example/b")), {"url": "https://a.example/b"}),
    "a data URL": (Media("image/png", Url("data:,x")), {"url": "data:,x"}),
    "a path": (Media("image/png", LocalFile("/a/b:c.png")), {"url": "/a/b:c.png"}),
    "a relative path": (Media("image/png", LocalFile("a/b.png")), {"url": "a/b.png"}),
    "a path with a drive": (Media("image/png", LocalFile(r"C:\a.png")), {"url": r"C:\a.png"}),
    "a provider's file": (Media("image/png", ProviderFile("ms://1")), {"ref": "ms://1"}),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_media_are_written_and_read(name: str) -> None:
    media, fields = WRITTEN[name]
    written = dump_media(media)
    assert written.items() >= fields.items() and written["mime"] == media.mime
    assert len({"data", "url", "ref"} & written.keys()) == 1
    assert load_media(written) == media


OLDER: dict[str, tuple[dict[str, Any], Media]] = {
    "nothing but a type": ({"mime": "image/png"}, Media("image/png", b"")),
    "bytes that were kept beside an address": (
        {"mime": "image/png", "data": "aGk=", "url": "https://a.example"},
        Media("image/png", b"hi"),
    ),
    "what a server sent that was no base64": ({"mime": "x", "data": "a"}, Media("x", b"a")),
}


@pytest.mark.parametrize("name", OLDER)
def test_media_that_an_older_version_wrote_are_read(name: str) -> None:
    fields, media = OLDER[name]
    assert load_media(fields) == media


SAID = Message("assistant", ())


def test_an_older_answers_pictures_are_read_but_for_those_that_others_followed() -> None:
    images = [
        {"mime": "image/png", "url": "/data/images/a.png"},
        {"mime": "image/png", "data": "aGk=", "partial": True},
        {"mime": "image/png", "data": "aGk="},
    ]
    answer = {"provider": "p", "model": "m", "images": images}
    turn = load_turn({"message": dump_message(SAID), "at": 1.0, "answer": answer})
    pictures = (
        Media("image/png", LocalFile("/data/images/a.png")),
        Media("image/png", b"hi"),
    )
    assert turn.message.parts == (*SAID.parts, *pictures)
    assert turn.answer and turn.answer.images == pictures


JOURNALED: dict[str, tuple[dict[str, Any], Event]] = {
    "a picture": (
        {"type": "image", "mime": "image/png", "data": "aGk=", "partial": True},
        Image(Media("image/png", b"hi"), partial=True),
    ),
    "a picture's place": (
        {"type": "image", "mime": "image/png", "url": "/a.png"},
        Image(Media("image/png", LocalFile("/a.png"))),
    ),
    "sound": (
        {"type": "audio", "mime": "audio/wav", "data": "aGk=", "transcript": "hi"},
        Audio(Media("audio/wav", b"hi", transcript="hi")),
    ),
}


@pytest.mark.parametrize("name", JOURNALED)
def test_an_event_with_media_is_written_flat(name: str) -> None:
    written, event = JOURNALED[name]
    assert dump_event(event) == written and load_event(written) == event


def test_sound_that_an_older_version_journaled_has_no_type() -> None:
    assert load_event({"type": "audio", "data": "aGk="}) == Audio(Media("audio/*", b"hi"))
