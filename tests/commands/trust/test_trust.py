"""``aichat trust``: what a file would do is shown before it may, and again when it changed."""

import json
import os

import pytest

from aichat.disk.config.project_file import OTHERS, read_project
from tests.app.tools.mcp.test_elicitation import reply
from tests.commands.prompts.test_prompts import write_prompt
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal


def write_project(aichat: Program, text: str, **files: str) -> None:
    (aichat.home / ".aichat.toml").write_text(text)
    for name, content in files.items():
        (aichat.home / f"{name}.md").write_text(content)


def test_a_project_is_shown_trusted_compared_listed_and_forgotten(aichat: Program) -> None:
    path = aichat.home / ".aichat.toml"
    write_project(aichat, "system = '@be.md'\nattach = ['*.txt']\n", be="Be kind.\x1b[31m")
    assert aichat.invoke("trust").code == 2  # nobody is there
    done = aichat.invoke("trust", "--yes")
    assert done.text == f"{path} is trusted as it is now\n"
    assert done.stderr.splitlines()[1:] == [
        "  | attach: *.txt",
        "  | system:",
        "  |   Be kind.\u241b[31m",
    ]
    assert aichat.invoke("trust", "--yes").text == f"{path} is trusted already\n"
    assert aichat.invoke("trust", "--list").text.split("\n")[1].startswith(f"{path}\ttrusted\tsha")
    write_project(aichat, "system = '@be.md'\nattach = ['*.txt']\n", be="Be evil.")
    facts = json.loads(aichat.invoke("trust", "--list", "--json").text)["files"]
    assert [one["state"] for one in facts] == ["changed"]
    done = aichat.invoke("trust", "--yes", ".")
    assert done.stderr.splitlines()[1:] == [
        "  | be.md:",
        "  | @@ -1 +1 @@",
        "  | -Be kind.\u241b[31m",
        "  | +Be evil.",
    ]
    path.unlink()
    assert "\tgone\t" in aichat.invoke("trust", "--list").text
    assert aichat.invoke("trust", "--forget", str(path)).code == 0
    assert aichat.invoke("trust", "--forget", str(path)).code == 2
    assert (aichat.data_dir / "trust.json").stat().st_mode & 0o777 == 0o600


def test_what_others_may_change_is_told_and_part_of_what_is_trusted(aichat: Program) -> None:
    ask = ("ask", "--dry-run", "--no-stdin", "-m", "groq/m", "hi")
    aichat.environ["GROQ_API_KEY"] = "gsk-1"
    write_project(aichat, "system = '@be.md'\nprompts = ['ours']\n", be="Be kind.")
    (aichat.home / "ours").mkdir()
    assert aichat.invoke("trust", "--yes").code == 0
    assert "Be kind." in aichat.invoke(*ask).text
    aichat.home.chmod(0o777)
    done = aichat.invoke(*ask)
    assert "Be kind." not in done.text
    assert "is not as it was trusted, so nothing of it is used" in done.stderr
    (aichat.home / "ours").chmod(0o1777)
    assert aichat.invoke("trust", "--yes").stderr.splitlines()[1:] == [
        "  | who else may change it:",
        "  | @@ -0,0 +1,2 @@",
        "  | +everyone may write to its folder",
        "  | +everyone may write to ours",
    ]
    assert "Be kind." in aichat.invoke(*ask).text
    aichat.invoke("trust", "--forget", str(aichat.home))
    warnings = aichat.invoke("trust", "--yes").stderr.splitlines()[1:3]
    assert warnings == [
        "  | warning: everyone may write to its folder",
        "  | warning: everyone may write to ours",
    ]


def test_what_belongs_to_somebody_else_is_told(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = aichat.home / ".aichat.toml"
    path.write_text("profile = 'work'\n")
    assert OTHERS not in read_project(path).texts
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    if path.stat().st_uid:
        told = ".aichat.toml belongs to another user\nits folder belongs to another user"
        assert read_project(path).texts[OTHERS] == told
    else:  # root may change everything anyway
        assert OTHERS not in read_project(path).texts


def test_a_prompt_is_trusted_by_name_or_file(aichat: Program) -> None:
    path = write_prompt(aichat, "p", "{{!git diff}} {{@a.txt}} {{input}}")
    done = aichat.invoke("trust", "--yes", "p")
    assert done.stderr.splitlines()[1:] == ["  | runs: git diff", "  | reads: a.txt"]
    assert aichat.invoke("trust", str(path)).text == f"{path} is trusted already\n"
    assert aichat.invoke("trust", "--forget", "p").text == f"{path} is no longer trusted\n"
    assert aichat.invoke("trust", "--list").text == "file\tstate\tpin\n"


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        (None, 2, "there is no .aichat.toml here or above"),
        ("x = ", 3, "not TOML"),
        ("profile = 1", 3, "'profile': expected text"),
        ("attach = ['../x']", 3, "'attach': expected a list of files or patterns"),
        ("attach = ['/etc/passwd']", 3, "'attach': expected a list of files or patterns"),
        ("prompts = ['~/x']", 3, "'prompts': expected a list of folders"),
        ("system = '@../x'", 3, "'system': expected text, or @FILE in the project's folder"),
        ("system = '@none.md'", 3, "cannot read none.md"),
        ("a = '" + "x" * 70_000 + "'", 3, "has more than 64 KB"),
    ],
)
def test_what_cannot_be_trusted_is_one_line(
    text: str | None, code: int, why: str, aichat: Program
) -> None:
    if text is not None:
        write_project(aichat, text)
    done = aichat.invoke("trust", "--yes")
    assert (done.text, done.code) == ("", code)
    assert why in done.stderr.splitlines()[0]
    assert not (aichat.data_dir / "trust.json").exists()


def test_who_looks_is_asked_and_a_no_trusts_nothing(aichat: Program) -> None:
    write_project(aichat, "system = 'Be kind.'")
    for answer, code in (("n", 3), ("y", 0)):
        with Terminal(aichat, "trust", loose=True) as terminal:
            reply(terminal, "Trust it? [y/N] ", answer)
            assert terminal.wait_for_exit() == code
        assert ("trusted" in aichat.invoke("trust", "--list").text.partition("\n")[2]) == (not code)
