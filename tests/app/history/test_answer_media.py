"""Pictures in an answer become files, and the answer says where they are."""

import json
import os
import sqlite3
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from aichat.app.history.answer_media import MediaKeeper
from aichat.core.exchange.event import Image, Notice
from aichat.core.message.media import LocalFile, Media
from tests.support.answering.server import SSE, Reply, Server, chat_chunk, sse
from tests.support.running.program import Program, Result

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"IEND"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(100)) + b"\xff\xd9"


def picture(data: bytes) -> dict[str, object]:
    """A picture in a delta, called a PNG whatever it is."""
    url = f"data:image/png;base64,{b64encode(data).decode()}"
    return {"images": [{"type": "image_url", "image_url": {"url": url}}]}


def drawn(*pictures: bytes) -> Reply:
    """An answer of text, pictures and text, all of it in one chunk behind the first words."""
    rest = b"".join(
        sse(
            *(chat_chunk(picture(data)) for data in pictures),
            chat_chunk({"content": "there."}),
            done=False,
        )
    )
    words = [*sse(chat_chunk({"content": "Here and "}), done=False)]
    return Reply(
        headers={"content-type": "text/event-stream"},
        body=[*words, rest, *sse(chat_chunk({}, "stop"))],
    )


def database(aichat: Program) -> str:
    """All that is in the rows of the turns."""
    with sqlite3.connect(aichat.data_dir / "history.db") as connection:
        return str(connection.execute("SELECT text, record FROM turn").fetchall())


def test_a_picture_lies_beside_the_store_and_goes_with_the_last_that_shows_it(
    aichat: Program,
) -> None:
    with Server(default=drawn(PNG, JPEG)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", "--json")
        again = aichat.invoke("ask", "hi again", "--json")
    paths = [Path(image["path"]) for image in json.loads(done.text)["images"]]
    assert [path.read_bytes() for path in paths] == [PNG, JPEG]
    names = [f"{sha256(PNG).hexdigest()[:32]}.png", f"{sha256(JPEG).hexdigest()[:32]}.jpg"]
    assert paths == [aichat.data_dir / "media" / name for name in names]
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o600]
    assert json.loads(done.text)["images"] == json.loads(again.text)["images"]
    assert done.stderr.splitlines() == [f"aichat: image saved as {path}" for path in paths]
    rows = database(aichat)
    assert f"media/{names[0]}" in rows and b64encode(PNG).decode() not in rows
    shown = aichat.invoke("history", "show", "last").text
    assert str(paths[0]) in shown
    assert aichat.invoke("history", "delete", "last", "--yes").code == 0
    assert paths[0].exists()  # the other conversation shows it
    assert aichat.invoke("history", "delete", "last", "--yes").code == 0
    assert not any(path.exists() for path in paths)


def test_what_nothing_names_any_more_is_collected_once_it_is_a_day_old(aichat: Program) -> None:
    with Server(default=drawn(PNG)) as server:
        aichat.point_groq_at(server.url).invoke("ask", "hi", "--json")
    folder = aichat.data_dir / "media"
    old, new = folder / f"{'0' * 32}.png", folder / f"{'1' * 32}.png"
    for path in (old, new):
        path.write_bytes(PNG)
    os.utime(old, (0, 0))
    assert aichat.invoke("history", "delete", "last", "--yes").code == 0
    assert [*folder.iterdir()] == [new]


