"""``-f`` with pictures, documents, sound and video, as a user or a script meets it."""

import json
import os
import re
import tracemalloc
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.running.program import SENTINEL, Program
from tests.support.values.media import GIF, PLACE, docx, exif, film, jpeg_header, mp4, pdf, png, wav

PNG = png(20, 20)
URI = f"data:image/png;base64,{b64encode(PNG).decode()}"


@pytest.fixture
def box(aichat: Program) -> Iterator[Program]:
    """A program that asks a server which speaks chat and takes everything."""
    with Server(default=chat_stream(["Seen."])) as server:
        aichat.write_config(
            f'[providers.box]\nwire = "chat"\nbase_url = "{server.url}/v1"\nmodels = ["eye"]\n'
        )
        aichat.server = server  # type: ignore[attr-defined]
        yield aichat


def content(program: Program) -> Any:
    (seen,) = program.server.requests  # type: ignore[attr-defined]
    return seen.json()["messages"][-1]["content"]


def put(program: Program, name: str, data: bytes) -> str:
    (program.home / name).parent.mkdir(parents=True, exist_ok=True)
    (program.home / name).write_bytes(data)
    return str(program.home / name)


def ask(program: Program, *words: str, **more: Any) -> Any:
    return program.invoke("ask", "-p", "box", *words, **more)


IMAGE = {"type": "image_url", "image_url": {"url": URI}}


def test_a_picture_goes_before_the_words(box: Program) -> None:
    done = ask(box, "-f", put(box, "a.txt", PNG), "what", "is", "it?")
    assert (done.text, done.stderr, done.code) == ("Seen.\n", "", 0)
    assert content(box) == [IMAGE, {"type": "text", "text": "what is it?"}]


def test_several_are_told_apart_by_their_names(box: Program) -> None:
    names = put(box, "a.png", PNG), put(box, "b.png", PNG)
    ask(box, "-f", names[0], "-a", names[1], "-f", put(box, "n.txt", b"Note\n"), "compare")
    assert content(box) == [
        {"type": "text", "text": f"{names[0]}:"},
        IMAGE,
        {"type": "text", "text": f"{names[1]}:"},
        IMAGE,
        {"type": "text", "text": f"{box.home}/n.txt\n```\nNote\n```\n\ncompare"},
    ]


def test_a_pattern_and_a_folder_of_pictures_stand_for_all_of_them(box: Program) -> None:
    for name in ("p/a.png", "p/b.png", "p/c.md"):
        put(box, name, b"text" if name.endswith("md") else PNG)
    ask(box, "-f", f"{box.home}/p/*.png", "compare")
    assert [part["type"] for part in content(box)].count("image_url") == 2
    box.server.requests.clear()  # type: ignore[attr-defined]
    (box.home / "p/c.md").unlink()
    done = ask(box, "-f", f"{box.home}/p", "compare")
    assert done.stderr == f"aichat: {box.home}/p: 2 files\n"
    assert [part["type"] for part in content(box)].count("image_url") == 2


def test_a_folder_with_text_is_its_text(box: Program) -> None:
    put(box, "p/a.png", PNG)
    put(box, "p/c.md", b"text")
    done = ask(box, "-f", f"{box.home}/p", "read")
    assert "1 file, 4 bytes, 1 non-text files skipped" in done.stderr
    assert isinstance(content(box), str)


@pytest.mark.parametrize("words", [("-f", "-", "what?"), ("what?",)], ids=["named", "by itself"])
def test_what_is_piped_in_is_attached_by_its_type(box: Program, words: tuple[str, ...]) -> None:
    done = ask(box, *words, stdin=PNG)
    assert (done.stderr, done.code) == ("", 0)
    assert content(box) == [IMAGE, {"type": "text", "text": "what?"}]


def test_what_was_copied_is_attached(box: Program) -> None:
    tool = put(box, "bin/xclip", f"#!/bin/sh\ncat {box.home}/a.png\n".encode())
    Path(tool).chmod(0o755)
    put(box, "a.png", PNG)
    environ = {"PATH": f"{box.home}/bin:{os.environ['PATH']}", "DISPLAY": ":9"}
    assert ask(box, "-f", "clip:", "what?", environ=environ).code == 0
    assert content(box)[0] == IMAGE
    done = ask(box, "-f", "clip:", "what?", environ={"PATH": f"{box.home}"})
    assert (done.code, "the clipboard cannot be read here" in done.stderr) == (2, True)


def test_a_pdf_that_looks_like_text_is_attached(box: Program) -> None:
    assert ask(box, stdin=pdf(1)).code == 0
    (part,) = content(box)
    assert part["file"]["filename"] == "stdin"
    assert part["file"]["file_data"].startswith("data:application/pdf;base64,")


def test_bytes_that_nobody_knows_are_an_error_that_names_the_place(box: Program) -> None:
    done = ask(box, "hi", stdin=b"ab\xff\xfe")
    assert (done.code, done.stderr) == (2, "aichat: stdin is not UTF-8 text: byte 2\n")


