"""Archives of other programs: each conversation once, with a word on what stayed behind."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.commands.ask.test_all_eight import KEYS, SPEAKS
from tests.core.conversation.foreign.test_exports import PNG, chatgpt, claude, node
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program, curl_body
from tests.support.values.media import png

IMAGE = {"asset_pointer": "sediment://file_abc", "content_type": "image_asset_pointer"}


def talk(name: str, *more: Any) -> Any:
    nodes = (node("u", None, "user", f"about {name}"), node("a", "u", "assistant", "well"))
    return chatgpt(*nodes, *more, id=name, title=name)


def write_archive(path: Path, *shards: Any) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, shard in enumerate(shards):
            text = shard if isinstance(shard, str) else json.dumps(shard)
            archive.writestr(f"export/conversations-{number:03}.json", text)
        archive.writestr("export/file_abc-sanitized.dat", PNG)
        archive.writestr("../../evil.txt", "never written")
    return str(path)


def test_an_archive_comes_once_and_is_gone_on_with(aichat: Program, tmp_path: Path) -> None:
    picture = {"content_type": "multimodal_text", "parts": [IMAGE, "see"]}
    second = talk("two", node("u2", "a", "user", content=picture, future={"x": 1}))
    path = write_archive(tmp_path / "e.zip", [talk("one"), second, 7], '[{"mapping"')
    done = aichat.invoke("history", "import", path)
    assert (done.text, done.code) == ("", 0)
    assert done.stderr.splitlines() == [
        "aichat: imported 2; 0 already there",
        "aichat: left out: 1 x conversation: of no known format",
        "aichat: left out: 1 x rest of a file: it breaks off",
    ]
    assert not list(tmp_path.rglob("evil.txt"))
    again = aichat.invoke("history", "import", path)
    assert again.stderr.startswith("aichat: imported 0; 2 already there\n")
    longer = write_archive(tmp_path / "later.zip", [talk("one", node("n", "a", "user", "new"))])
    for counts in ("imported 1; 0 already there", "imported 0; 1 already there"):
        assert aichat.invoke("history", "import", longer).stderr == f"aichat: {counts}\n"
    assert json.loads(aichat.invoke("cost", "--json").text)["rows"] == []
    with Server(chat_stream(["yes"])) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke("ask", "-C", "chatgpt-one", "--no-stdin", "and?").text == "yes\n"
    said = [one["content"] for one in server.requests[0].json()["messages"]]
    assert said == ["about one", "well", "and?"]


def test_an_unpacked_export_and_a_folder_of_sessions_come_along(
    aichat: Program, tmp_path: Path
) -> None:
    picture = {"content_type": "multimodal_text", "parts": [IMAGE, "see"]}
    second = talk("two", node("u2", "a", "user", content=picture))
    path = write_archive(tmp_path / "e.zip", [talk("one"), second])
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "un")
    done = aichat.invoke("history", "import", str(tmp_path / "un" / "export"))
    assert done.stderr == "aichat: imported 2; 0 already there\n"
    assert "image/png" in aichat.invoke("history", "export", "--all").text
    assert aichat.invoke("history", "import", path).stderr.startswith("aichat: imported 0; 2 ")
    (tmp_path / "s").mkdir()
    for name in ("a", "b"):
        said = {"sessionId": name, "message": {"role": "user", "content": "hi"}}
        (tmp_path / "s" / f"{name}.jsonl").write_text(json.dumps(said))
    (tmp_path / "s" / "notes.txt").write_text("no session")
    (tmp_path / "s" / "bad.yaml").write_text("x: 1")
    (tmp_path / "s" / "out").symlink_to(path)
    done = aichat.invoke("history", "import", str(tmp_path / "s"))
    assert done.stderr.splitlines() == [
        "aichat: imported 2; 0 already there",
        "aichat: left out: 1 x conversation: no session of the older aichat",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("history", "import", "roles"), "aichat prompts import PATH"),
        (("history", "import", "roles/a.md"), "aichat prompts import PATH"),
        (("prompts", "import", "e.zip"), "aichat history import FILE"),
    ],
)
def test_what_is_brought_to_the_wrong_place_is_told_the_right_one(
    words: tuple[str, ...], told: str, aichat: Program
) -> None:
    (aichat.home / "roles").mkdir()
    (aichat.home / "roles" / "a.md").write_text("You are a pirate.")
    write_archive(aichat.home / "e.zip", [talk("one")])
    done = aichat.invoke(*words)
    assert (done.code, told in done.stderr) == (2, True)


@pytest.mark.parametrize("is_zipped", [True, False])
def test_import_export_import_is_equal(is_zipped: bool, aichat: Program, tmp_path: Path) -> None:
    message = {"uuid": "1", "sender": "human", "text": "hi", "files": [{"file_name": "f.png"}]}
    path = tmp_path / "e"
    if is_zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("conversations.json", json.dumps([claude(message)]))
            archive.writestr("f.png", PNG)
    else:
        path.write_text(json.dumps([claude(message)]))
    aichat.invoke("history", "import", str(path))
    first = aichat.invoke("history", "export", "--all").text
    (tmp_path / "all.jsonl").write_text(first)
    done = aichat.invoke("history", "delete", "claude-k1", "--yes")
    assert done.code == 0
    assert aichat.invoke("history", "import", str(tmp_path / "all.jsonl")).code == 0
    assert aichat.invoke("history", "export", "--all").text == first
    assert ("image/png" in first) == is_zipped
    assert aichat.invoke("history", "import", str(path)).stderr.startswith("aichat: imported 0; 1")


def test_what_chatgpt_is_given_back_is_what_it_gave(aichat: Program, tmp_path: Path) -> None:
    """Import, export in its own format, import: nothing is new, and nothing is other."""
    second = talk("two", node("b", "u", "assistant", "or"), node("u2", "b", "user", "and"))
    path = write_archive(tmp_path / "e.zip", [talk("one"), second])
    aichat.invoke("history", "import", path)
    given = aichat.invoke("history", "export", "--all").text
    exported = tmp_path / "back.json"
    words = ("--all", "--format", "chatgpt", "--output", str(exported))
    assert aichat.invoke("history", "export", *words).code == 0
    again = aichat.invoke("history", "import", str(exported))
    assert again.stderr == "aichat: imported 0; 2 already there\n"
    aichat.environ["AICHAT_DATA_DIR"] = str(tmp_path / "fresh")
    assert aichat.invoke("history", "import", str(exported)).stderr.startswith("aichat: imported 2")
    assert aichat.invoke("history", "export", "--all").text == given


@pytest.mark.parametrize("ending", ["zip", "json"])
def test_an_archive_of_a_conversation_of_ours_adds_nothing(
    ending: str, aichat: Program, tmp_path: Path
) -> None:
    (tmp_path / "p.png").write_bytes(png(8, 8))
    with Server(*[chat_stream([text]) for text in ("yes", "no", "then")]) as server:
        aichat.point_groq_at(server.url)
        words = ("-m", "groq/qwen/qwen3.8-27b", "-f", str(tmp_path / "p.png"), "--no-stdin")
        assert aichat.invoke("ask", *words, "what?").code == 0
        exported = tmp_path / f"e.{ending}"
        words = ("--all", "--format", "chatgpt", "--output", str(exported))
        assert aichat.invoke("history", "export", *words).code == 0
        aichat.invoke("ask", "-c", "--no-stdin", "and?")
    given = aichat.invoke("history", "export", "--all").text
    done = aichat.invoke("history", "import", str(exported))
    assert done.stderr.startswith("aichat: imported 0; 1 already there\n")
    assert aichat.invoke("history", "export", "--all").text == given
    if ending == "json":  # somebody edited it: another conversation
        exported.write_text(exported.read_text().replace("what?", "which?"))
        edited = aichat.invoke("history", "import", str(exported))
        assert edited.stderr.startswith("aichat: imported 1; 0 already there\n")


def test_an_archive_for_chatgpt_has_the_media_in_it(aichat: Program, tmp_path: Path) -> None:
    document = {"id": "file_abc", "name": "p.png", "mime_type": "image/png"}
    content = {"content_type": "multimodal_text", "parts": ["see", IMAGE]}
    second = talk("two", node("u2", "a", "user", content=content))
    second["mapping"]["u2"]["message"]["metadata"] = {"attachments": [document]}
    aichat.invoke("history", "import", write_archive(tmp_path / "e.zip", [second]))
    given = aichat.invoke("history", "export", "--all").text
    assert "image/png" in given and '"name":"p.png"' in given
    exported = tmp_path / "back.zip"
    assert aichat.invoke("history", "export", "--all", "--output", str(exported)).code == 0
    assert exported.stat().st_mode & 0o777 == 0o600
    again = aichat.invoke("history", "import", str(exported))
    assert again.stderr == "aichat: imported 0; 1 already there\n"
    aichat.environ["AICHAT_DATA_DIR"] = str(tmp_path / "fresh")
    aichat.invoke("history", "import", str(exported))
    assert aichat.invoke("history", "export", "--all").text == given
    other = ("--all", "--format", "md", "--output", str(tmp_path / "x.zip"))
    assert aichat.invoke("history", "export", *other).code == 2


def test_an_export_of_nothing_is_a_document_too(aichat: Program, tmp_path: Path) -> None:
    done = aichat.invoke("history", "export", "--all", "--format", "chatgpt")
    assert json.loads(done.text) == []
    assert aichat.invoke("history", "export", "--all", "--format", "openai-jsonl").text == ""


def test_the_bytes_of_a_damaged_archive_are_not_quoted(aichat: Program, tmp_path: Path) -> None:
    path, text = tmp_path / "e.zip", b"[" + b" " * 900 + b"]"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", text)
    data = bytearray(path.read_bytes())
    data[26:28] = (500).to_bytes(2, "little")  # how long the name in front of the file is
    path.write_bytes(data)
    done = aichat.invoke("history", "import", str(path))
    assert (done.code, done.stderr.count("\n")) == (2, 1) and len(done.stderr) < 400, done.stderr


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 no archive", "e is no whole ZIP archive: File is not a zip file"),
        (b"[]", "has no conversations"),
        (b"[1", "rest of a file: it breaks off"),
    ],
)
def test_what_is_no_export_is_told(data: bytes, why: str, aichat: Program, tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(data)
    done = aichat.invoke("history", "import", str(tmp_path / "e"))
    assert (why in done.stderr, done.code) == (True, 2)


@pytest.mark.parametrize("ending", ["jsonl", "yaml", "zip"])
def test_a_device_is_not_read(ending: str, aichat: Program) -> None:
    (aichat.home / f"it.{ending}").symlink_to("/dev/null")  # /dev/zero would fill the memory
    result = aichat.invoke("history", "import", str(aichat.home / f"it.{ending}"))
    assert result.code == 2 and "is a pipe or a device" in result.stderr


def test_a_bomb_is_not_read(aichat: Program, tmp_path: Path) -> None:
    path = write_archive(tmp_path / "e.zip", " " * (17 << 20))
    done = aichat.invoke("history", "import", path)
    assert (done.code, "it is not read" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "s.jsonl",
            '{"sessionId": "a", "message": {"role": "user", "content": "hi"}}\nbroken\n',
            ["imported 1; 0 already there", "left out: 1 x line that is broken"],
        ),
        (
            "s.yaml",
            "model: x\nmessages:\n- role: user\n  content: hi\n",
            ["imported 1; 0 already there"],
        ),
    ],
)
def test_a_session_comes_once(
    name: str, text: str, told: list[str], aichat: Program, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    done = aichat.invoke("history", "import", str(tmp_path / name))
    assert done.stderr.splitlines() == [f"aichat: {line}" for line in told]
    again = aichat.invoke("history", "import", str(tmp_path / name))
    assert again.stderr.startswith("aichat: imported 0; 1 already there")
    assert aichat.invoke("history", "show", "last", "--raw").text == "hi\n"


def test_every_provider_goes_on_with_what_came_along(aichat: Program, tmp_path: Path) -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "tool_use", "id": "t", "name": "search", "input": {}},
        {"type": "tool_result", "tool_use_id": "t", "content": "found"},
        {"type": "text", "text": "well"},
    ]
    asked = {"uuid": "1", "sender": "human", "text": "why"}
    answered = {"uuid": "2", "sender": "assistant", "content": blocks}
    (tmp_path / "e.json").write_text(json.dumps([claude(asked, answered)]))
    aichat.environ.update(KEYS)
    aichat.invoke("history", "import", str(tmp_path / "e.json"))
    for provider in SPEAKS:
        words = ("-C", "claude-k1", "-p", provider, "--dry-run", "--no-stdin", "and then")
        done = aichat.invoke("ask", *words)
        sent = json.dumps(curl_body(done))
        said = ("why", "[search: {}]\\nfound", "well", "and then")
        places = [sent.index(text) for text in said]
        assert places == sorted(places), provider


@pytest.mark.parametrize("number", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_many_conversations_come_with_broken_ones_among_them(
    number: int, aichat: Program, tmp_path: Path
) -> None:
    every: list[Any] = [talk(f"n{place}") for place in range(number)]
    every[::100] = [{"mapping": {}, "id": f"broken{place}"} for place in range(len(every[::100]))]
    path = write_archive(tmp_path / "e.zip", every[: number // 3], every[number // 3 :])
    broken = len(every[::100])
    done = aichat.invoke("history", "import", path)
    assert done.stderr.splitlines() == [
        f"aichat: imported {number - broken}; 0 already there",
        f"aichat: left out: {broken} x conversation: nothing is said in it",
    ]
    again = aichat.invoke("history", "import", path)
    assert again.stderr.startswith(f"aichat: imported 0; {number - broken} already there\n")


def test_what_an_archive_lacks_or_keeps_shut_is_told(aichat: Program, tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in (0, 3):
            archive.writestr(f"conversations-{number:03}.json", json.dumps([talk(f"n{number}")]))
    assert aichat.invoke("history", "import", str(path)).stderr.splitlines() == [
        "aichat: imported 2; 0 already there",
        "aichat: left out: 1 x conversations-001.json, which the archive lacks",
        "aichat: left out: 1 x conversations-002.json, which the archive lacks",
    ]
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    done = aichat.invoke("history", "import", str(path))
    assert (done.code, "conversations-000.json is encrypted" in done.stderr) == (2, True)


def test_a_pipe_is_not_waited_for(aichat: Program, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "e.json")
    done = aichat.invoke("history", "import", str(tmp_path / "e.json"))
    assert (done.code, "is a pipe" in done.stderr) == (2, True)
