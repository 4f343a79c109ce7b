"""The threats of the design's fourth section that tools of this machine face, one test each.

Each was seen to fail with its defence taken out; the line is named in its docstring.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools import approval_prompt
from aichat.app.tools.approval import ApprovalQuestion, Verdict
from aichat.app.tools.approval_prompt import question_box, question_rows
from aichat.app.tools.local import search, table
from aichat.app.tools.local.builtin import BuiltinSource, ToolPlace
from aichat.app.tools.local.programs import ConfigSource
from aichat.app.tools.local.table import BUILTINS
from aichat.app.tools.results import call_result
from aichat.app.tools.running import CallEnd, CallRunner
from aichat.app.tools.source import CallControl, ToolSource
from aichat.app.tools.toolkit import PlannedCall, Toolkit
from aichat.core.message.message import Text, ToolCall
from aichat.core.text.clock import Clock
from aichat.core.text.json import dumps
from aichat.core.tools.rules import Decision, decide, parse_rules
from aichat.core.tools.tool import LocalTool, ToolOutcome, text_outcome
from aichat.disk.files.rooted import RootedFolder
from aichat.errors import AichatError
from aichat.process.programs import background
from aichat.process.world import World
from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.answering.talk import Talk
from tests.support.answering.tool_rounds import calling
from tests.support.running.program import Program
from tests.support.values.hostile import HOSTILE_TEXTS

#: What no program of a model's may get to see.
SECRETS = {
    "OPENAI_API_KEY": "sk-1",
    "DATABASE_URL": "postgres://u:p@h/d",
    "AWS_ACCESS_KEY_ID": "AKIA",
    "SSH_AUTH_SOCK": "/tmp/agent",
    "GH_PAT": "ghp_1",
}


_CLOCK = Clock(lambda: 1e9, lambda: 0.0, lambda _: None, lambda: 0.5)
TERMINAL_WORLD = World({}, None, None, None, True, True, _CLOCK, "utf-8", True)


class Bench:
    """Tools in a folder of their own, called without a model."""

    def __init__(self, root: Path, ours: Path) -> None:
        environ = {"PATH": os.environ["PATH"], "HOME": str(root), "LC_ALL": "C.UTF-8"} | SECRETS
        self.use(ToolPlace(RootedFolder(root, (ours,)), environ, _CLOCK))

    def use(self, place: ToolPlace) -> None:
        self.place = place
        self.source: ToolSource = BuiltinSource(place, BUILTINS)
        self.kit = Toolkit([self.source], lambda _: True)

    def plan(self, name: str, **arguments: Any) -> PlannedCall:
        return self.kit.plan(ToolCall("c", name, dumps(arguments)))

    def decide(self, planned: PlannedCall, *allow: str) -> Decision:
        return decide(parse_rules({}, allow), planned.tool, planned.subject, planned.arguments)

    def run(self, name: str, **arguments: Any) -> ToolOutcome:
        """What comes of a call, as far as it is let."""
        planned = self.plan(name, **arguments)
        assert planned.source is not None
        try:
            return planned.source.call(planned.tool, planned.arguments, CallControl())
        except AichatError as error:
            return text_outcome(error.fault.message, "error")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    root, ours = tmp_path / "root", tmp_path / "root" / "config"
    for folder in (root, ours, root / "src", tmp_path / "root2"):
        folder.mkdir()
    (tmp_path / "outside.txt").write_text("outside")
    (tmp_path / "root2" / "a").write_text("outside")
    (ours / "credentials.toml").write_text("key = 'sk-1'")
    (root / "a.txt").write_text("inside")
    return Bench(root, ours)


def test_threat_1_nothing_of_a_call_looks_like_ours(bench: Bench) -> None:
    """Fails where ``shown_rows`` gives a word as it is, or ``question_rows`` leaves the gutter."""
    box = question_box(TERMINAL_WORLD)
    for text in HOSTILE_TEXTS:
        planned = bench.plan("run_command", argv=["echo", text.replace("\0", "")])
        question = ApprovalQuestion(planned, 1, 1, "nothing allows it", "x")
        for columns in (40, 80, 160):
            rows = question_rows(question, box, columns)
            assert all(row.startswith(box.gutter) and row.isprintable() for row in rows)


def test_threat_2_a_call_is_shown_by_its_arguments_not_by_what_is_said_of_it() -> None:
    """Fails where ``shown_rows`` leaves out a ``description``, or the tool's own stands there."""
    tool = LocalTool("box.erase", "Only lists files.", {}, "box", claim="it only reads")
    frozen = dumps({"description": "list files", "path": "/"})
    planned = PlannedCall(ToolCall("c", "box__erase", frozen), tool, None, frozen)
    question = ApprovalQuestion(planned, 1, 1, "nothing allows it", "box.erase")
    box = question_box(TERMINAL_WORLD)
    rows = question_rows(question, box, 80)
    assert rows == [f"{box.gutter}description: list files", f"{box.gutter}path: /"]
    assert [*approval_prompt._below(question, box, "")] == [
        "its maker says: it only reads",
        "s allows box.erase",
    ]
    assert "Only lists" not in approval_prompt._heading(question, box)