def test_a_picture_of_what_is_not_stored_lies_here(aichat: Program) -> None:
    with Server(drawn(PNG)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", "--no-save", "--events")
    told = [json.loads(line) for line in done.text.splitlines()]
    (image,) = [event for event in told if event["type"] == "image"]
    path = Path(image["path"])
    assert path.parent == aichat.home and path.read_bytes() == PNG
    assert told[-1]["images"] == [{"mime": "image/png", "path": str(path)}]
    assert told[-1]["text"] == "Here and there."


def test_a_picture_that_cannot_be_saved_costs_no_answer(aichat: Program) -> None:
    aichat.data_dir.mkdir()
    (aichat.data_dir / "media").write_text("in the way")
    with Server(drawn(PNG)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (done.text, done.code) == ("Here and there.\n", 0)
    assert "cannot save an image" in done.stderr
    assert b64encode(PNG).decode() in aichat.invoke("history", "show", "last", "--json").text


def test_an_export_that_would_remove_another_folder_is_not_taken_in(aichat: Program) -> None:
    talk = {"id": "../..", "title": "t", "created": 1, "updated": 1, "turns": []}
    (aichat.home / "talk.jsonl").write_text(json.dumps(talk))
    done = aichat.invoke("history", "import", "talk.jsonl")
    assert done.code == 2 and "not an exported conversation" in done.stderr


def imported(aichat: Program, *said: tuple[str, dict[str, Any]], who: str = "") -> Result:
    """A conversation called ``t`` in which ``said`` was, each a role and its one part."""
    provider, _, model = who.partition("/")
    by = {"provider": provider, "model": model} if who else {}
    turns = [
        {
            "number": n,
            "parent": n - 1 or None,
            "at": n,
            "message": {"role": role, "parts": [part], **(by if role == "assistant" else {})},
        }
        for n, (role, part) in enumerate(said, 1)
    ]
    talk = {"id": "t", "title": "t", "created": 1, "updated": 1, "head": len(said), "turns": turns}
    (aichat.home / "talk.jsonl").write_text(json.dumps(talk))
    return aichat.invoke("history", "import", "talk.jsonl")


def media(mime: str, data: bytes, name: str) -> dict[str, Any]:
    """A part of a conversation."""
    return {"type": "media", "mime": mime, "data": b64encode(data).decode(), "name": name}


ASK = ("user", {"type": "text", "text": "Look"})


def test_what_a_model_does_not_take_is_only_named_to_it_where_others_were_shown_it(
    aichat: Program,
) -> None:
    video = media("video/mp4", b"film", "v.mp4")
    result = {"type": "tool_result", "id": "c1", "name": "film", "parts": [video]}
    call = {"type": "tool_call", "id": "c1", "name": "film", "arguments": "{}"}
    imported(aichat, ASK, ("assistant", call), ("tool", result))
    with Server(default=drawn()) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "-C", "t", "And now?")
        (request,) = server.requests
    assert done.code == 0
    assert done.stderr == (
        "aichat: v.mp4 (video/mp4) cannot be sent: this model takes no video: "
        "left out of this request\n"
    )
    assert "[v.mp4 (video/mp4)]" in request.body.decode()


def test_another_model_is_shown_what_was_drawn_with_the_question_that_follows(
    aichat: Program,
) -> None:
    picture = media("image/png", PNG, "a.png")
    imported(aichat, ASK, ("assistant", picture), who="gemini/gemini-3-pro-image")
    with Server(default=drawn()) as server:
        aichat.point_groq_at(server.url).invoke(
            "ask", "-C", "t", "And now?", "-p", "groq", "-m", "sees-all"
        )
        asked = server.requests[0].json()["messages"]
    assert asked[1] == {"role": "assistant", "content": "[a picture]"}
    drawn_before, shown, words = asked[2]["content"]
    assert drawn_before["text"] == "[drawn in the answer before]"
    assert shown["image_url"]["url"] == f"data:image/png;base64,{b64encode(PNG).decode()}"
    assert words["text"] == "And now?"


def test_a_file_that_is_gone_is_one_notice_and_words_to_the_model(aichat: Program) -> None:
    imported(aichat, ("user", media("image/png", PNG, "a.png")), ("assistant", ASK[1]))
    for path in (aichat.data_dir / "media").iterdir():
        path.unlink()
    with Server(default=drawn()) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "-C", "t", "And now?", "-p", "groq", "-m", "sees-all")
        asked = server.requests[0].json()["messages"]
    assert done.stderr.splitlines() == [
        "aichat: a.png (image/png) is no longer there: left out of this request"
    ]
    assert asked[0]["content"] == "[a.png (image/png), which is no longer there]"
    exported = aichat.invoke("history", "export", "t", "--format", "json")
    assert exported.code == 0 and "a.png (image/png) is no longer there" in exported.stderr


def test_no_file_of_this_machine_is_sent_for_a_conversation_from_elsewhere(aichat: Program) -> None:
    secret = aichat.home / "secret.png"
    secret.write_bytes(PNG)
    part = {"type": "media", "mime": "image/png", "url": str(secret)}
    imported(aichat, ("user", part), ("assistant", ASK[1]))
    with Server(default=drawn()) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "-C", "t", "And now?", "-p", "groq", "-m", "sees-all")
        assert b64encode(PNG) not in server.requests[0].body
    assert done.code == 0 and "image/png is no longer there" in done.stderr
    assert not (aichat.data_dir / "media").exists()


