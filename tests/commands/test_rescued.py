"""Results that are paid for, and whose place has gone by the time they come."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.commands.embed.test_embed import answer
from tests.commands.files.test_files import point
from tests.commands.speak.test_speak import sound, wav
from tests.commands.transcribe.test_transcribe import SOUND
from tests.support.answering.made import image_reply
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import Program

Answering = Callable[[Server], Reply]

VECTORS = {"data": [{"index": 0, "embedding": [1.0, 2.0]}], "usage": {"prompt_tokens": 1}}


def pictures(count: int) -> Answering:
    def make(server: Server) -> Reply:
        (one,) = json.loads(b"".join(image_reply(server, "openai").body))["data"]
        return answer({"data": [one] * count})

    return make


#: Words, the answer, the names of what is kept: with "out/" as the place that goes.
PAID: dict[str, tuple[str, Answering, list[str]]] = {
    "a picture": ("image a fox -O out/fox.png", pictures(1), ["fox.png"]),
    "pictures": ("image a fox -n 2 -O out/fox.png", pictures(2), ["fox-1.png", "fox-2.png"]),
    "pictures by their words": ("image a fox -O out/", pictures(1), ["a-fox-1.png"]),
    "sound": ("speak hello -O out/a.mp3", lambda _: sound(b"ID3 mp3"), ["a.mp3"]),
    "vectors": ("embed a -O out/v.npy --format npy", lambda _: answer(VECTORS), ["v.npy"]),
}


def refuse(
    aichat: Program, words: str, make: Answering, meanwhile: Callable[[], object] = list
) -> Any:
    """A run whose folder vanishes while it is answered."""
    folder = aichat.home / "out"
    folder.mkdir()
    with Server() as server:
        made = make(server)

        def gone(_: SeenRequest) -> Reply:
            shutil.rmtree(folder, ignore_errors=True)
            meanwhile()
            return made

        server.default = gone
        point(aichat, server, "openai")
        done = aichat.invoke(*words.split(), "-p", "openai")
        assert len([one for one in server.requests if one.method == "POST"]) == 1
    return done


@pytest.mark.parametrize("case", PAID.values(), ids=PAID)
def test_it_is_kept_beside_the_store(
    aichat: Program, case: tuple[str, Answering, list[str]]
) -> None:
    words, make, names = case
    done = refuse(aichat, words, make)
    kept = sorted((aichat.data_dir / "rescued").iterdir())
    assert [path.name for path in kept] == names and all(path.stat().st_size for path in kept)
    told = " ".join(done.stderr.split())
    assert done.code == 13 and all(f"kept as {path}" in told for path in kept)
    assert done.text in ("", "".join(f"{path}\n" for path in kept))


def spoil(aichat: Program, monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    """The store takes no file, and the temporary folder is another."""
    aichat.data_dir.mkdir(parents=True, exist_ok=True)
    (aichat.data_dir / "rescued").write_bytes(b"")
    monkeypatch.setattr("tempfile.tempdir", str(temporary))


@pytest.mark.parametrize("case", PAID.values(), ids=PAID)
def test_it_is_kept_in_the_temporary_folder_if_the_store_takes_nothing(
    aichat: Program,
    case: tuple[str, Answering, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    words, make, names = case
    done = refuse(aichat, words, make, partial(spoil, aichat, monkeypatch, tmp_path))
    kept = sorted(tmp_path.glob("aichat-*/*"), key=lambda path: path.name)
    assert [path.name for path in kept] == names
    assert all(path.parent.stat().st_mode & 0o777 == 0o700 for path in kept)
    assert done.code == 13 and str(kept[-1]) in done.stderr


def test_it_goes_to_a_pipe_if_nothing_else_takes_it(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words, nowhere = "speak hello -O out/a.wav --format wav", tmp_path / "none"
    make = partial(sound, wav(b"12"))
    done = refuse(aichat, words, lambda _: make(), partial(spoil, aichat, monkeypatch, nowhere))
    assert (done.code, done.stdout[:4]) == (13, b"RIFF") and "went to stdout" in done.stderr


def test_json_says_that_nothing_took_it(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words, nowhere = "image a fox -O out/fox.png --json", tmp_path / "none"
    done = refuse(aichat, words, pictures(1), partial(spoil, aichat, monkeypatch, nowhere))
    (told,) = json.loads(done.text)["files"]
    assert (done.code, told["path"]) == (13, None) and "nothing else takes it" in done.stderr


def test_json_has_the_transcript_that_its_file_refused(aichat: Program) -> None:
    (aichat.home / "a.wav").write_bytes(SOUND)
    words = "transcribe a.wav -O out/a.txt --json"
    done = refuse(aichat, words, lambda _: answer({"text": "Hello."}))
    told = json.loads(done.text)
    (entry,) = told["transcripts"]
    assert (done.code, entry["text"], entry["path"]) == (13, "Hello.", None)
    assert told["error"]["kind"] == "output"
