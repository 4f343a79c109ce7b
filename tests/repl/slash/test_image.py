"""``/image``: a picture in the chat, from words or from what is attached, and its price."""

import json

import pytest

from aichat.errors import AichatError
from tests.commands.files.test_files import point
from tests.support.answering.made import CODED, PNG, xai_images
from tests.support.answering.server import Server
from tests.support.running.program import Program
from tests.support.terminal.session import Paper


def test_a_picture_is_drawn_saved_and_counted(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(aichat.home)
    with Server(default=xai_images()) as server:
        chat = Paper(point(aichat, server, "xai"))
        said = chat.say("/image a red fox")
        body = server.requests[0].json()
    assert body["prompt"] == "a red fox" and (aichat.home / "a-red-fox-1.png").read_bytes() == PNG
    assert "a-red-fox-1.png ($0.04)" in said
    (row,) = json.loads(aichat.invoke("cost", "--by", "kind", "--since", "all", "--json").text)[
        "rows"
    ]
    assert row["kind"] == "image"


def test_what_is_attached_is_what_it_is_made_of(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(aichat.home)
    (aichat.home / "cat.png").write_bytes(PNG)
    with Server(default=xai_images()) as server:
        point(aichat, server, "openai")
        chat = Paper(point(aichat, server, "xai"), provider="openai")
        chat.say("/attach cat.png")
        chat.say("/image -m xai/grok-imagine-image a hat")
        (sent,) = server.requests
    assert sent.path == "/v1/images/edits" and sent.json()["model"] == "grok-imagine-image"
    assert sent.json()["image"] == {"url": f"data:image/png;base64,{CODED}"}
    assert not chat.session.attachments


def test_a_chat_with_one_who_draws_none_is_told_who_does(aichat: Program) -> None:
    with Server() as server:
        chat = Paper(point(aichat, server, "groq"))
        with pytest.raises(AichatError, match="draws no pictures"):
            chat.say("/image a fox")
        assert not server.requests
