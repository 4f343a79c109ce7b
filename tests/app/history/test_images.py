"""Pictures in an answer become files, and the answer says where they are."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from aichat.disk.files import media
from tests.support.answering.server import Reply, Server, chat_chunk, sse
from tests.support.running.program import Program

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(100))


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


def test_a_picture_lies_beside_the_conversation_and_goes_with_it(aichat: Program) -> None:
    with Server(drawn(PNG, JPEG)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", "--json")
    answer = json.loads(done.text)
    paths = [Path(image["path"]) for image in answer["images"]]
    assert [path.read_bytes() for path in paths] == [PNG, JPEG]
    assert [path.suffix for path in paths] == [".png", ".jpg"]
    assert {path.parent for path in paths} == {aichat.data_dir / "images" / answer["conversation"]}
    assert paths[0].stat().st_mode & 0o777 == 0o600
    assert done.stderr.splitlines() == [f"aichat: image saved as {path}" for path in paths]
    stored = aichat.invoke("history", "show", "last", "--json").text
    assert str(paths[0]) in stored and b64encode(PNG).decode() not in stored
    assert aichat.invoke("history", "delete", "last", "--yes").code == 0
    assert not paths[0].parent.exists()


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
    (aichat.data_dir / "images").write_text("in the way")
    with Server(drawn(PNG)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (done.text, done.code) == ("Here and there.\n", 0)
    assert "cannot save an image" in done.stderr
    assert b64encode(PNG).decode() in aichat.invoke("history", "show", "last", "--json").text


@pytest.mark.parametrize("name", ["..", ".", "", "../../victim", "/", "a/../../.."])
def test_no_name_of_a_conversation_leads_out_of_the_pictures(name: str, tmp_path: Path) -> None:
    (tmp_path / "images" / "other").mkdir(parents=True)
    folder = media.folder_of(tmp_path, name)
    assert folder.parent == tmp_path / "images" and folder.name not in ("", ".", "..")
    media.remove(tmp_path, [name])
    assert (tmp_path / "images" / "other").is_dir()


def test_an_export_that_would_remove_another_folder_is_not_taken_in(aichat: Program) -> None:
    talk = {"id": "../..", "title": "t", "created": 1, "updated": 1, "turns": []}
    (aichat.home / "talk.jsonl").write_text(json.dumps(talk))
    done = aichat.invoke("history", "import", "talk.jsonl")
    assert done.code == 2 and "not an exported conversation" in done.stderr


def test_what_a_wire_has_no_place_for_is_refused_before_anything_is_sent(aichat: Program) -> None:
    video = {"type": "media", "mime": "video/mp4", "data": "AAAA", "name": "v.mp4"}
    result = {"type": "tool_result", "id": "c1", "name": "film", "parts": [video]}
    call = {"type": "tool_call", "id": "c1", "name": "film", "arguments": "{}"}
    said = [("user", {"type": "text", "text": "Film it"}), ("assistant", call), ("tool", result)]
    turns = [
        {"number": n, "parent": n - 1 or None, "at": n, "message": {"role": role, "parts": [part]}}
        for n, (role, part) in enumerate(said, 1)
    ]
    talk = {"id": "t", "title": "t", "created": 1, "updated": 1, "head": 3, "turns": turns}
    (aichat.home / "talk.jsonl").write_text(json.dumps(talk))
    assert aichat.invoke("history", "import", "talk.jsonl").code == 0
    with Server(default=drawn(PNG)) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "-C", "t", "And now?")
        assert done.code == 5 and "v.mp4 (video/mp4) cannot be sent" in done.stderr
        assert not server.requests