def test_pages_are_cut_out_of_a_pdf(box: Program) -> None:
    pytest.importorskip("pypdf")
    ask(box, "-f", put(box, "a.pdf", pdf(9)) + "#3-4", "sum", "up")
    data = content(box)[0]["file"]["file_data"]
    ask(box, "-f", put(box, "a.pdf", pdf(9)), "sum", "up")
    whole = box.server.requests[-1].json()["messages"][-1]["content"][0]  # type: ignore[attr-defined]
    assert data != whole["file"]["file_data"]


def test_a_part_that_a_file_does_not_have_is_an_error(box: Program) -> None:
    done = ask(box, "-f", put(box, "a.png", PNG) + "#3-7", "hi")
    assert done.code == 2
    assert "image/png has no such part" in done.stderr
    done = ask(box, "-f", put(box, "a.txt", b"x") + "#3", "hi")
    assert (done.code, "a text has no such part" in done.stderr) == (2, True)


def test_a_name_may_have_a_hash_of_its_own(box: Program) -> None:
    ask(box, "-f", put(box, "a.png#3", PNG), "hi")
    assert content(box)[0] == IMAGE


SENT = {
    "a.wav": (wav(0.1), "input_audio"),
    "a.mp4": (mp4(2), "video_url"),
    "a.pdf": (pdf(1), "file"),
    "a.gif": (GIF, "image_url"),
}


@pytest.mark.parametrize("name", SENT)
def test_every_kind_has_its_part(box: Program, name: str) -> None:
    ask(box, "-f", put(box, name, SENT[name][0]), "hi")
    assert content(box)[0]["type"] == SENT[name][1]


def test_an_office_file_goes_as_text_where_only_that_is_taken(box: Program) -> None:
    done = ask(box, "-f", put(box, "a.docx", docx("Minutes")), "hi")
    assert content(box) == "a.docx\n```\nMinutes\n```\n\nhi"
    assert done.stderr.startswith("aichat: a.docx (application/vnd.openxmlformats")
    assert "sent as text" in done.stderr


def test_where_it_was_taken_is_removed_with_one_word(box: Program) -> None:
    photo = jpeg_header(30, 20, exif(located=True))
    done = ask(box, "-f", put(box, "p.jpg", photo), "where?")
    assert done.stderr == "aichat: p.jpg (image/jpeg): location removed\n"
    clean = b64encode(jpeg_header(30, 20)).decode()
    assert content(box)[0]["image_url"]["url"] == f"data:image/jpeg;base64,{clean}"


PLACED = {
    "a film": ("v.mov", film("apple", "track", front=False), "video/mp4", PLACE),
    "a memo": ("m.m4a", film("android").replace(b"isom", b"M4A "), "audio/mp4", PLACE),
}


@pytest.mark.parametrize("case", PLACED)
def test_what_a_phone_recorded_tells_no_place_now_or_later(box: Program, case: str) -> None:
    name, data, mime, place = PLACED[case]
    done = ask(box, "-f", put(box, name, data), "where?")
    assert done.stderr == f"aichat: {name} ({mime}): location removed\n"
    again = ask(box, "-c", "And now?")  # it was told once
    assert (again.code, again.stderr.count("location")) == (0, 0)
    for seen in box.server.requests:  # type: ignore[attr-defined]
        (sent,) = re.findall(rb"[A-Za-z0-9+/=]{200,}", seen.body)
        made = b64decode(sent)
        assert len(made) == len(data) and place in data and place not in made
    assert (Path(box.home) / name).read_bytes() == data


def test_strict_lets_nothing_be_adapted(box: Program) -> None:
    done = ask(box, "--strict", "-f", put(box, "a.docx", docx("Minutes")), "hi")
    assert done.code == 5
    assert not box.server.requests  # type: ignore[attr-defined]


def test_a_picture_of_this_network_is_sent_as_bytes(box: Program) -> None:
    with Server(Reply(headers={"content-type": "text/plain"}, body=[PNG], length=True)) as web:
        web.push(Reply(headers={"content-type": "text/plain"}, body=[PNG], length=True))
        done = ask(box, "--allow-local", "-f", f"{web.url}/a.png", "hi")
    assert (done.code, done.stderr) == (0, "")
    assert content(box)[0] == IMAGE


def test_a_picture_of_the_web_is_named_to_who_fetches_it(box: Program) -> None:
    """Only its first bytes are read here; the proxy stands in for the web."""
    with Server(default=Reply(headers={"content-type": "image/png"}, body=[PNG])) as web:
        proxy = {"http_proxy": web.url, "no_proxy": "127.0.0.1"}
        done = ask(box, "-f", "http://pictures.example/a.png", "hi", environ=proxy)
        assert (done.code, done.stderr) == (0, "")
        assert len(web.requests) == 1
    assert content(box)[0]["image_url"] == {"url": "http://pictures.example/a.png"}


