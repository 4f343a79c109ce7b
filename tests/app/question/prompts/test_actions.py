"""What a prompt runs and reads: nothing before its file is trusted, and nothing but that file."""

import json
from pathlib import Path

import pytest

from tests.commands.ask.test_all_eight import KEYS
from tests.commands.prompts.test_prompts import asked, write_prompt
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import SENTINEL, Program, curl_body

ACTS = '---\nvars:\n  how-many: 2\n---\n{{!echo "$how_many $input $1"; exit 3}} {{@notes.md}}\n'


@pytest.fixture
def acting(aichat: Program) -> Program:
    aichat.environ.update(KEYS)
    write_prompt(aichat, "p", ACTS)
    (aichat.home / "notes.md").write_text("my {{how-many}} {{!id}} notes\n")
    return aichat


def said(aichat: Program, *words: str) -> str:
    done = aichat.invoke("ask", "-p", "groq", "-t", "p", "--dry-run", "--no-stdin", *words)
    text: str = curl_body(done)["messages"][-1]["content"]
    return text


def test_commands_and_files_of_a_file_that_nobody_trusts_stay_text(acting: Program) -> None:
    assert said(acting, "x").startswith('{{!echo "$how_many $input $1"; exit 3}} {{@notes.md}}')
    done = acting.invoke("prompts", "show", "p")
    assert "a command stays text: echo" in done.stderr
    assert "a file's name stays text: notes.md; --trust reads it" in done.stderr
    strict = ("ask", "-p", "groq", "-t", "p", "--dry-run", "--no-stdin", "--strict", "x")
    assert acting.invoke(*strict).code == 5


def test_values_are_variables_of_a_command_and_never_part_of_it(acting: Program) -> None:
    words = ("it's", "$(touch gone)", "`touch gone`", "; touch gone")
    with Server(chat_stream(["ok"]), chat_stream(["ok"])) as server:
        acting.point_groq_at(server.url)
        first = acting.invoke("ask", "-p", "groq", "-t", "p", "--trust", "--no-stdin", *words)
        acting.invoke("ask", "-p", "groq", "-t", "p", "--no-stdin", "how-many=9", "'a b' c")
    assert first.code == 0
    assert "prompt p runs: echo" in first.stderr
    line = " ".join(words)
    told = asked(server, 0)["messages"][-1]["content"]
    ended = f"2 {line} it's\n[exit status 3]"
    assert told.startswith(f"{ended} my {{{{how-many}}}} {{{{!id}}}} notes")
    assert asked(server)["messages"][-1]["content"].startswith("9 'a b' c a b\n")
    assert not list(acting.home.rglob("gone"))


def test_a_trusted_file_that_changes_sends_nothing_till_it_is_trusted_again(
    acting: Program,
) -> None:
    trust = ("ask", "-p", "groq", "-t", "p", "--trust", "--dry-run", "--no-stdin", "x")
    assert acting.invoke(*trust).code == 0
    assert "my {{how-many}}" in said(acting, "x")
    write_prompt(acting, "p", f"{ACTS}more")
    with Server() as server:
        done = acting.point_groq_at(server.url).invoke("ask", "-t", "p", "--no-stdin", "x")
    assert (done.code, server.requests) == (3, [])
    assert "prompt p: its file is not as it was trusted" in done.stderr
    assert acting.invoke(*trust).code == 0


def test_a_dry_run_reads_and_runs_nothing(acting: Program) -> None:
    write_prompt(acting, "p", "{{!touch gone}} {{@notes.md}} {{@none.md}}")
    words = ("ask", "-p", "groq", "-t", "p", "--trust", "--dry-run", "--no-stdin", "x")
    done = acting.invoke(*words)
    assert curl_body(done)["messages"][-1]["content"].startswith("{{!touch gone}} my {{how-many}}")
    assert "prompt p would run: touch gone" in done.stderr
    assert "there is no file none.md, so its name stays text" in done.stderr
    assert not (acting.home / "gone").exists()


def test_a_command_runs_once_however_many_are_asked(acting: Program) -> None:
    write_prompt(acting, "p", "{{!echo x >> times; cat times}}")
    with Server(chat_stream(["a"]), chat_stream(["b"])) as server:
        acting.point_groq_at(server.url)
        models = ("-m", "groq/one", "-m", "groq/two")
        assert acting.invoke("ask", "-t", "p", "--trust", "--no-stdin", *models, "x").code == 0
    assert [one.json()["messages"][-1]["content"] for one in server.requests] == ["x\n\nx"] * 2


