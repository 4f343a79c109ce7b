"""The REPL on a pty: what keys do, what is kept, and that nothing ends a chat but leaving it."""

import json
import os
import re
import signal
import stat
import subprocess
import threading
from contextlib import suppress

import pytest

from aichat.app.setup import local_engine
from aichat.providers import load
from tests.app.question.test_continue import FOUND, HIGH, LOOKING, QUERY
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Hold,
    Reply,
    ScriptedReply,
    Server,
    SilentReply,
    chat_chunk,
    chat_error,
    chat_stream,
    sse,
)
from tests.support.answering.talk import messages_blocks
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import hold_forever, partial_reply
from tests.support.terminal.repl import Repl, open_repl


def asked(server: Server, place: int = -1) -> list[str]:
    """The texts of the messages of one request."""
    return [message["content"] for message in server.requests[place].json()["messages"]]


def answered(chat: Repl, text: str) -> str:
    """The screen once an answer has been given and the prompt is back."""
    chat.wait_until(text)
    return chat.wait_until(lambda shown: chat.is_prompting and text in shown)


def stored(aichat: Program, name: str = "last") -> list[tuple[str, str, str]]:
    """Role, status and text of every turn of a conversation."""
    found = json.loads(aichat.invoke("history", "show", name, "--json").stdout)
    return [
        (
            turn["message"]["role"],
            turn.get("status", "complete"),
            "".join(p.get("text", "") for p in turn["message"]["parts"] if p["type"] == "text"),
        )
        for turn in found["turns"]
    ]


def recalled(chat: Repl, line: str) -> None:
    """Arrow up, until what was typed before has been loaded; one press too many is taken back."""

    def row() -> str:
        return chat.screen.display[chat.screen.cursor.y].rstrip()

    for _ in range(60):
        if line in (before := row()):
            return
        chat.type("\x1b[A" if before == ">" else "\x1b[B")
        with suppress(AssertionError):
            chat.wait_until(lambda _, before=before: row() != before, 0.5)
    raise AssertionError(chat.screen_text)


# sending


