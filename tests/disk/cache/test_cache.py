"""The cache decides nothing: what it holds is bounded, and where it cannot be used it is not."""

import json
import os
import stat
from pathlib import Path

import pytest

from aichat.app.calls import model_list
from aichat.core.catalogue.model_list import ListedModel, bound_model
from aichat.disk.cache import json_file, refusals
from aichat.disk.cache.begun import Begun, open_note
from aichat.disk.files.atomic import make_private_folder
from tests.disk.history.test_store_faults import bound
from tests.support.answering.server import Reply, Server
from tests.support.running.program import Program

COMMANDS = [
    ("history", "list"),
    ("models", "llama"),
    ("profiles", "set", "work", "provider=groq"),
    ("profiles", "list"),
    ("models", "--live", "-p", "groq"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_cache_of_another_decides_no_exit_code(aichat: Program, words: tuple[str, ...]) -> None:
    (aichat.cache_dir / "aichat").mkdir(parents=True)
    (aichat.cache_dir / "aichat").chmod(0)
    body = json.dumps({"data": [{"id": "llama-x"}]}).encode()
    with Server(default=Reply(headers={"content-type": "application/json"}, body=[body])) as server:
        aichat.point_groq_at(server.url)
        process = aichat.start(*words, preexec_fn=bound)
        _, stderr = process.communicate(timeout=30)
    (aichat.cache_dir / "aichat").chmod(0o700)
    assert (process.returncode, b"internal error" in stderr) == (0, False), stderr


def test_a_huge_list_is_kept_small(aichat: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_list, "MAX_ENTRIES", 30_000)
    monkeypatch.setattr(model_list, "MAX_BYTES", 400_000)
    entry = {"description": "x" * 9000}
    models = [{"id": f"m{n}", **entry} for n in range(20)]
    models += [{"id": "large", "description": "x" * 20_000}, {"id": "n" * 5000}]
    pages = [{"data": models, "has_more": True, "last_id": f"c{n}"} for n in range(100)]
    replies = [
        Reply(headers={"content-type": "application/json"}, body=[json.dumps(p).encode()])
        for p in pages
    ]
    with Server(*replies) as server:
        environ = {"ANTHROPIC_API_KEY": "k" * 20, "AICHAT_ANTHROPIC_BASE_URL": f"{server.url}/v1"}
        done = aichat.invoke("models", "-p", "anthropic", "--live", environ=environ)
        asked = len(server.requests)
    assert (done.code, asked) == (0, 2)
    (kept,) = aichat.cache_dir.rglob("live/*")
    assert kept.stat().st_size < 60_000
    ids = {model["id"] for model in json.loads(kept.read_text())["models"]}
    assert {"m0", "m19", "large"} <= ids
    assert max(map(len, ids)) < 300


def test_what_a_list_says_of_a_model_is_bounded() -> None:
    model = ListedModel("m", "n" * 5000, inputs=("x" * 5000,) * 5000, raw={"a": "b" * 50_000})
    bounded = bound_model(model)
    assert bounded and len(json.dumps(bounded)) < 25_000
    assert bound_model(ListedModel("m" * 1000)) is None
    plain = ListedModel("m", "n", raw={"a": 1}, defaults={"temperature": 1})
    assert bound_model(plain) == plain


def test_a_large_file_of_the_cache_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    json_file.write_json(tmp_path / "a" / "b.json", {"a": "x" * 100})
    assert json_file.read_json(tmp_path / "a" / "b.json") == {"a": "x" * 100}
    monkeypatch.setattr(json_file, "_MAX_BYTES", 50)
    assert json_file.read_json(tmp_path / "a" / "b.json") == {}


def test_every_folder_level_and_file_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private_folder(tmp_path / "a" / "b" / "c")
        json_file.write_json(tmp_path / "d" / "e" / "f.json", 1)
    finally:
        os.umask(before)
    places = [tmp_path / place for place in ("a", "a/b", "a/b/c", "d", "d/e")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in places} == {0o700}
    assert stat.S_IMODE((tmp_path / "d/e/f.json").stat().st_mode) == 0o600


WEEK = 7 * 86_400.0


@pytest.mark.parametrize(("age", "is_believed"), [(0, True), (WEEK - 1, True), (WEEK, False)])
def test_a_refusal_is_believed_for_a_week(tmp_path: Path, age: float, is_believed: bool) -> None:
    refusals.add(tmp_path, "groq", "here", "prompt_cache_key", 1000.0)
    assert bool(refusals.read(tmp_path, "groq", "here", 1000.0 + age)) == is_believed


def test_nothing_is_kept_for_longer_because_the_clock_was_once_ahead(tmp_path: Path) -> None:
    ahead = 1000.0 + 365 * 86_400
    refusals.add(tmp_path, "groq", "here", "prompt_cache_key", ahead)
    assert not refusals.read(tmp_path, "groq", "here", 1000.0)
    with open_note(tmp_path, "abc") as note:
        note.keep(Begun("upload", ahead + WEEK))
        assert note.find(ahead) and not note.find(1000.0)
