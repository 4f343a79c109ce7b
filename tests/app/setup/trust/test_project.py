"""A project's file: nothing of it holds before it is trusted, and then only what may."""

import os
import re
from pathlib import Path

import pytest

from tests.commands.ask.test_all_eight import KEYS
from tests.commands.prompts.test_prompts import asked, write_prompt
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program, curl_body

PROJECT = """profile = "work"
system = "@be.md"
prompts = ["ours"]
attach = ["docs/*", "*.md"]
base_url = "http://127.0.0.1:9/v1"
mcp = ["x"]
tools = ["*"]
headers = { a = "b" }
key = "sk-1"
"""
ASK = ("ask", "--dry-run", "--no-stdin")


@pytest.fixture
def project(aichat: Program) -> Program:
    """A project in the home, whose program is called in a folder below it."""
    aichat.environ.update(KEYS)
    aichat.write_config("[profiles.work]\nmodel = 'groq/m'\ntemperature = 0.5\n")
    files = {
        ".aichat.toml": PROJECT,
        "be.md": "@be kind",
        "docs/a.txt": "text a",
        "docs/.env": "KEY=1",
        "docs/id_rsa": "key",
        "ours/mine.md": "Mine: {{input}}",
        "sub/.keep": "",
    }
    for name, text in files.items():
        path = aichat.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (aichat.home / "docs" / "out").symlink_to("/etc/passwd")
    aichat.home = aichat.home / "sub"
    return aichat


def test_nothing_holds_before_it_is_trusted_and_one_line_says_so(project: Program) -> None:
    done = project.invoke(*ASK, "-m", "groq/x", "hi")
    body = curl_body(done)
    assert (body["messages"], body.get("temperature")) == (
        [{"role": "user", "content": "hi"}],
        None,
    )
    path = project.home.parent / ".aichat.toml"
    said = (
        f"aichat: {path} is not trusted, so nothing of it is used: aichat trust shows it and asks"
    )
    assert done.stderr == f"{said}\n"
    assert project.invoke(*ASK, "-q", "-m", "groq/x", "hi").stderr == ""
    assert project.invoke(*ASK, "--no-project", "-m", "groq/x", "hi").stderr == ""
    assert project.invoke("ask", "-t", "mine", "--no-stdin", "x").code == 2


def test_what_may_hold_does_below_the_command_line(project: Program) -> None:
    project.invoke("trust", "--yes")
    done = project.invoke(*ASK, "hi")
    body = curl_body(done)
    assert (body["model"], body["temperature"]) == ("m", 0.5)
    assert body["messages"][0] == {"role": "system", "content": "@be kind"}
    assert body["messages"][1]["content"] == (
        "../docs/a.txt\n```\ntext a\n```\n\n../be.md\n```\n@be kind\n```\n\nhi"
    )
    assert "127.0.0.1:9" not in done.text
    (never,) = (line for line in done.stderr.splitlines() if "never taken" in line)
    assert re.findall("'([a-z_]+)'", never) == ["base_url", "mcp", "tools", "headers", "key"]
    assert f"{project.home.parent}/.aichat.toml attaches: ../docs/a.txt, ../be.md\n" in done.stderr
    own = curl_body(project.invoke(*ASK, "-s", "me", "-m", "groq/x", "hi"))
    assert (own["model"], own["messages"][0]["content"]) == ("x", "me")
    bare = curl_body(project.invoke(*ASK, "--no-project", "-p", "groq", "hi"))
    assert bare["messages"] == [{"role": "user", "content": "hi"}]
    named = curl_body(project.invoke(*ASK, "-t", "mine", "it"))
    assert named["messages"][-1]["content"].endswith("Mine: it")


def test_profiles_show_names_it_as_an_origin(project: Program) -> None:
    path = project.home.parent / ".aichat.toml"
    assert f"aichat: {path} is not trusted" in project.invoke("profiles", "show").stderr
    project.invoke("trust", "--yes")
    shown = project.invoke("profiles", "show").text
    assert f"model\tm\tprofile work ({path})\n" in shown
    assert f"system\t@be kind\t{path}\n" in shown
    assert "127.0.0.1:9" not in shown
    assert "mine\t-\tMine: {{input}}" in project.invoke("prompts", "list").text


def test_a_profile_that_is_not_there_is_told_with_ways_to_go_on(project: Program) -> None:
    project.invoke("trust", "--yes")
    project.write_config("")
    done = project.invoke(*ASK, "-m", "groq/x", "hi")
    assert (done.code, done.text) == (3, "")
    assert done.stderr.splitlines()[-1] == (
        "  make one: aichat profiles set work ...; or --no-project"
    )


def test_a_change_of_it_or_of_what_it_brings_in_takes_it_back(project: Program) -> None:
    project.invoke("trust", "--yes")
    for path in (project.home.parent / "be.md", project.home.parent / ".aichat.toml"):
        before = path.read_text()
        path.write_text(f"{before}\n")
        done = project.invoke(*ASK, "-m", "groq/x", "hi")
        assert "is not as it was trusted" in done.stderr
        assert len(curl_body(done)["messages"]) == 1
        path.write_text(before)
    assert len(curl_body(project.invoke(*ASK, "hi"))["messages"]) == 2


def test_it_is_trusted_where_it_is_and_nowhere_else(project: Program) -> None:
    project.invoke("trust", "--yes")
    other = project.home / ".aichat.toml"
    other.write_text("system = 'other'")
    done = project.invoke(*ASK, "-m", "groq/x", "hi")
    assert f"{other} is not trusted" in done.stderr
    other.write_text(PROJECT)
    assert "is not trusted" in project.invoke(*ASK, "-m", "groq/x", "hi").stderr


def test_a_conversation_that_goes_on_is_attached_nothing_anew(project: Program) -> None:
    project.invoke("trust", "--yes")
    with Server(chat_stream(["a"]), chat_stream(["b"])) as server:
        project.point_groq_at(server.url)
        project.invoke("ask", "--no-stdin", "hi")
        project.invoke("ask", "--no-stdin", "-c", "more")
    assert asked(server)["messages"][-1]["content"] == "more"
    assert project.invoke("ask", "--no-stdin").code == 2  # files alone are no question


@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "foreign"])
def test_a_hostile_file_neither_hangs_nor_holds(kind: str, project: Program) -> None:
    path: Path = project.home / ".aichat.toml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\xfe")
    assert len(curl_body(project.invoke(*ASK, "-m", "groq/x", "hi"))["messages"]) == 1
    assert project.invoke("trust", "--yes").code == 3


def test_users_prompts_go_before_a_projects(project: Program) -> None:
    project.invoke("trust", "--yes")
    write_prompt(project, "mine", "Own: {{input}}")
    told = curl_body(project.invoke(*ASK, "-t", "mine", "it"))["messages"][-1]["content"]
    assert told.endswith("Own: it")
