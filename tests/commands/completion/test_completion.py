"""Completion in the real shells, with nothing else to run: no Python, no command at all."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aichat import providers
from aichat.cli import dispatch
from aichat.commands.completion.command import all_commands, completion_text
from tests.support.answering.server import Server, chat_stream
from tests.support.documents.completions import FILES, FOLDER
from tests.support.running.program import Program
from tests.support.terminal.shells import Shell, require_shell

NAMES = {
    "profiles": "work\nhome\n",
    "schemas": "@invoice\n@person\n",
    "models": "groq/openai/gpt-oss-120b\nopenai/gpt-6.1-terra\nollama/qwen3:8b\nxai/gpt-oss-21b\n",
    "conversations": "k3f9abcdef\tlakes of Scotland\nzz11223344\tmonads $(>pwned)\n",
}

#: What is typed before a tab, and what stands there after it; ``=`` and a blank may follow.
COMPLETED = {
    "aichat as": "aichat ask",
    "aichat prof": "aichat profiles",
    "aichat --col": "aichat --color",
    "aichat --color ne": "aichat --color never",
    "aichat --color never prof": "aichat --color never profiles",
    "aichat profiles us": "aichat profiles use",
    "aichat profiles use w": "aichat profiles use work",
    "aichat ask --eff": "aichat ask --effort",
    "aichat ask 'two words' --ef": "aichat ask 'two words' --effort",
    "aichat ask --effort mi": "aichat ask --effort minimal",
    "aichat ask --effort=mi": "aichat ask --effort=minimal",
    "aichat ask hello -- --eff": "aichat ask hello -- --eff",
    "aichat ask wor": "aichat ask wor",
    "aichat ask -p gr": "aichat ask -p groq",
    "aichat keys set mo": "aichat keys set moonshot",
    "aichat ask -P h": "aichat ask -P home",
    "aichat ask -m gpt-6": "aichat ask -m gpt-6.1-terra",
    "aichat ask -m groq/": "aichat ask -m groq/openai/gpt-oss-120b",
    "aichat ask -m ollama/qwen3:": "aichat ask -m ollama/qwen3:8b",
    "aichat ask --model=ollama/qwen3:": "aichat ask --model=ollama/qwen3:8b",
    "aichat ask -p xai -m gpt": "aichat ask -p xai -m gpt-oss-21b",
    "aichat ask --schema @pe": "aichat ask --schema @person",
    "aichat ask -C k3": "aichat ask -C k3f9abcdef",
    "aichat history delete k3f9abcdef zz": "aichat history delete k3f9abcdef zz11223344",
    "aichat completion pow": "aichat completion powershell",
    "aichat ask -f a": "aichat ask -f a\\ file",
    "aichat ask --file=su": "aichat ask --file=sub/",
    "aichat ask -s @su": "aichat ask -s @sub/",
    "aichat --config-dir su": "aichat --config-dir sub/",
}

#: Titles, where a shell completes them in place of the id.
TITLES = {
    "aichat ask -C lak": r"aichat ask -C lakes\ of\ Scotland",
    "aichat ask -C 'lak": "aichat ask -C 'lakes of Scotland'",
    "aichat ask -C mon": r"aichat ask -C monads\ \$\(\>pwned\)",
    'aichat ask -C "mon': 'aichat ask -C "monads \\$(>pwned)"',
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with names in its cache and some files; PATH leads to nothing."""
    folder = tmp_path / ".cache/aichat/completion"
    folder.mkdir(parents=True)
    for kind, lines in NAMES.items():
        (folder / kind).write_text(lines)
    (tmp_path / "sub").mkdir()
    (tmp_path / "a file").touch()
    (tmp_path / "empty").mkdir()
    return tmp_path


