"""Pictures of real answers on terminals: sent once, in rows of their own, and nowhere else."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

pytest.importorskip("PIL", reason="pictures are decoded by Pillow (extra media)")

from tests.app.history.test_answer_media import drawn
from tests.commands.files.test_files import point
from tests.support.answering.server import SSE, Reply, Server, chat_stream, sse
from tests.support.answering.several import ask_words, configure_boxes
from tests.support.running.program import TERMINAL, Program
from tests.support.terminal.terminal import Terminal
from tests.term.answer.images.reading import (
    Shown,
    difference,
    read_blocks,
    read_iterm,
    read_kitty,
    read_sixel,
)
from tests.term.answer.images.test_drawing import as_file, photo

PHOTO = photo(300, 200)
ANSWER = drawn(as_file(PHOTO))

#: What some terminal answers when it is asked for its graphics and its attributes.
SIXEL_REPLY = "\x1b[?62;4;22c"

WAYS: Mapping[str, tuple[Mapping[str, str | None], int, str]] = {
    "kitty": ({"TERM": "xterm-kitty"}, 40, ""),
    "iterm": ({"TERM_PROGRAM": "iTerm.app"}, 120, ""),
    "sixel": ({}, 80, SIXEL_REPLY),
    "blocks": ({"COLORTERM": "truecolor"}, 80, "\x1b[?62;22c"),
}
READERS = {"kitty": read_kitty, "iterm": read_iterm, "sixel": read_sixel}


@pytest.mark.parametrize("way", WAYS)
def test_an_answers_picture_is_shown_in_the_way_of_the_terminal(aichat: Program, way: str) -> None:
    environ, columns, reply = WAYS[way]
    with Server(ANSWER) as server:
        aichat.point_groq_at(server.url)
        size = (columns, 24)
        with Terminal(aichat, "ask", "hi", size=size, environ=environ, loose=True) as terminal:
            if reply:
                terminal.wait_until(lambda: b"\x1b[c" in terminal.raw)
                terminal.type(reply)
            assert terminal.wait_for_exit() == 0
            assert terminal.raw.count(b"\x1b[c") == bool(reply)
            if way == "blocks":
                assert difference(read_blocks(terminal.screen), PHOTO) < 8
            else:
                (shown,) = READERS[way](terminal.text)
                assert difference(shown.image, PHOTO) < 8
            after = terminal.text.rpartition("\x1b8")[2] if reply != "" else terminal.text
            assert "Here and there." in after and "image saved as" in terminal.text


BARE: Mapping[str, Mapping[str, Any]] = {
    "a pipe": {"environ": {"TERM": "xterm-kitty"}},
    "no colour": {"environ": {"TERM": "xterm-kitty", "NO_COLOR": "1"}, **TERMINAL},
    "dumb": {"environ": {"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, **TERMINAL},
    "read aloud": {"environ": {"TERM": "xterm-kitty", "ACCESSIBLE": "1"}, **TERMINAL},
    "plain": {"environ": {"TERM": "xterm-kitty"}, **TERMINAL},
    "off": {"environ": {"TERM": "xterm-kitty"}, **TERMINAL},
    "16 colours": {"environ": {"TERM": "xterm"}, **TERMINAL},
}


@pytest.mark.parametrize("case", BARE)
def test_where_none_can_or_may_be_shown_it_is_named(aichat: Program, case: str) -> None:
    if case == "off":
        aichat.write_config('[ui]\nimages = "off"\n')
    more = ("--plain",) if case == "plain" else ()
    with Server(ANSWER) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "hi", *more, **BARE[case])
    assert b"\x1b_G" not in done.stdout and "▀".encode() not in done.stdout
    assert b"\x1b]1337" not in done.stdout and b"\x1bP" not in done.stdout
    assert "image saved as" in done.stdout.decode() + done.stderr and done.code == 0


def test_another_way_can_be_set_and_a_wrong_one_is_named(aichat: Program) -> None:
    aichat.write_config('[ui]\nimages = "iterm"\n')
    with Server(ANSWER) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "hi", environ={"TERM": "xterm-kitty"}, **TERMINAL)
    assert len(read_iterm(done.text)) == 1 and not read_kitty(done.text)
    aichat.write_config('[ui]\nimages = "fax"\n')
    wrong = aichat.invoke("ask", "hi")
    assert wrong.code == 3 and "auto, kitty, iterm, sixel, blocks, off" in wrong.stderr


HOSTILE = {"cut": as_file(PHOTO)[:400], "no picture": b"\x89PNG\r\n\x1a\n\x1b]0;owned\x07"}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_picture_that_cannot_be_shown_costs_no_answer(aichat: Program, data: bytes) -> None:
    with Server(drawn(data)) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "hi", environ={"TERM": "xterm-kitty"}, **TERMINAL)
    assert "there." in done.text and done.code == 0 and "\x1b]0" not in done.text
    assert not read_kitty(done.text)


#: What kitty says when tmux asks what it is.
KITTY_NAME = "\x1bP>|kitty(0.36.4)\x1b\\"


@pytest.mark.parametrize("passes", ["on", "off"])
def test_in_tmux_a_picture_reaches_kitty_where_tmux_lets_it_through(
    aichat: Program, passes: str
) -> None:
    found = shutil.which("tmux") or pytest.skip("tmux is not installed")
    command = [found, "-S", str(aichat.home / "socket"), "-f", "/dev/null"]
    script = f"{' '.join(aichat.command('ask', 'hi'))}; sleep 60"
    setup = ["set", "-g", "allow-passthrough", passes, ";", "set", "-g", "default-size", "80x24"]
    begin = ["new-session", "-d", "-x", "80", "-y", "24", "sleep 600", ";", *setup]
    with Server(ANSWER) as server:
        aichat.point_groq_at(server.url).environ["TERM"] = "xterm-256color"
        subprocess.run([*command, *begin], env=aichat.environ, check=True)
        try:
            with _attached(aichat, command) as terminal:
                terminal.wait_until(lambda: b"\x1b[>q" in terminal.raw)
                terminal.type(KITTY_NAME)
                subprocess.run([*command, "new-window", script], env=aichat.environ, check=True)
                terminal.wait_until(lambda: "there." in terminal.text, 30)
                terminal.read_available()
                shown = read_kitty(terminal.text)
        finally:
            subprocess.run([*command, "kill-server"], check=False, capture_output=True)
    if passes == "on":
        assert [_fits(each) for each in shown] == [True]
        assert terminal.text.count(chr(0x10EEEE)) >= shown[0].columns * shown[0].rows
    else:
        assert not shown and chr(0x10EEEE) not in terminal.text


def _attached(aichat: Program, command: list[str]) -> Terminal:
    """Our terminal around tmux."""
    program = Program(aichat.home)
    program.environ = aichat.environ
    program.command = lambda *_: [*command, "attach"]  # type: ignore[method-assign]
    return Terminal(program, loose=True)


def _fits(shown: Shown) -> bool:
    return difference(shown.image, PHOTO) < 2 and shown.rows <= 20


@pytest.mark.parametrize("columns", [120, 60])
def test_the_pictures_of_several_models_stand_below_their_names(
    aichat: Program, columns: int
) -> None:
    words = chat_stream(["Words ", "alone."])
    with Server() as server:
        configure_boxes(aichat, server, ANSWER, words, ANSWER)
        asked = ask_words("a", "b", "c")
        environ = {"TERM": "xterm-kitty"}
        size = (columns, 40)
        with Terminal(aichat, *asked, size=size, environ=environ, loose=True) as terminal:
            assert terminal.wait_for_exit() == 0
            text = terminal.text
    shown = read_kitty(text)
    assert [difference(each.image, PHOTO) < 8 for each in shown] == [True, True]
    assert "a/m-a" in text.partition("\x1b_G")[0]
    between = text.partition("\x1b8")[2].partition("\x1b_G")[0]
    assert "c/m-c" in between
    (kept,) = (aichat.data_dir / "media").iterdir()  # the same picture is one file
    assert kept.read_bytes() == as_file(PHOTO)


def test_without_a_decoder_the_remedy_is_told_once_and_where_it_helps(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    environ = {"TERM": "xterm-kitty"}
    remedy = "to see pictures here: "
    with Server(default=drawn(as_file(PHOTO), as_file(photo(20, 20)))) as server:
        aichat.point_groq_at(server.url)
        told = aichat.invoke("ask", "hi", environ=environ, **TERMINAL)
        quiet = aichat.invoke("ask", "hi", "-q", environ=environ, **TERMINAL)
        piped = aichat.invoke("ask", "hi", environ=environ)
    assert told.text.count(remedy) == 1 and "[media]" in told.text
    assert remedy not in quiet.text + quiet.stderr + piped.text + piped.stderr


def sketched(*sketches: bytes, last: bytes) -> Reply:
    """An answer of OpenAI's that draws a picture in view."""
    partial = {"type": "response.image_generation_call.partial_image", "item_id": "i"}
    item = {"type": "image_generation_call", "id": "i", "output_format": "png"}
    said = [
        *({**partial, "partial_image_b64": b64encode(data).decode()} for data in sketches),
        {
            "type": "response.output_item.done",
            "item": {**item, "result": b64encode(last).decode()},
        },
        {"type": "response.completed", "response": {"status": "completed", "output": []}},
    ]
    return Reply(headers=SSE, body=[*sse(*said, done=False)])


def test_a_sketch_is_shown_and_only_the_picture_is_kept(aichat: Program) -> None:
    sketch = photo(40, 40)
    with Server(default=sketched(as_file(sketch), last=as_file(PHOTO))) as server:
        point(aichat, server, "openai")
        done = aichat.invoke(
            "ask", "-p", "openai", "x", environ={"TERM": "xterm-kitty"}, **TERMINAL
        )
        listed = aichat.invoke("ask", "-p", "openai", "x", "--events")
    shown = read_kitty(done.text)
    assert [difference(a.image, b) < 8 for a, b in zip(shown, (sketch, PHOTO), strict=True)] == [
        True,
        True,
    ]
    assert done.text.count("image saved as") + done.stderr.count("image saved as") == 1
    (kept,) = (aichat.data_dir / "media").iterdir()
    assert kept.read_bytes() == as_file(PHOTO)
    told = [*map(json.loads, listed.text.splitlines())]
    images = [(e["partial"], e["path"]) for e in told if e["type"] == "image"]
    assert images == [(True, None), (False, str(kept))]
    assert [image["path"] for image in told[-1]["images"]] == [str(kept)]