def test_threat_3_an_allowed_command_is_not_a_shells_to_take_apart(bench: Bench) -> None:
    """Fails where ``run_command`` gives its words to a shell (``_run_command``)."""
    for word in ("; touch x", "$(touch x)", "`touch x`", "a\ntouch x", "> x", "&& touch x"):
        planned = bench.plan("run_command", argv=["echo", word])
        assert bench.decide(planned, "run_command(echo)").effect == "ask"
        assert bench.run("run_command", argv=["echo", word]).text == f"{word}\n"
    assert not (bench.place.root.path / "x").exists()


def test_threat_3_no_pattern_allows_a_script(bench: Bench) -> None:
    """Fails where ``_NEVER_WHOLE`` lacks ``exact``."""
    planned = bench.plan("run_shell", script="ls; rm -rf ~")
    for rule in ("run_shell", "run_*", "run_shell(ls*)", "run_shell(ls; *)"):
        assert bench.decide(planned, rule).effect == "ask", rule


def test_threat_8_a_child_has_no_secret_of_the_environment(bench: Bench) -> None:
    """Fails where ``tool_environment`` lets all variables through."""
    said = bench.run("run_command", argv=[sys.executable, "-c", "import os; print(*os.environ)"])
    names = set(said.text.split())
    assert {"PATH", "HOME", "LC_ALL"} <= names
    assert not names & SECRETS.keys()


@pytest.mark.parametrize(
    "path",
    ["../outside.txt", "src/../../outside.txt", "/etc/passwd", "link", "folder/a", "../root2/a"],
)
def test_threat_11_no_path_leads_out_of_the_root(bench: Bench, path: str) -> None:
    """Fails where ``_locate`` does not ask whether the path is below the root."""
    root = bench.place.root.path
    (root / "link").symlink_to("../outside.txt")
    (root / "folder").symlink_to("../root2")
    assert bench.decide(bench.plan("read_file", path=path), "*").effect == "deny"
    assert f"{path} is outside " in bench.run("read_file", path=path).text
    assert bench.run("read_file", path=path).is_error
    assert bench.run("write_file", path=path, text="x").is_error
    assert (root.parent / "outside.txt").read_text() == "outside"


def test_threat_11_a_link_that_comes_after_the_look_is_not_followed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails where ``_FOLLOW_NO_LINK`` lacks ``O_NOFOLLOW``."""
    root = bench.place.root
    real = root.path / "src" / "late"
    real.symlink_to(root.path.parent / "outside.txt")
    monkeypatch.setattr(RootedFolder, "_locate", lambda _self, _name: real)
    with pytest.raises(AichatError, match="cannot read"):
        root.read("src/late", 100)


def test_threat_11_what_is_no_file_is_not_read(bench: Bench) -> None:
    """Fails where ``read`` opens without ``O_NONBLOCK`` or asks not for a regular file."""
    os.mkfifo(bench.place.root.path / "pipe")
    assert bench.run("read_file", path="pipe").text == "pipe is not a file"
    whole = RootedFolder(Path("/"))
    for path in ("/dev/zero", "/proc/self/environ"):
        with pytest.raises(AichatError, match="is not for tools"):
            whole.read(path, 10)


def test_threat_11_files_of_secrets_are_asked_about_and_ours_refused(bench: Bench) -> None:
    """Fails without the caution of ``_read_subject``, or without ``forbidden``."""
    (bench.place.root.path / "id_rsa").write_text("KEY")
    assert bench.decide(bench.plan("read_file", path="id_rsa"), "*").effect == "ask"
    assert (
        bench.decide(bench.plan("read_file", path="config/credentials.toml"), "*").effect == "deny"
    )
    found = bench.run("search_files", pattern="KEY|sk-1|inside").text
    assert found == "a.txt:1: inside\n"


def test_threat_14_a_value_is_no_option_and_no_second_word(bench: Bench) -> None:
    """Fails where ``_placed_value`` takes a value that begins with a dash."""
    tables = {
        "wc": {"command": ["echo", "{path}"], "parameters": "path"},
        "safe": {"command": ["echo", "--", "{path}"], "parameters": "path"},
    }
    source = ConfigSource(bench.place, tables)
    wc, safe = source.tools()
    assert "would be an option" in source.subject(wc, {"path": "--output=x"}).refusal
    assert "NUL" in source.subject(safe, {"path": "a\0b"}).refusal
    said = source.call(safe, {"path": "-n a; ls"}, CallControl())
    assert said.text == "-- -n a; ls\n"


def test_threat_15_a_pattern_that_never_ends_is_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails where ``search_files`` searches in this process, or its program is not stopped."""
    monkeypatch.setattr(search, "search", lambda _: pytest.fail("it is searched for in here"))
    (bench.place.root.path / "bomb.txt").write_text("a" * 60 + "!")
    planned = bench.plan("search_files", pattern="(a+)+$", path="bomb.txt")
    assert planned.tool.seconds <= 20
    planned = planned._replace(tool=planned.tool._replace(seconds=0.1))
    ends: dict[int, CallEnd] = {}
    CallRunner([Verdict(planned)], ends, len, lambda *_: None).run()
    assert ends[0].outcome.status == "timeout"
    until = time.monotonic() + 30
    while background._running:
        assert time.monotonic() < until, "it is searched for still"
        time.sleep(0.01)