def test_enter_sends_and_the_next_question_goes_with_what_was_said(aichat: Program) -> None:
    with Server(chat_stream(["Hello **there**"]), chat_stream(["Again"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("hi")
            shown = answered(chat, "Hello there")
            assert "12 in · 3 out" in shown
            chat.send_line("more")
            answered(chat, "Again")
        assert asked(server) == ["hi", "Hello **there**", "more"]


@pytest.mark.parametrize("keys", ["a\x1b\rb\r", "a\nb\r", "a\\\rb\r", "\x1b[200~a\nb\x1b[201~\r"])
def test_a_newline_that_was_asked_for_or_pasted_does_not_send(keys: str, aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.type(keys)
            answered(chat, "yes")
        assert asked(server) == ["a\nb"]


@pytest.mark.parametrize("enter", ["\x1b[13u", "\x1b[13;1:1u\x1b[13;1:3u", "\r"])
def test_keys_of_either_encoding_do_what_they_are_where_no_query_is_answered(
    enter: str, aichat: Program
) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url), reports_cursor=True) as chat:
            chat.screen.write_process_input = lambda _: None
            chat.wait_until("new, /help")
            assert b"\x1b[<u" in chat.raw
            chat.type("gone").wait_until("> gone")
            chat.type("\x1b[27;5;99~").wait_until(lambda _: _cursor_line(chat) == ">")
            chat.type("he\x1b[<0;4;5Mllo\x1b[0m").wait_until("> hello")
            chat.type(enter)
            answered(chat, "yes")
            chat.type("\x1b[100;5u")
            assert chat.wait_for_exit() == 0
        assert asked(server) == ["hello"]
    assert b"CPR" not in chat.raw


def test_lines_that_come_at_once_are_a_paste(aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.type("one\r/exit\rthree\r").wait_until("  three")
            chat._read(0.2)
            chat.type(" four").wait_until("four")
            chat._read(
                0.2
            )  # longer than a burst may pause, wherever these words were taken for one
            chat.press("enter")
            answered(chat, "yes")
        assert asked(server) == ["one\n/exit\nthree\n four"]


def _cursor_line(chat: Repl) -> str:
    return chat.screen.display[chat.screen.cursor.y].rstrip()


def test_a_paste_of_a_megabyte_is_a_word_until_it_is_sent(aichat: Program) -> None:
    text = "x" * 1_000_000
    with Server(chat_stream(["read"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.type("see ").paste(text)
            chat.wait_until("[paste 1: 1,000,000 characters, 1 line]")
            chat.press("enter")
            answered(chat, "read")
        assert asked(server) == [f"see {text}"]


def test_words_of_the_command_line_are_the_first_message(aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url), "hi", "there") as chat:
            answered(chat, "yes")
        assert asked(server) == ["hi there"]


# slash commands


def test_an_unknown_command_is_told_and_never_sent(aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("/modle gpt")
            chat.wait_until("unknown command '/modle'; did you mean '/model'?")
            chat.wait_for_prompt()
            chat.send_line("//usr is a folder")
            answered(chat, "yes")
        assert [asked(server, n) for n in range(len(server.requests))] == [["/usr is a folder"]]


# Ctrl-C


STATES: dict[str, tuple[ScriptedReply, str]] = {
    "before the first byte": (SilentReply(), "hi"),
    "in the text": (partial_reply(hold_forever()), "Hello wor"),
    "in a table": (partial_reply(hold_forever(), text="|a|b|\n|-|-|\n|1|2"), "1"),
    "in a retry wait": (chat_error(429, "slow down", headers={"retry-after": "30"}), "retrying in"),
}


@pytest.mark.parametrize("state", STATES)
def test_ctrl_c_stops_an_answer_and_keeps_what_was_typed(state: str, aichat: Program) -> None:
    reply, sign = STATES[state]
    with Server(reply) as server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.send_line("hi")
        server.wait_requests(1)
        chat.wait_until(lambda shown: sign in shown and chat.is_quiet)
        chat.type("typed ahead")
        chat.press("ctrl-c")
        chat.wait_until(lambda shown: chat.is_prompting and "> typed ahead" in shown)
        assert chat.screen_text.count("typed ahead") == 1
        chat.clear()
        chat.press("ctrl-d")
        assert chat.wait_for_exit() == 0
        assert chat.is_restored
    turns = stored(aichat)
    assert turns[0] == ("user", "complete", "hi")
    assert turns[1][1] in ("interrupted", "failed")
    assert turns[1][2].startswith("Hello wor" if state == "in the text" else "")


def test_ctrl_c_while_the_result_of_a_search_is_read_keeps_what_came(aichat: Program) -> None:
    whole = messages_blocks(LOOKING, QUERY, FOUND)
    steps = [step for step in whole.body if isinstance(step, bytes)]
    place = next(n for n, step in enumerate(steps) if b"Tides" in step)
    half = steps[place][: steps[place].index(b"Tides")]
    reply = Reply(headers=SSE, body=[*steps[:place], half, hold_forever()])
    with Server(reply, messages_blocks(HIGH)) as server:
        url = f"{server.url}/v1"
        aichat.environ |= {"ANTHROPIC_API_KEY": "sk-key", "AICHAT_ANTHROPIC_BASE_URL": url}
        with open_repl(aichat) as chat:
            chat.wait_for_prompt()
            chat.send_line("hi")
            chat.wait_until("web_search")
            chat.type("typed ahead").press("ctrl-c")
            chat.wait_until(lambda shown: chat.is_prompting and "> typed ahead" in shown)
            chat.press("enter")
            answered(chat, "06:12.")
            said = [turn["content"] for turn in server.requests[1].json()["messages"]]
    assert [content[0]["text"].strip() for content in said] == ["hi", "Looking.", "typed ahead"]
    assert stored(aichat)[1] == ("assistant", "interrupted", "Looking. ")


def test_ctrl_c_while_the_output_of_a_program_is_read_attaches_nothing(aichat: Program) -> None:
    with open_repl(aichat.point_groq_at("http://127.0.0.1:9")) as chat:
        chat.wait_for_prompt()
        chat.send_line("/attach `echo $$ > pid; exec sleep 600`")
        chat.wait_until(lambda _: (aichat.home / "pid").exists() and chat.is_quiet)
        chat.type("typed ahead").press("ctrl-c")
        chat.wait_until(lambda shown: chat.is_prompting and "> typed ahead" in shown)
        chat.clear()
        chat.send_line("/attach").wait_until("nothing attached")
        pid = (aichat.home / "pid").read_text().strip()
        state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, check=False)
        assert state.stdout.strip()[:1] in (b"", b"Z")


def test_ctrl_c_clears_the_line_and_twice_on_an_empty_one_leaves(aichat: Program) -> None:
    with open_repl(aichat.point_groq_at("http://127.0.0.1:9")) as chat:
        chat.wait_for_prompt()
        chat.type("half a thought").wait_until("thought")
        chat.clear()
        recalled(chat, "> half a thought")
        chat.clear()
        chat.press("ctrl-c").wait_until("Ctrl-C again or Ctrl-D exits")
        chat.wait_for_prompt()
        chat.press("ctrl-c")
        assert chat.wait_for_exit() == 0
        assert chat.is_restored


def test_ctrl_d_leaves_and_says_how_to_come_back(aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("hi")
            answered(chat, "yes")
            chat.press("ctrl-d")
            assert chat.wait_for_exit() == 0
            found = re.search(r"aichat (chat -C \w+)", chat.screen_text)
            assert found
        with open_repl(aichat, *found[1].split()[1:]) as chat:
            chat.wait_until("hi: 1 question")
            chat.wait_for_prompt()
            chat.send_line("more")
            server.wait_requests(2)
        assert asked(server) == ["hi", "yes", "more"]


# errors


FAULTS: dict[str, tuple[ScriptedReply, str]] = {
    "refused": (chat_error(400, "no such thing"), "no such thing"),
    "no key": (chat_error(401, "bad key"), "bad key"),
    "cut": (partial_reply(CloseEarly()), "was cut"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_no_chat_and_the_message_can_be_sent_again(
    fault: str, aichat: Program
) -> None:
    reply, words = FAULTS[fault]
    with Server(reply, chat_stream(["fine now"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("hi")
            answered(chat, words)
            chat.send_line("/retry")
            answered(chat, "fine now")
        assert asked(server) == ["hi"]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_prompt_leaves_the_terminal_as_it_was(signum: int, aichat: Program) -> None:
    with open_repl(aichat.point_groq_at("http://127.0.0.1:9")) as chat:
        chat.wait_for_prompt()
        chat.signal(signum)
        assert chat.wait_for_exit() == -signum
        assert chat.is_restored


def test_a_signal_in_an_answer_stores_it_and_restores_the_terminal(aichat: Program) -> None:
    with (
        Server(partial_reply(hold_forever())) as server,
        open_repl(aichat.point_groq_at(server.url)) as chat,
    ):
        chat.wait_for_prompt()
        chat.send_line("hi").wait_until("Hello wor")
        chat.signal(signal.SIGTERM)
        assert chat.wait_for_exit() == -signal.SIGTERM
        assert chat.is_restored
    assert stored(aichat)[1] == ("assistant", "interrupted", "Hello wor")


# typing ahead


def test_what_is_typed_during_an_answer_stands_in_the_next_prompt(aichat: Program) -> None:
    go = threading.Event()
    with Server(
        partial_reply(Hold(go), *sse(chat_chunk({}, "stop"))), chat_stream(["yes"])
    ) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            chat.send_line("hi").wait_until("Hello wor")
            chat.type("next one")
            go.set()
            shown = chat.wait_until(lambda shown: chat.is_prompting and "> next one" in shown)
            assert shown.count("next one") == 1
            chat.press("enter")
            answered(chat, "yes")
        assert asked(server)[-1] == "next one"


def test_ctrl_z_gives_the_terminal_back_and_the_answer_goes_on(aichat: Program) -> None:
    go = threading.Event()
    rest = sse(chat_chunk({"content": "ld"}), chat_chunk({}, "stop"))
    with Server(partial_reply(Hold(go), *rest)) as server:
        chat = Repl(aichat.point_groq_at(server.url), "chat", launcher=LIKE_A_SHELL)
        try:
            chat.wait_for_prompt()
            chat.send_line("hi").wait_until("Hello wor")
            chat.type("\x1a")
            chat.wait_until(lambda _: chat.is_restored)
            os.kill(int((aichat.home / "pid").read_text()), signal.SIGCONT)
            chat.wait_until(lambda _: chat.is_quiet)
            go.set()
            answered(chat, "ld")
        finally:
            chat.close()


#: Runs a program in a process group of its own, as a shell does: else nothing can stop it.
LIKE_A_SHELL = """
import os, signal, sys
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
open("pid", "w").write(str(pid))
while os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]):
    pass
"""


# history of what was typed


def test_what_was_typed_is_kept_privately_and_secrets_are_not(aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        with open_repl(aichat.point_groq_at(server.url)) as chat:
            chat.wait_for_prompt()
            for n, line in enumerate(("first", " a space before", f"my key {SENTINEL}"), 1):
                chat.send_line(line)
                server.wait_requests(n)
                chat.wait_until(lambda shown, n=n: chat.is_prompting and shown.count("yes") == n)
        (path,) = aichat.data_dir.glob("inputs*")
        assert path.read_text().splitlines() == ['"first"']
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with open_repl(aichat) as chat:
            chat.wait_for_prompt()
            recalled(chat, "> first")


def test_ctrl_r_searches_what_was_typed(aichat: Program) -> None:
    aichat.data_dir.mkdir()
    typed = ("an apple", "a pear", "an apple pie", "a plum")
    (aichat.data_dir / "inputs.jsonl").write_text("".join(f'"{line}"\n' for line in typed))
    with (
        Server(chat_stream(["yes"])) as server,
        open_repl(aichat.point_groq_at(server.url)) as chat,
    ):
        chat.wait_for_prompt()
        recalled(chat, "> a plum")
        chat.type("\x12apple").wait_until("> an apple pie")
        chat.type("\x12").wait_until(
            lambda shown: shown.count("an apple") == 1 and "pie" not in shown
        )
        chat.press("enter").wait_until(
            lambda shown: "backward" not in shown and "> an apple" in shown
        )
        chat.press("enter")
        answered(chat, "yes")
        assert asked(server) == ["an apple"]


def test_the_input_history_can_be_off(aichat: Program) -> None:
    aichat.write_config("[store]\ninput_history = false\n")
    with (
        Server(chat_stream(["yes"])) as server,
        open_repl(aichat.point_groq_at(server.url)) as chat,
    ):
        chat.wait_for_prompt()
        chat.send_line("first")
        answered(chat, "yes")
    assert not [*aichat.data_dir.glob("inputs*")]


# opening


def test_the_bare_program_opens_the_chat_on_a_terminal(aichat: Program) -> None:
    chat = Repl(aichat.point_groq_at("http://127.0.0.1:9"))
    try:
        chat.wait_for_prompt()
        chat.press("ctrl-d")
        assert chat.wait_for_exit() == 0
    finally:
        chat.close()


def test_chat_without_a_terminal_is_a_usage_error(aichat: Program) -> None:
    result = aichat.run("chat")
    assert (result.code, result.stdout) == (2, b"")
    assert "needs a terminal" in result.stderr
    assert aichat.run().code == 2


def test_the_first_run_without_a_key_offers_two_ways_on_in_three_lines(aichat: Program) -> None:
    with open_repl(aichat) as chat:
        lines = chat.wait_for_prompt().splitlines()
        said = lines[: lines.index(">")]
    assert len(said) == 3
    assert "No API key is set" in said[0] and "smollm2" in said[1] and "aichat keys set" in said[2]


def test_a_broken_config_is_named_before_anything_is_drawn(aichat: Program) -> None:
    aichat.write_config("[ui]\nediting = 3\n")
    chat = Repl(aichat, "chat")
    try:
        assert chat.wait_for_exit() == 3
        assert "ui.editing" in chat.screen_text and chat.is_restored
    finally:
        chat.close()


def bar(chat: Repl) -> str:
    return chat.screen.display[-1]


def test_the_toolbar_says_whom_one_talks_to_about_what_and_what_it_took(aichat: Program) -> None:
    model = "groq/openai/gpt-oss-120b"
    with (
        Server(chat_stream(["yes"])) as server,
        open_repl(aichat.point_groq_at(server.url), reports_cursor=True) as chat,
    ):
        chat.wait_until(lambda _: re.search(f"^{model} {{20,}}new, /help lists", bar(chat)))
        chat.send_line("hi there")
        facts = rf"^{model} · context <1% · \$0\.0\d+ · 15 tokens {{20,}}hi there$"
        chat.wait_until(lambda _: re.search(facts, bar(chat)))
        assert not any(cell.reverse for cell in chat.screen.buffer[chat.screen.lines - 1].values())


@pytest.mark.long
@pytest.mark.skipif(
    not local_engine.is_ready(load("local").engine), reason="the engine is not installed"
)
def test_the_engine_is_started_once_and_an_answer_of_it_can_be_stopped(aichat: Program) -> None:
    with open_repl(aichat, "-m", "local/smollm2") as chat:
        chat.wait_for_prompt()
        chat.send_line("Count from one to five hundred.")
        chat.wait_until("loading smollm2")
        chat.wait_until(lambda shown: len(shown.splitlines()) > 3 and "to first" not in shown)
        chat.press("ctrl-c")
        chat.wait_until(lambda _: chat.is_prompting)
        chat.send_line("Name a river.")
        chat.wait_until(lambda shown: chat.is_prompting and "to first" in shown)
        assert chat.screen_text.count("loading smollm2") == 1


def test_a_long_conversation_opens_and_exports_at_once(aichat: Program) -> None:
    turns = [
        {
            "number": n,
            "parent": n - 1 if n > 1 else None,
            "at": 1.0 + n,
            "message": {
                "role": "user" if n % 2 else "assistant",
                "parts": [{"type": "text", "text": f"turn {n} of many"}],
            },
        }
        for n in range(1, 10_001)
    ]
    about = {"id": "long", "title": "Long", "created": 1.0, "updated": 2.0, "head": 10_000}
    (aichat.home / "long.json").write_text(
        json.dumps({"version": 1, "conversations": [{**about, "turns": turns}]})
    )
    assert aichat.run("history", "import", "long.json").code == 0
    with (
        Server(chat_stream(["yes"])) as server,
        open_repl(aichat.point_groq_at(server.url), "-C", "Long") as chat,
    ):
        chat.wait_until("Long: 5000 questions")
        chat.wait_for_prompt()
        chat.send_line("/export long.md").wait_until("written to long.md")
        chat.wait_for_prompt()
        chat.send_line("/find 9999").wait_until("turn 9999 of many")
        chat.wait_for_prompt()
        chat.send_line("more").wait_until("nothing of this is cached any more")
        chat.type("1\r")
        answered(chat, "yes")
        assert len(asked(server)) == 10_001