def test_no_key_of_ours_is_in_a_commands_environment(acting: Program) -> None:
    write_prompt(acting, "p", "{{!env}}")
    with Server(chat_stream(["a"])) as server:
        acting.point_groq_at(server.url)
        acting.invoke("ask", "-t", "p", "-p", "groq", "--trust", "--no-stdin", "x")
    told = asked(server)["messages"][-1]["content"]
    assert "PATH=" in told and SENTINEL not in told


FOREIGN = {
    ".claude/commands/c.md": ("Say !`echo $ARGUMENTS.` @notes.md @types/node", "hi there."),
    "g/c.toml": ("prompt = 'Say !{echo {{args}}.} @{notes.md}'", "hi there."),
    "templates/c.yaml": (
        "fragments: [notes.md, 'https://x.org/y']\nprompt: Say $input",
        "hi there",
    ),
    "patterns/c/system.md": ("Say {{input}} {{plugin:file:read:notes.md}}", "hi there"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_other_tools_act_once_they_are_trusted(name: str, acting: Program) -> None:
    text, shown = FOREIGN[name]
    path = acting.home / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    words = ("ask", "-p", "groq", "-t", f"./{name}", "--no-stdin", "hi", "there")
    with Server(chat_stream(["a"]), chat_stream(["b"])) as server:
        acting.point_groq_at(server.url)
        acting.invoke(*words)
        acting.invoke(*words, "--trust")
    plain, acted = (one.json()["messages"][-1]["content"] for one in server.requests)
    assert "my {{how-many}} {{!id}} notes" in acted
    assert shown in acted
    assert "my {{how-many}}" not in plain
    assert "@types/node" not in text or "{{@types/node}}" in acted


def test_a_copy_can_be_trusted_too(acting: Program, tmp_path: Path) -> None:
    path = tmp_path / ".claude" / "commands" / "p.md"
    path.parent.mkdir(parents=True)
    path.write_text("Say !`echo $ARGUMENTS.` in\n```\n!`id`\n```\n")
    done = acting.invoke("prompts", "import", "--force", str(path))
    assert "p: a command stays text: echo $input.; --trust runs it" in done.stderr
    with Server(chat_stream(["a"])) as server:
        acting.point_groq_at(server.url)
        acting.invoke("ask", "-p", "groq", "-t", "p", "--trust", "--no-stdin", "hi")
    assert asked(server)["messages"][-1]["content"] == "Say hi. in\n```\n!`id`\n```"


def test_what_is_trusted_is_told_as_such_through_a_link_too(acting: Program) -> None:
    link = acting.home / "link.md"
    link.symlink_to(acting.config_dir / "prompts" / "p.md")
    assert acting.invoke("trust", "--yes", "./link.md").code == 0
    shown = acting.invoke("prompts", "show", "./link.md").stderr
    assert "it is trusted, and reads: notes.md" in shown
    assert "\ttrusted\t" in acting.invoke("trust", "--list").text
    assert "stays text" in acting.invoke("prompts", "show", "p").stderr


def test_a_prompt_that_is_none_is_told_to_a_program_too(acting: Program) -> None:
    done = acting.invoke("ask", "-t", "none", "--json", "--no-stdin", "x")
    assert (done.code, json.loads(done.text)["error"]["kind"]) == (2, "usage")


def test_a_trusted_prompt_may_name_tools_and_files(acting: Program) -> None:
    write_prompt(acting, "p", "---\ntools: [read_file]\nfiles: [notes.md]\n---\nLook: {{input}}")
    words = ("ask", "-p", "groq", "-t", "p", "--dry-run", "--no-stdin", "x")
    untrusted = acting.invoke(*words)
    assert (untrusted.code, untrusted.text) == (2, "")
    assert "'tools' would run programs" in untrusted.stderr
    shown = acting.invoke("trust", "--yes", "p").stderr.splitlines()[1:]
    assert shown == ["  | tools: read_file", "  | files: notes.md"]
    body = curl_body(acting.invoke(*words))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["read_file"]
    assert body["messages"][-1]["content"].startswith("notes.md\n```\nmy {{how-many}}")


def test_trust_without_a_prompt_is_told(acting: Program) -> None:
    done = acting.invoke("ask", "-p", "groq", "--trust", "--no-stdin", "x")
    assert (done.code, "--trust is for the file of a prompt" in done.stderr) == (2, True)