GEMINI_DRAWN = {
    "candidates": [
        {
            "content": {
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": "aGk="}, "thought": True},
                    {
                        "inlineData": {"mimeType": "image/png", "data": b64encode(PNG).decode()},
                        "thoughtSignature": b64encode(bytes(60_000)).decode(),
                    },
                ]
            },
            "finishReason": "STOP",
        }
    ]
}


def test_the_model_that_drew_gets_its_items_back_letter_for_letter_from_files(
    aichat: Program,
) -> None:
    reply = Reply(headers=SSE, body=sse(GEMINI_DRAWN, done=False))
    with Server(default=reply) as server:
        aichat.environ |= {
            "GEMINI_API_KEY": "k",
            "AICHAT_GEMINI_BASE_URL": f"{server.url}/v1beta",
        }
        model = ("-m", "gemini/gemini-3-pro-image")
        done = aichat.invoke("ask", *model, "draw", "--json")
        assert done.code == 0 and len(json.loads(done.text)["images"]) == 1
        rows = database(aichat)
        for text in (b64encode(PNG).decode(), b64encode(bytes(60_000)).decode(), "aGk="):
            assert f"'{text}'" not in rows and f'"{text}"' not in rows
        assert aichat.invoke("ask", *model, "-c", "bluer").code == 0
        sent = server.requests[-1].json()["contents"][1]["parts"]
    assert sent == GEMINI_DRAWN["candidates"][0]["content"]["parts"]


def test_export_and_import_elsewhere_lose_no_byte(aichat: Program, tmp_path: Path) -> None:
    with Server(default=Reply(headers=SSE, body=sse(GEMINI_DRAWN, done=False))) as server:
        aichat.environ |= {
            "GEMINI_API_KEY": "k",
            "AICHAT_GEMINI_BASE_URL": f"{server.url}/v1beta",
        }
        (aichat.home / "mine.png").write_bytes(JPEG)
        model = ("-m", "gemini/gemini-3-pro-image")
        assert aichat.invoke("ask", *model, "draw", "-f", "mine.png").code == 0
        aichat.invoke("history", "export", "last", "--output", "talk.jsonl")
        first = (aichat.home / "talk.jsonl").read_text()
        assert b64encode(PNG).decode() in first and "aichat-file:" not in first
        aichat.environ["AICHAT_DATA_DIR"] = str(tmp_path / "other")
        assert aichat.invoke("history", "import", "talk.jsonl").code == 0
        again = aichat.invoke("history", "import", "talk.jsonl").stderr
        assert again == "aichat: imported 0; 1 already there\n"
        assert aichat.invoke("history", "export", "last", "--format", "jsonl").text == first
        assert aichat.invoke("ask", *model, "-c", "bluer").code == 0
        sent = server.requests[-1].json()["contents"]
    assert sent[0]["parts"][0]["inlineData"]["data"] == b64encode(JPEG).decode()
    assert sent[1]["parts"] == GEMINI_DRAWN["candidates"][0]["content"]["parts"]


def test_a_page_shows_pictures_and_plays_sound(aichat: Program) -> None:
    sound = media("audio/wav", b"RIFF\0\0\0\0WAVE", "a.wav") | {"transcript": "Hello <b>"}
    imported(aichat, ("user", media("image/png", PNG, "a.png")), ("assistant", sound))
    page = aichat.invoke("history", "export", "t", "--format", "html").text
    assert f'src="data:image/png;base64,{b64encode(PNG).decode()}"' in page
    assert '<audio controls src="data:audio/wav;base64,' in page and "Hello &lt;b&gt;" in page


def test_a_picture_for_a_folder_that_has_gone_is_kept_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    here.rmdir()
    image, notice = MediaKeeper(None, "fox").keep([Image(Media("image/png", PNG))])
    (kept,) = tmp_path.glob("aichat-*/fox.png")
    assert kept.read_bytes() == PNG
    assert notice == Notice("image", f"image saved as {kept}")
    assert isinstance(image, Image) and image.media.source == LocalFile(str(kept))
