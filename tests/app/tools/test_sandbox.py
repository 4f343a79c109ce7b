"""Programs of a model in a sandbox: what they see, what they write, and where there is none.

The variable ``BUBBLEWRAP`` names another bubblewrap than the system's, where that has none.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.approval import ApprovalQuestion
from aichat.app.tools.approval_prompt import _below, question_box
from aichat.app.tools.local import sandbox
from aichat.app.tools.local.sandbox import (
    SandboxPlace,
    SandboxRule,
    bubblewrap_command,
    find_sandbox,
    sandbox_exec_command,
)
from tests.app.tools.test_threats import TERMINAL_WORLD, Bench, bench
from tests.support.running.program import Program

__all__ = ["bench"]

PROGRAM = Path(os.environ.get("BUBBLEWRAP", sandbox.BUBBLEWRAP))


@pytest.fixture
def none_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("BUBBLEWRAP", "SANDBOX_EXEC"):
        monkeypatch.setattr(sandbox, name, Path("/nonexistent"))
    find_sandbox.cache_clear()
    yield
    find_sandbox.cache_clear()


@pytest.fixture
def boxed(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    """Tools in a sandbox, whose home has a secret and whose root has our folder in it."""
    monkeypatch.setattr(sandbox, "BUBBLEWRAP", PROGRAM)
    find_sandbox.cache_clear()
    if find_sandbox() is None:
        pytest.skip("no bubblewrap that works here")
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret").write_text("SECRET")
    monkeypatch.setenv("HOME", str(home))
    place = bench.place._replace(sandbox=SandboxRule("require"))
    made = Bench(bench.place.root.path, bench.place.root.ours[0])
    made.use(place)
    yield made
    find_sandbox.cache_clear()


def shell(bench: Bench, script: str) -> str:
    return bench.run("run_shell", script=script).text


def test_what_is_below_the_root_is_read_and_written(boxed: Bench) -> None:
    assert shell(boxed, "cat a.txt; echo new > src/b; pwd") == f"inside{boxed.place.root.path}\n"
    assert (boxed.place.root.path / "src" / "b").read_text() == "new\n"


def test_nothing_else_is_written_and_no_home_is_seen(boxed: Bench, tmp_path: Path) -> None:
    """Fails without ``--ro-bind``, or without ``--tmpfs`` of the home folder."""
    said = shell(boxed, "echo x > /usr/x; cat ~/secret; cat config/credentials.toml; ls ..")
    assert "SECRET" not in said and "sk-1" not in said and "outside" not in said
    assert said.count("Read-only file system") == 1
    assert shell(boxed, "echo x > ~/made; echo $?") == "0\n"
    assert not (tmp_path / "home" / "made").exists()
    assert (boxed.place.root.path / "config" / "credentials.toml").exists()


def test_there_is_no_network(boxed: Bench) -> None:
    """Fails without ``--unshare-all``."""
    said = shell(boxed, "cat /proc/net/dev | tail -n +3")
    assert [line.split(":")[0].strip() for line in said.splitlines()] == ["lo"]


def test_a_failure_says_that_a_sandbox_may_be_why(boxed: Bench) -> None:
    said = boxed.run("run_command", argv=["sh", "-c", "exit 3"])
    assert said.text == "\n[ended with status 3]\n[sandbox: no network, writes here only]"


def test_a_program_in_it_can_be_ended(boxed: Bench) -> None:
    from aichat.app.tools.source import CallControl

    planned = boxed.plan("run_shell", script="sleep 600")
    control = CallControl()
    control.cancel()  # as Ctrl-C does
    assert planned.source is not None
    assert planned.source.call(planned.tool, planned.arguments, control).is_error


def test_a_root_that_holds_the_home_folder_leaves_that_empty() -> None:
    """Fails where the root is bound over what is to be empty."""
    place = SandboxPlace(Path("/"), Path("/"), Path.home())
    words = bubblewrap_command(["ls"], place)
    home = [n for n, word in enumerate(words) if word == str(Path.home())]
    assert words.index("--bind") < home[-1] < words.index("--")


def test_a_profile_names_paths_by_parameters() -> None:
    """No path can be a part of the profile's text."""
    path = Path('/a")(allow default)')
    words = sandbox_exec_command(["ls"], SandboxPlace(path, path, path, (path,)))
    profile = words[words.index("-p") + 1]
    assert str(path) not in profile and words.count(f"HIDDEN0={path}") == 1
    assert words[-1] == "ls"


def question(bench: Bench) -> list[str]:
    planned = bench.plan("run_command", argv=["ls"])
    asked = ApprovalQuestion(planned, 1, 1, "nothing allows it", "x")
    return [*_below(asked, question_box(TERMINAL_WORLD), "")]


@pytest.mark.usefixtures("none_here")
def test_where_there_is_none_the_question_says_so(bench: Bench) -> None:
    bench.use(bench.place._replace(sandbox=SandboxRule("auto")))
    assert question(bench)[0] == "no sandbox here: install bubblewrap"
    bench.use(bench.place._replace(sandbox=SandboxRule("off")))
    assert question(bench) == ["s allows x"]
    assert bench.run("run_command", argv=["echo", "a"]).text == "a\n"


@pytest.mark.usefixtures("none_here")
def test_where_one_is_required_and_there_is_none_nothing_runs(bench: Bench) -> None:
    """Fails where ``_command_subject`` has no refusal."""
    bench.use(bench.place._replace(sandbox=SandboxRule("require")))
    for name, arguments in (("run_command", {"argv": ["ls"]}), ("run_shell", {"script": "ls"})):
        decision = bench.decide(bench.plan(name, **arguments), "*")
        assert (decision.effect, "requires one" in decision.why) == ("deny", True)


def test_a_question_names_the_sandbox(bench: Bench, monkeypatch: Any) -> None:
    monkeypatch.setattr(sandbox, "find_sandbox", lambda: bubblewrap_command)
    bench.use(bench.place._replace(sandbox=SandboxRule("auto")))
    assert question(bench)[0] == "sandbox: no network, writes here only"


@pytest.mark.usefixtures("none_here")
def test_doctor_and_the_config_know_of_it(aichat: Program) -> None:
    def found(value: str) -> tuple[str, int]:
        aichat.write_config(f'[rules]\nsandbox = "{value}"\n')
        done = aichat.invoke("doctor", "--offline", "--json")
        rows = [line for line in done.text.split('"check": ') if line.startswith('"sandbox"')]
        return (rows[0] if rows else ""), done.code

    assert "install bubblewrap" in found("auto")[0]
    assert found("require")[1] == 3
    assert "off, as [rules] says" in found("off")[0]
    assert found("maybe")[1] == 3
