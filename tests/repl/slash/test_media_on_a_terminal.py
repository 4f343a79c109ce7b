"""The chat on a real terminal, with a microphone and a player that stand in for the system's."""

import os
from pathlib import Path

import pytest

from tests.commands.files.test_files import answer, form_of, point
from tests.commands.speak.test_speak import coded, events, wav
from tests.repl.slash.test_sound import script
from tests.support.answering.made import PNG, openai_images
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl, open_repl

HEARD = answer({"text": "Hi \x1b[2Jyou", "usage": {"type": "duration", "seconds": 2}})
SPOKEN = events(
    {"type": "speech.audio.delta", "audio": coded(b"\1\0\2\0")},
    {"type": "speech.audio.done", "usage": {"input_tokens": 1, "output_tokens": 10}},
)
DRAWN = openai_images()


def reply(request: SeenRequest) -> Reply:
    """OpenAI, which writes down, reads aloud and draws."""
    return HEARD if "transcri" in request.path else SPOKEN if "speech" in request.path else DRAWN


@pytest.fixture
def equipped(aichat: Program, tmp_path: Path) -> Program:
    """A user with a microphone and a player, and nothing else that could be either."""
    aichat.environ["PATH"] = f"{tmp_path / 'bin'}:{os.defpath}"
    script(tmp_path, "arecord", f"printf ab\n: > {tmp_path}/recorded\nexec sleep 60")
    script(tmp_path, "mpv", f"cat > {tmp_path}/heard")
    for name in ("pw-record", "parec"):
        script(tmp_path, name, f"exec {tmp_path}/bin/arecord")
    for name in ("ffplay", "pw-cat"):
        script(tmp_path, name, f"exec {tmp_path}/bin/mpv")
    aichat.write_config('[ui]\nimages = "off"\n')
    return aichat


def dictate(chat: Repl, folder: Path) -> None:
    """Say something: Enter is typed once the recorder has it."""
    chat.wait_until(lambda _: (folder / "recorded").exists())
    chat.wait_until(lambda text: "recording; Enter ends it" in text and not chat.reads_keys)
    (folder / "recorded").unlink()
    chat.press("enter")


def at_prompt(chat: Repl, words: str) -> None:
    """Wait until the prompt has the words."""
    row = f"> {words}"
    chat.wait_until(
        lambda _: chat.reads_keys and any(each.rstrip() == row for each in chat.screen.display)
    )


def test_what_is_said_is_typed_and_what_is_made_is_named(equipped: Program, tmp_path: Path) -> None:
    said = "Hi \u241b[2Jyou"
    with Server(default=reply) as server:
        with open_repl(point(equipped, server, "openai"), "-p", "openai") as chat:
            chat.wait_for_prompt()
            chat.type("/transcribe").press("enter")
            dictate(chat, tmp_path)
            at_prompt(chat, said)
            chat.clear().type("Note: \x18\x14")
            dictate(chat, tmp_path)
            at_prompt(chat, f"Note: {said}")
            chat.clear().send_line("/image a red fox").wait_until("a-red-fox-1.png")
            chat.wait_for_prompt()
            chat.send_line("/speak Good day").wait_until("read aloud")
            chat.wait_for_prompt()
            chat.press("ctrl-d")
            assert chat.wait_for_exit() == 0 and chat.is_restored
        one, two, drawn, spoken = server.requests
    assert form_of(one)[-1] == form_of(two)[-1] == ("file", "speech.wav", wav(b"ab", 16_000))
    assert drawn.json()["prompt"] == "a red fox" and spoken.json()["input"] == "Good day"
    assert (tmp_path / "a-red-fox-1.png").read_bytes() == PNG
    assert (tmp_path / "heard").read_bytes() == b"\1\0\2\0"
    assert b"\x1b[2Jyou" not in chat.raw and b"k-secret" not in chat.raw


@pytest.mark.long
def test_a_dictation_that_is_given_up_sends_nothing(equipped: Program, tmp_path: Path) -> None:
    with Server(default=reply) as server:
        with open_repl(point(equipped, server, "openai"), "-p", "openai") as chat:
            chat.wait_for_prompt()
            chat.type("kept \x18\x14")
            chat.wait_until(lambda _: (tmp_path / "recorded").exists())
            chat.wait_until(lambda text: "recording" in text and not chat.reads_keys)
            chat.press("ctrl-c")
            at_prompt(chat, "kept")
        assert not server.requests