def test_a_page_that_lies_about_its_type_is_what_it_is(box: Program) -> None:
    with Server(default=Reply(headers={"content-type": "image/png"}, body=[b"%PDF-1.4 x"])) as web:
        proxy = {"http_proxy": web.url, "no_proxy": "127.0.0.1"}
        ask(box, "-f", "http://papers.example/a.png", "hi", environ=proxy)
    # this wire fetches no documents: it was fetched for it
    assert content(box)[0]["file"]["file_data"].startswith("data:application/pdf;base64,")


def test_groq_refuses_a_picture_before_anything_is_sent(aichat: Program) -> None:
    with Server(default=chat_stream(["no"])) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "--json", "-p", "groq", "-f", put(aichat, "a.png", PNG), "hi")
        assert not server.requests
    error = json.loads(done.text)["error"]
    assert (done.code, error["kind"]) == (5, "invalid_request")
    assert "takes no image" in error["message"]
    assert "-m groq/" in error["hint"]
    assert SENTINEL not in done.text + done.stderr


def test_a_large_file_goes_by_in_pieces(box: Program) -> None:
    """What is read, encoded and written takes a part of the memory that the file would."""
    film = put(box, "v.mp4", mp4(2) + bytes(24 << 20))
    tracemalloc.start()
    try:
        assert ask(box, "--no-save", "-f", film, "hi").code == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # the server of this process keeps the request: 32 MB of base64, and its pieces once more
    assert peak < 2.2 * (24 << 20) + 2 * (34 << 20)
    (seen,) = box.server.requests  # type: ignore[attr-defined]
    assert seen.body.count(b"AAAA") > 8_000_000


def test_the_cost_of_a_picture_is_known_before_it_is_sent(aichat: Program) -> None:
    """A square of 1,000 pixels is 36 by 36 patches to Anthropic."""
    put(aichat, "a.png", png(1000, 1000))
    key = {"ANTHROPIC_API_KEY": SENTINEL}
    words = ("-p", "anthropic", "--max-cost", "0.000001", "-f", "a.png", "four word words")
    done = aichat.invoke("ask", *words, environ=key)
    assert done.code == 11
    assert "for about 1,300 tokens of input" in done.stderr


def test_a_conversation_keeps_what_it_was_shown(box: Program) -> None:
    name = put(box, "a.png", PNG)
    assert ask(box, "-f", name, "what?").code == 0
    Path(name).unlink()
    done = ask(box, "-c", "And now?")
    assert (done.code, "no longer" in done.stderr) == (0, False)
    first = box.server.requests[-1].json()["messages"][0]  # type: ignore[attr-defined]
    assert first["content"] == [IMAGE, {"type": "text", "text": "what?"}]


def test_who_sees_nothing_is_told_that_there_was_a_picture(box: Program) -> None:
    ask(box, "-f", put(box, "a.png", PNG), "what?")
    with Server(default=chat_stream(["A square?"])) as server:
        done = box.point_groq_at(server.url).invoke("ask", "-c", "-p", "groq", "And now?")
        (seen,) = server.requests
    assert done.code == 0
    assert done.stderr.count("a.png") == 1
    assert "[a.png (image/png)]" in json.dumps(seen.json()["messages"][0])


def test_several_models_get_it_each_as_it_takes_it(box: Program) -> None:
    with Server(default=chat_stream(["no"])) as server:
        box.point_groq_at(server.url)
        words = ("-m", "box/eye", "-m", "groq/openai/gpt-oss-120b", "-f", put(box, "a.png", PNG))
        done = box.invoke("ask", *words, "what?")
        assert not server.requests
    assert (done.code, content(box)[0]) == (5, IMAGE)
    assert "takes no image" in done.stderr


HOSTILE = {
    "empty": (lambda p: put(p, "a.png", b""), 0),
    "cut": (lambda p: put(p, "a.bin", b"\xff\xd8"), 2),
    "a folder that is not there": (lambda p: str(p.home / "none"), 2),
    "/dev/zero": (lambda p: "/dev/zero", 2),
    "a name with controls": (lambda p: put(p, "a\x1b[31m\n.bin", b"\xff\xfe\xfd"), 2),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line(box: Program, name: str) -> None:
    make, code = HOSTILE[name]
    done = ask(box, "-f", make(box), "hi")
    assert done.code == code
    assert "\x1b" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_a_loop_of_folders_ends(box: Program) -> None:
    put(box, "p/a.png", PNG)
    os.symlink(box.home / "p", box.home / "p" / "again")  # noqa: PTH211
    assert ask(box, "-f", f"{box.home}/p", "hi").code == 0


def test_a_pipe_is_read_by_its_bytes(box: Program, tmp_path: Path) -> None:
    from threading import Thread

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes(PNG))
    writer.start()
    assert ask(box, "-f", str(pipe), "hi").code == 0
    writer.join()
    assert content(box)[0] == IMAGE
