"""Tools on a real terminal: asked, allowed, denied, and ended by Ctrl-C."""

import os
import signal
import time
from collections.abc import Callable

from aichat.term.widgets.typed_line import GRACE_SECONDS
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.tool_rounds import calling, write_files
from tests.support.running.program import Program
from tests.support.terminal.repl import open_repl
from tests.support.terminal.terminal import Terminal

#: A tree that does not end when it is asked to, and where its processes are told.
STUBBORN = (
    "trap '' TERM; sh -c \"trap '' TERM; echo $$ > inner; sleep 600\" & echo $$ > outer; wait"
)


def answer(type_key: Callable[[str], object], is_echoed: Callable[[float], bool], key: str) -> None:
    """Type a key until it is taken: one that comes too soon is no answer, and types nothing."""
    time.sleep(GRACE_SECONDS)  # so that the first is most often taken; the second always is
    for _ in range(5):
        type_key(key)
        if is_echoed(6.0):
            break
    type_key("\r")


def within(seconds: float, read: Callable[[float], object], is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so while the terminal is read."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        read(0.05)
    return is_so()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_call_runs_once_it_is_allowed_and_not_when_enter_is_pressed(aichat: Program) -> None:
    write_files(aichat)
    calls = calling(
        ("write_file", {"path": "yes.txt", "text": "1"}),
        ("write_file", {"path": "no.txt", "text": "2"}),
    )
    with Server() as server:
        server.push(calls)
        server.push(chat_stream(["All **done**."]))
        words = ("ask", "--tool", "write_file", "--root", "work", "go")
        with Terminal(aichat.point_groq_at(server.url), *words, loose=True) as terminal:

            def sees(text: str) -> Callable[[], bool]:
                return lambda: text in terminal.text

            terminal.wait_for_text("run it?")
            answer(terminal.type, lambda s: within(s, terminal.read, sees("stop: y")), "y")
            terminal.wait_for_text("call 2 of 2")
            terminal.wait_until(lambda: terminal.text.count("run it?") == 2)
            answer(terminal.type, lambda s: within(s, terminal.read, sees("stop: n")), "n")
            assert terminal.wait_for_exit() == 0
            assert "All " in terminal.text
            assert terminal.foreign_controls() == []
    work = aichat.home / "work"
    assert (work / "yes.txt").read_text() == "1"
    assert not (work / "no.txt").exists()


def test_ctrl_c_ends_a_stubborn_tree_and_keeps_what_came(aichat: Program) -> None:
    write_files(aichat)
    aichat.write_config('[rules]\nsandbox = "off"\n')  # in one, numbers of processes are others
    with Server() as server:
        server.push(calling(("run_shell", {"script": STUBBORN})))
        aichat.point_groq_at(server.url)
        words = ("ask", "--tool", "run_shell", "--allow", "*", "--root", "work", "go")
        program = aichat.start(*words, start_new_session=True)
        # a pipe: what no rule allows would not begin
        pids = [aichat.home / "work" / name for name in ("outer", "inner")]
        wait_until(lambda: all(p.exists() and p.read_text().strip() for p in pids))
        os.kill(program.pid, signal.SIGINT)
        assert program.wait(30) == -signal.SIGINT
        wait_until(lambda: all(is_gone(int(path.read_text())) for path in pids))
        shown = aichat.run("history", "show", "--json").text
    assert "cancelled by the user: it may have been done in part" in shown


def test_the_last_line_of_a_running_program_is_seen_and_does_not_stay(aichat: Program) -> None:
    """Fails where ``_run_calls`` does not ``heed`` what a call tells."""
    write_files(aichat)
    script = r"printf 'first\nstep 2\033[2J\n'; while [ ! -e go ]; do sleep 0.02; done"
    with Server() as server:
        server.push(calling(("run_shell", {"script": script})))
        server.push(chat_stream(["Done."]))
        aichat.point_groq_at(server.url)
        words = ("ask", "--tool", "run_shell", "--allow", "*", "--root", "work", "go")
        with Terminal(aichat, *words) as terminal:
            terminal.wait_until(lambda: "  step 2\u241b[2J" in terminal.screen.display[0])
            (aichat.home / "work" / "go").touch()
            assert terminal.wait_for_exit() == 0
            assert "Ctrl-C stops" not in "\n".join(terminal.screen.display)
            assert terminal.foreign_controls() == []


def wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_chat_asks_keeps_what_is_typed_meanwhile_and_goes_on(aichat: Program) -> None:
    write_files(aichat)
    with Server() as server:
        server.push(calling(("list_dir", {"path": "src"})))
        server.push(chat_stream(["One file."]))
        server.push(calling(("list_dir", {"path": "src"}), first=2))
        server.push(chat_stream(["Still one."]))
        aichat.point_groq_at(server.url)
        with open_repl(aichat, "--tool", "list_dir", "--root", "work") as repl:
            repl.wait_for_prompt()
            repl.send_line("what is there?")
            repl.wait_until("run it?")
            seen = lambda: "stop: s" in repl.screen_text  # noqa: E731
            answer(repl.type, lambda s: within(s, repl._read, seen), "s")
            repl.wait_until("One file.")
            repl.wait_for_prompt()
            repl.clear()  # what was typed too soon stands in the prompt
            repl.send_line("/allow")
            repl.wait_until(lambda shown: shown.count("list_dir(*)") > 1)  # asked, then listed
            repl.wait_for_prompt()
            repl.send_line("/allow lst_dir")
            repl.wait_until("rule 'lst_dir' names no tool; did you mean 'list_dir'?")
            repl.wait_for_prompt()
            repl.send_line("/tools last")
            repl.wait_until("b.py")
            repl.wait_for_prompt()
            repl.send_line("and now?")
            repl.wait_until("Still one.")  # unasked: that was allowed for this chat
            repl.wait_for_prompt()
            repl.press("ctrl-d")
            assert repl.wait_for_exit() == 0
    roles = [m["role"] for m in server.requests[-1].json()["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user", "assistant", "tool"]
