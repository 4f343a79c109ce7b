"""Prompts of other tools are asked with as they are, and copied."""

from pathlib import Path

import pytest

from tests.commands.ask.test_all_eight import KEYS
from tests.commands.prompts.test_prompts import write_prompt
from tests.support.running.program import Program, curl_body

FOREIGN = {
    "roles/pirate.md": "---\nmodel: openai:gpt-4o\nuse_tools: fs\n---\nSpeak as a pirate.",
    "templates/steam.yaml": "system: Be steampunk.\nprompt: 'About $input'\n",
    "patterns/sum/system.md": "# IDENTITY\nSum up.",
    "patterns/sum/user.md": "not a prompt of its own",
    ".claude/commands/git/fix.md": "---\ndescription: Fix\n---\nFix $ARGUMENTS !`touch gone`",
    "skills/pdf/SKILL.md": "---\nname: pdf\ndescription: Read\n---\nRead it.",
    "gemini/test.toml": 'prompt = "Test {{args}}"',
    "x.prompt.md": "Review ${input:what}",
    "README.md": "no prompt",
}


def write_foreign(folder: Path) -> Path:
    for name, text in FOREIGN.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_folder_of_prompts_is_copied_once_and_asked_with(aichat: Program, tmp_path: Path) -> None:
    aichat.environ.update(KEYS)
    folder = str(write_foreign(tmp_path / "theirs"))
    done = aichat.invoke("prompts", "import", folder)
    names = ["git-fix", "pdf", "pirate", "steam", "sum", "test", "x"]
    assert (sorted(done.text.split()), done.code) == (names, 0)
    assert "aichat: pirate: 'use_tools' is not used: name tools with --tool\n" in done.stderr
    assert "git-fix: a command stays text: touch gone; --trust runs it" in done.stderr
    again = aichat.invoke("prompts", "import", folder)
    assert (again.text, again.stderr.splitlines()) == ("", ["aichat: 7 already there"])
    words = ("-p", "groq", "-t", "git-fix", "--dry-run", "--no-stdin", "it")
    said = curl_body(aichat.invoke("ask", *words))["messages"]
    assert said == [{"role": "user", "content": "Fix it {{!touch gone}}"}]
    assert not list(tmp_path.rglob("gone"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("roles/pirate.md", ["Speak as a pirate.", "hi"]),
        ("templates/steam.yaml", ["Be steampunk.", "About hi"]),
        ("patterns/sum", ["# IDENTITY\nSum up.", "hi"]),
        ("gemini/test.toml", ["Test hi"]),
    ],
)
def test_a_file_of_another_tool_is_asked_with_as_it_is(
    name: str, said: list[str], aichat: Program, tmp_path: Path
) -> None:
    aichat.environ.update(KEYS)
    write_foreign(tmp_path)
    words = ("-p", "groq", "-t", str(tmp_path / name), "--dry-run", "--no-stdin", "hi")
    done = aichat.invoke("ask", *words)
    assert [one["content"] for one in curl_body(done)["messages"]] == said
    assert ("'use_tools' is not used" in done.stderr) == ("roles" in name)
    if "roles" in name:
        assert aichat.invoke("ask", *words, "--strict").code == 5


def test_files_of_other_tools_in_the_folder_are_prompts_too(aichat: Program) -> None:
    write_foreign(write_prompt(aichat, "own", "x").parent)
    listed = aichat.invoke("prompts", "list").text.splitlines()[1:]
    assert [line.split("\t")[0] for line in listed] == [
        "README",
        "own",
        "pdf",
        "pirate",
        "steam",
        "sum",
        "x",
    ]
    assert "\nsum\t-\tSum up.\n" in aichat.invoke("prompts", "list").text
    assert "[system]\nSum up." in aichat.invoke("prompts", "show", "sum").text.replace(
        "# IDENTITY\n", ""
    )


def test_hostile_files_are_one_line_each_and_the_rest_comes(
    aichat: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("a secret")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "loop").symlink_to(folder)
    (folder / "big.md").write_text("---\n" + "a" * (10 << 20))
    (folder / "bomb.yaml").write_text("a: &a [x]\nb: [*a, *a]\n")
    (folder / "code.yaml").write_text("a: !!python/object/apply:os.system ['touch gone']\n")
    (folder / "\x1b[31m.md").write_text("red")
    (folder / "good.md").write_text("good")
    done = aichat.invoke("prompts", "import", str(folder))
    assert (done.text, done.code) == ("good\n", 2)
    assert done.stderr.splitlines()[-1] == "aichat: 1 imported; 4 left out"
    assert len(done.stderr.splitlines()) == 5
    assert "\x1b" not in done.stderr
    assert [path.name for path in (aichat.config_dir / "prompts").iterdir()] == ["good.md"]


def test_a_name_that_is_taken_stays_unless_forced(aichat: Program, tmp_path: Path) -> None:
    mine = write_prompt(aichat, "pirate", "mine")
    theirs = str(write_foreign(tmp_path) / "roles" / "pirate.md")
    done = aichat.invoke("prompts", "import", theirs)
    assert (done.code, mine.read_text()) == (2, "mine")
    assert "another prompt is called 'pirate': --force takes its place" in done.stderr
    assert aichat.invoke("prompts", "import", "--force", theirs).code == 0
    assert "Speak as a pirate." in mine.read_text()
    assert aichat.invoke("prompts", "import", str(tmp_path / "none")).code == 2