def environ_of(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": str(home / "empty"), "LANG": "C.UTF-8"}


def ran(home: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, env=environ_of(home), cwd=home, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_tab_completes_commands_options_values_names_and_files(name: str, home: Path) -> None:
    with Shell(name, FOLDER / FILES[name], home, environ_of(home)) as shell:
        for typed, wanted in (COMPLETED | TITLES).items():
            line, _ = shell.complete(typed)
            assert line.rstrip(" =") == wanted, typed
        assert shell.complete("aichat history ")[1].count("search") == 1
        assert not (home / "pwned").exists()


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_no_command_has_the_name_of_a_function_beside_it(name: str) -> None:
    text = (FOLDER / FILES[name]).read_text()
    defined = re.findall(r"^(?:function )?(\w*aichat\w*)(?: *\(\)| *$| #)", text, re.M)
    assert len(defined) == len({*defined}) > 1


def test_fish_completes_the_same(home: Path) -> None:
    quoted = [typed.replace("\\", "\\\\").replace("'", "\\'") for typed in COMPLETED]
    script = f"source '{FOLDER}/aichat.fish'\n" + "".join(
        f"echo '== {typed}'; complete -C '{typed}'\n" for typed in quoted
    )
    done = ran(home, require_shell("fish"), "--no-config", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    answers = dict(part.split("\n", 1) for part in done.stdout.split("== ")[1:])
    assert answers.keys() == COMPLETED.keys()
    for typed, wanted in COMPLETED.items():
        found = [line.split("\t")[0] for line in answers[typed].splitlines()]
        last = re.split(r"(?<!\\) ", wanted)[-1].replace("\\", "")
        assert found == ([] if wanted == typed else [last]), typed
    title = f"source '{FOLDER}/aichat.fish'; complete -C 'aichat history show lak'"
    found = ran(home, require_shell("fish"), "--no-config", "-c", title).stdout
    assert found == "k3f9abcdef\tlakes of Scotland\n"


def test_a_completion_in_bash_takes_at_most_20_ms_and_runs_no_command(home: Path) -> None:
    """The best of five, since others work here as well; a thousand names take some 9 ms."""
    models = "".join(f"groq/model-{n}\n" for n in range(1000))
    (home / ".cache/aichat/completion/models").write_text(models)
    script = f""". '{FOLDER}/aichat.bash'
for line in 'aichat as' 'aichat ask --eff' 'aichat ask hello there -m groq/model-77'; do
  COMP_LINE=$line COMP_POINT=${{#line}} COMP_WORDS=($line) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
  for i in 1 2 3 4 5; do
    before=${{EPOCHREALTIME/./}}; _aichat aichat; echo $((${{EPOCHREALTIME/./}} - before))
  done
  echo "$line: ${{COMPREPLY[*]}}"
done"""
    done = ran(home, require_shell("bash"), "-c", script)
    assert done.stderr == ""
    commands, options, names = re.findall(r"((?:\d+\n){5})(.*)\n", done.stdout)
    assert (commands[1], options[1]) == ("aichat as: ask", "aichat ask --eff: --effort")
    assert names[1].count("groq/model-77") == 12  # one, ten below it, and what was typed
    for (times, _), most in ((commands, 20_000), (options, 20_000), (names, 100_000)):
        assert min(map(int, times.split())) <= most, done.stdout  # microseconds


def test_a_file_is_printed_as_it_is_made(aichat: Program) -> None:
    assert {command.name for command in all_commands()} == set(dispatch.COMMANDS)
    done = aichat.run("completion", "man")
    assert (done.text, done.stderr, done.code) == (completion_text("man"), "", 0)
    assert aichat.run("completion", "tcsh").code == 2


def test_the_file_for_powershell_is_well_formed() -> None:
    """By a grammar of the language, where there is no PowerShell; it does find what is broken."""
    if pwsh := shutil.which("pwsh"):
        check = f"[void][scriptblock]::Create((Get-Content -Raw '{FOLDER}/aichat.ps1'))"
        assert subprocess.run([pwsh, "-NoProfile", "-Command", check], check=False).returncode == 0
    language = pytest.importorskip("tree_sitter_powershell", reason="no grammar of PowerShell")
    tree_sitter = pytest.importorskip("tree_sitter")
    parser = tree_sitter.Parser(tree_sitter.Language(language.language()))
    text = (FOLDER / "aichat.ps1").read_bytes()
    assert not parser.parse(text).root_node.has_error
    assert parser.parse(text.replace(b"    }\n}\n", b"    }\n")).root_node.has_error


def test_the_manual_page_is_drawn_without_a_complaint() -> None:
    groff = shutil.which("groff") or pytest.skip("groff is not installed here")
    done = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", "-P-c", str(FOLDER / "aichat.1")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(".\x08", "", done.stdout)
    for name, summary in dispatch.COMMANDS.items():
        assert f"aichat {name}" in shown and summary[:30] in " ".join(shown.split())


def test_the_schemas_of_the_config_folder_are_kept_by_their_names(aichat: Program) -> None:
    folder = aichat.config_dir / "schemas"
    folder.mkdir(parents=True)
    (folder / "person.json").write_text("{}")
    (folder / "notes.txt").write_text("")
    aichat.invoke("completion", "bash")
    kept = aichat.cache_dir / "aichat/completion/schemas"
    assert kept.read_text() == "@person\n"


def test_commands_that_list_or_change_names_keep_them_for_the_shells(aichat: Program) -> None:
    folder = aichat.cache_dir / "aichat/completion"

    def kept(kind: str) -> str:
        return (folder / kind).read_text()

    aichat.run("profiles", "set", "work", "provider=groq", "model=x")
    assert kept("profiles") == "work\n"
    assert kept("providers").split() == list(providers.names())
    assert "openai/gpt-6.1-terra\n" in kept("models") and "*" not in kept("models")
    aichat.write_config(
        '[aliases]\nquick = "groq/openai/gpt-oss-20b"\n'
        '[profiles.home]\n[providers.box]\nbase_url="http://127.0.0.1:9"\nmodels=["m:1"]'
    )
    aichat.run("profiles", "list")
    assert (kept("profiles"), "box" in kept("providers").split()) == ("home\n", True)
    assert "box/m:1\n" in kept("models")
    assert "quick\n" in kept("models")
    before = (folder / "models").stat().st_mtime_ns
    aichat.run("profiles", "remove", "home")
    assert (kept("profiles"), (folder / "models").stat().st_mtime_ns) == ("", before)
    with Server(chat_stream(["a lake"])) as server:
        aichat.point_groq_at(server.url).run("ask", "-p", "groq", "secret lake")
    assert not (folder / "conversations").exists()  # a question is not slowed by it
    aichat.run("history", "list")
    assert re.fullmatch(r"[2-9a-z]{10}\tsecret lake\n", kept("conversations"))
    assert (folder / "conversations").stat().st_mode & 0o777 == 0o600
    aichat.run("history", "rename", "last", "tab\there")
    assert kept("conversations").endswith("\ttab here\n")
    aichat.run("history", "delete", "last", "--yes")
    assert kept("conversations") == ""