def test_threat_15_a_pattern_that_never_ends_outlives_nobody(tmp_path: Path) -> None:
    """Fails without ``setitimer``: nobody ends this search, as where we were killed."""
    (tmp_path / "bomb.txt").write_text("a" * 60 + "!")
    asked = {"pattern": "(a+)+$", "root": str(tmp_path), "path": "bomb.txt", "seconds": 0.1}
    given = json.dumps({**asked, "secret": "", "forbidden": []}).encode()
    argv = [sys.executable, "-I", "-S", search.__file__]
    done = subprocess.run(argv, input=given, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGALRM


def test_threat_15_a_flood_is_kept_within_bounds(bench: Bench, monkeypatch: Any) -> None:
    """Fails where ``_Output.add`` keeps all that comes."""
    monkeypatch.setattr("aichat.app.tools.local.programs.MOST_KEPT", 1000)
    flood = "import sys; sys.stdout.write('x' * 300_000); sys.stderr.write('e' * 300_000)"
    said = bench.run("run_command", argv=[sys.executable, "-c", flood])
    assert len(said.text) < 3000
    assert "299000 bytes more were not kept" in said.text


def test_threat_16_a_tool_has_no_terminal(bench: Bench) -> None:
    """Fails without ``start_new_session``, where these tests have a terminal; stdin is empty."""
    script = "import os, sys; print(os.getsid(0) == os.getpid(), repr(sys.stdin.read()))"
    said = bench.run("run_command", argv=[sys.executable, "-c", script])
    assert said.text == "True ''\n"


def test_threat_18_what_others_would_run_is_asked_about(bench: Bench) -> None:
    """Fails without the caution of ``_write_subject``."""
    for path in (".git/hooks/pre-commit", ".bashrc", "sub/.envrc", ".github/workflows/x.yml"):
        assert bench.decide(bench.plan("write_file", path=path, text="x"), "*").effect == "ask"
    assert bench.decide(bench.plan("write_file", path="src/a", text="x"), "*").effect == "allow"


def test_threat_6_what_nobody_sees_reaches_no_model() -> None:
    """Fails where ``call_result`` passes texts on as they are."""
    planned = PlannedCall(ToolCall("c", "x", "{}"), BUILTINS["now"].tool, None)
    hidden = "a\u200bb\U000e0041\ufeffc é"
    result = call_result(planned, CallEnd(text_outcome(hidden), 0.0), limit=100)
    assert result.parts == (Text("abc é"),)


def test_threat_9_a_page_of_this_machine_is_not_fetched(bench: Bench) -> None:
    """Fails where ``fetch_url`` allows local pages by itself."""
    with Server() as server:
        said = bench.run("fetch_url", url=f"{server.url}/")
        assert "address of this machine" in said.text
        assert server.requests == []
    for url in ("file:///etc/passwd", "http://[::1", "ftp://a.org/", "javascript:x"):
        assert bench.decide(bench.plan("fetch_url", url=url), "*").effect == "deny"


def test_threat_9_another_host_is_another_decision(bench: Bench) -> None:
    """Fails where ``_fetch_url`` does not say ``stays``."""
    place = bench.place._replace(local_pages=True)
    with Server() as first, Server() as second:
        target = second.url.replace("127.0.0.1", "localhost")
        first.push(Reply(302, {"location": f"{target}/secret"}, []))
        with pytest.raises(AichatError, match="redirects to another host"):
            table._fetch_url(place, {"url": f"{first.url}/"}, CallControl())
        assert second.requests == []


def test_threat_10_a_query_that_no_rule_spells_is_asked_about(bench: Bench) -> None:
    """Fails where ``_match_url`` does not compare queries."""
    planned = bench.plan("fetch_url", url="https://a.org/log?secret=1")
    assert bench.decide(planned, "fetch_url(https://a.org/**)").effect == "ask"


def test_threat_20_a_turn_has_an_end(aichat: Program) -> None:
    """Fails without ``MOST_CALLS``."""
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(calling(*[("now", {})] * 102))
        server.push(chat_stream(["ok"]))
        talk.run("ask", "-p", "box", "--tool", "now", "--allow", "now", "go")
        results = [m["content"] for m in talk.bodies[-1]["messages"] if m["role"] == "tool"]
    assert results[-1] == "Error: not run: a turn has at most 100 calls"
