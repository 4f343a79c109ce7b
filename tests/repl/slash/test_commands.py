"""The commands of the REPL against a server that says what it is told to; some need a pty."""

import base64
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.repl.conversations.opening import resume
from aichat.repl.loop import Loop
from aichat.repl.slash.registry import SLASH_COMMANDS
from tests.commands.chat.test_chat import answered, asked, stored
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.whole_runs import configure_box
from tests.support.terminal.repl import PROMPT_START, Repl, open_repl
from tests.support.terminal.session import Paper, Script
from tests.support.values.media import png


def echo(seen: object) -> object:
    """What was asked last, with a word before it."""
    last = seen.json()["messages"][-1]["content"]  # type: ignore[attr-defined]
    return chat_stream([f"re: {last}"])


def told(chat: Repl, line: str, sign: str) -> str:
    """The screen after a command that says something."""
    chat.send_line(line)
    return answered(chat, sign)


@pytest.fixture
def server() -> Server:
    return Server(default=echo)


@pytest.fixture
def chat(aichat: Program, server: Server) -> Iterator[Paper]:
    """A chat with that server, by the chat's own loop, and no terminal."""
    with server:
        yield Paper(aichat.point_groq_at(server.url))


def talk(chat: Repl, *questions: str) -> None:
    chat.wait_for_prompt()
    for question in questions:
        told(chat, question, f"re: {question}")


def test_retry_asks_again_and_keeps_both_answers(chat: Paper, server: Server) -> None:
    shown = chat.talk("one", "two", "/retry -m groq/other", "three")
    assert "the chat continues with openai/gpt-oss-120b" in shown
    assert [asked(server, n) for n in range(4)] == [
        ["one"],
        ["one", "re: one", "two"],
        ["one", "re: one", "two"],
        ["one", "re: one", "two", "re: two", "three"],
    ]
    models = [seen.json()["model"] for seen in server.requests]
    assert models == [*["openai/gpt-oss-120b"] * 2, "other", "openai/gpt-oss-120b"]
    assert [text for _, _, text in stored(chat.aichat)].count("re: two") == 2


def test_undo_and_edit_branch_and_overwrite_nothing(chat: Paper, server: Server) -> None:
    shown = chat.talk("one", "two", "/undo", "three", "/edit 1", "\x03", "four", "/edit 1", "again")
    for sign in ("removed: two", "question 1 of 2", "question 1 of 3"):
        assert sign in shown
    assert (chat.drafts[3], chat.drafts[5], chat.drafts[8]) == ("two", "one", "one")
    assert [asked(server, n) for n in (2, 3, 4)] == [
        ["one", "re: one", "three"],
        ["one", "re: one", "three", "re: three", "four"],
        ["again"],
    ]
    texts = [text for role, _, text in stored(chat.aichat) if role == "user"]
    assert texts == ["one", "two", "three", "four", "again"]


def test_an_undone_question_is_not_asked_again_by_a_later_run(chat: Paper, server: Server) -> None:
    chat.talk("one", "two", "/undo")
    later = Paper(chat.aichat, continue_=True)
    resume(later.session)
    later.talk("three")
    assert asked(server) == ["one", "re: one", "three"]


def test_fork_goes_on_in_a_copy_and_new_and_load_change_the_conversation(
    chat: Paper, server: Server
) -> None:
    for line, sign in (
        ("/fork", "nothing to fork yet"),
        ("/provider xai", "no key for xai"),
        ("/provider groq", "is now in use"),
        ("one", "re: one"),
        ("/fork copied", "copied; back to the original: /load"),
        ("two", "re: two"),
        ("/new", "a new conversation"),
        ("three", "re: three"),
        ("/title Third of them", "Third of them"),
        ("/history", "copied"),
        ("/load copied", "copied: 2 questions"),
        ("four", "re: four"),
        ("/find three", "assistant  Third of them\n    re: **three**"),
        ("/load 1", "Third of them: 1 question"),
        ("five", "re: five"),
    ):
        assert sign in chat.talk(line)
    assert asked(server, 2) == ["three"]
    assert asked(server, 3) == ["one", "re: one", "two", "re: two", "four"]
    assert asked(server, 4) == ["three", "re: three", "five"]
    assert [text for _, _, text in stored(chat.aichat, "one")] == ["one", "re: one"]


def test_several_conversations_of_one_title_are_picked_from(
    aichat: Program, server: Server
) -> None:
    with server:
        aichat.point_groq_at(server.url)
        for _ in range(2):
            assert aichat.invoke("ask", "--no-stdin", "same").code == 0
        with open_repl(aichat, "-C", "same") as chat:
            chat.wait_until("'same' matches several conversations")
            chat.wait_for_prompt()
            told(chat, "2", "same: 1 question")


def test_export_writes_a_file_and_never_over_one(
    chat: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = chat.aichat.home
    monkeypatch.chdir(home)
    chat.talk("What is one")
    assert "written to what-is-one.md" in chat.talk("/export")
    assert "already exists" in chat.talk("/export what-is-one.md")
    assert "written to all.json" in chat.talk("/export all.json")
    path = home / "what-is-one.md"
    assert "re: What is one" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads((home / "all.json").read_text())["conversations"]


def test_save_writes_a_code_block_and_asks_before_it_overwrites(aichat: Program) -> None:
    text = "Two:\n\n```sh\nls\n```\n\n```py\nx = 1\n```\n"
    with Server(chat_stream([text])) as server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        told(chat, "/save 1 a.sh", "no answer to save yet")
        told(chat, "hi", "x = 1")
        told(chat, "/save 2 ~/my code.py", "code block 2 written to")
        told(chat, '/save 1 "other name.sh"', "code block 1 written to other name.sh")
        told(chat, "/save 3 b", "has 2 code blocks")
        told(chat, "/save a.sh", "usage: /save N FILE")
        told(chat, "/save 1 .", ". is a folder")
        told(chat, "/save 1 gone/a.sh", "cannot write gone/a.sh")
        mine = aichat.home / "my code.py"
        assert mine.read_text() == "x = 1\n" and stat.S_IMODE(mine.stat().st_mode) == 0o644
        mine.write_text("precious")
        mine.chmod(0o700)
        chat.send_line("/save 2 my\\ code.py").wait_until("already exists")
        told(chat, "1", "nothing was written")
        assert mine.read_text() == "precious"
        chat.send_line("/save 2 my\\ code.py").wait_until("2  overwrite it")
        told(chat, "2", "code block 2 written to my code.py")
        assert mine.read_text() == "x = 1\n" and stat.S_IMODE(mine.stat().st_mode) == 0o700
    assert (aichat.home / "other name.sh").read_text() == "ls\n"
    assert not [*aichat.home.glob(".*code*")]


def test_copy_reaches_the_terminal_where_there_is_no_tool(aichat: Program) -> None:
    text = "Two:\n\n- ```sh\n  ls\n  ```\n\n> ```py\n> x = 1\n> ```\n"
    with Server(chat_stream([text])) as server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        told(chat, "hi", "── py · 2 ──\n▌ x = 1")
        told(chat, "/copy", "copied the answer")
        told(chat, "/copy 2", "copied code block 2")
        told(chat, "/copy 3", "has 2 code blocks")
        found = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", chat.raw)
    assert [base64.b64decode(data).decode() for data in found] == [text, "x = 1"]


def test_copy_uses_the_systems_own_tool_first(aichat: Program, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "wl-copy"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\ncat > "$HOME/clip"; env > "$HOME/env"\n')
    tool.chmod(0o755)
    aichat.environ |= {"PATH": f"{tool.parent}:{aichat.environ['PATH']}", "WAYLAND_DISPLAY": "w"}
    with (
        Server(chat_stream(["text"])) as server,
        open_repl(aichat.point_groq_at(server.url)) as chat,
    ):
        talk_once(chat)
        told(chat, "/copy", "wl-copy")
        assert b"]52;" not in chat.raw
    assert (aichat.home / "clip").read_text() == "text"
    assert "GROQ_API_KEY" not in (aichat.home / "env").read_text()


#: Commands whose words would be ignored, though the user meant something by them.
ALONE = ("undo 5", "u 5", "continue in French", "compact now", "cost today", "exit later")


@pytest.mark.parametrize("line", ALONE)
def test_a_command_that_takes_no_words_does_nothing_with_some(
    line: str, chat: Paper, server: Server
) -> None:
    shown = chat.talk("one", f"/{line}", "two")
    assert " takes no words" in shown
    assert asked(server, 1) == ["one", "re: one", "two"] and len(server.requests) == 2


def talk_once(chat: Repl) -> None:
    chat.wait_for_prompt()
    told(chat, "hi", "text")


def test_the_model_can_be_changed_and_what_is_lost_is_said(aichat: Program) -> None:
    with Server(chat_stream(["yes"], reasoning=["hm"])) as server:
        chat = Paper(configure_box(aichat, server.url), model="box/m")
        for line, sign in (
            ("hi", "yes"),
            ("/reasoning", "hm"),
            ("/model nope", "no model is called 'nope'"),
            ("/model box/other", "box/other is now in use"),
            ("more", "yes"),
            ("/model", "box/other (command line)"),
            ("/provider nobody", "unknown provider 'nobody'"),
        ):
            assert sign in chat.talk(line)
        assert "not the reasoning of 1 of the answers" in chat.shown
        assert server.requests[-1].json()["model"] == "other"


def picked(chat: Repl, line: str, keys: str, sign: str) -> str:
    """The screen after a command whose list is filtered by ``keys``, and Enter."""
    chat.send_line(line).wait_until("Enter takes")
    return told(chat, keys, sign)


def test_models_conversations_and_profiles_are_picked_from_lists_that_leave_no_trace(
    aichat: Program, server: Server
) -> None:
    aichat.write_config('[profiles.small]\nmodel = "groq/openai/gpt-oss-20b"\n')
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        talk(chat, "one")
        told(chat, "/new", "a new conversation")
        talk(chat, "two")
        picked(chat, "/load", "one", "one: 1 question")
        picked(chat, "/model", "oss 20b", "groq/openai/gpt-oss-20b is now in use")
        talk(chat, "three")
        picked(chat, "/model", "groq 120b", "groq/openai/gpt-oss-120b is now in use")
        shown = picked(chat, "/profile", "1", "groq/openai/gpt-oss-20b is now in use")
        chat.send_line("/load").wait_until("Enter takes")
        prompts = chat.raw.count(PROMPT_START)
        chat.type("\x03").wait_until(lambda _: chat.raw.count(PROMPT_START) > prompts)
        talk(chat, "four")
        models = [seen.json()["model"] for seen in server.requests]
        assert asked(server) == ["one", "re: one", "three", "re: three", "four"]
        assert models[2:] == ["openai/gpt-oss-20b"] * 2
        assert "Enter takes" not in shown and "· 1 question" not in shown
        chat.press("ctrl-d").wait_for_exit()


def test_what_is_read_aloud_lists_a_few_by_number_and_asks_for_the_name_of_many(
    aichat: Program, server: Server
) -> None:
    aichat.environ |= {"ACCESSIBLE": "1"}
    aichat.write_config('[profiles.small]\nmodel = "groq/openai/gpt-oss-20b"\n')
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        told(chat, "/profile", "  1  small  groq/openai/gpt-oss-20b")
        told(chat, "1", "groq/openai/gpt-oss-20b is now in use")
        told(chat, "/model", "to choose from: name one")
        chat.wait_until("groq/openai/gpt-oss-20b (profile small)")
        assert "Enter takes" not in chat.screen_text


def test_a_conversation_whose_provider_is_gone_goes_on_with_another(
    aichat: Program, server: Server
) -> None:
    with server:
        configure_box(aichat, server.url)
        assert aichat.invoke("ask", "-m", "box/m", "--no-stdin", "one").code == 0
        aichat.write_config("")
        chat = Paper(aichat.point_groq_at(server.url), continue_=True)
        resume(chat.session)
        assert "unknown provider 'box'" in chat.talk("two")
        assert chat.drafts[-1] == "two"
        assert "re: one" in chat.talk("/retry -m groq/openai/gpt-oss-120b")
        chat.talk("three")
        assert asked(server) == ["one", "re: one", "three"]
        chat.session.world.environ["OPENAI_API_KEY"] = "sk-key"  # type: ignore[index]
        assert "is now in use" in chat.talk("/model openai/gpt-5")
        told_of = chat.talk("/model groq/openai/gpt-oss-120b")
        assert "its context is 131,072 tokens" in told_of


def test_settings_hold_from_the_next_question_on(chat: Paper, server: Server) -> None:
    for line, sign in (
        ("/set temprature=1", "did you mean 'temperature'"),
        ("/set temperature=0.5", "temperature = 0.5"),
        ("/system Be brief.", "applies from the next question on"),
        ("one", "re: one"),
        ("/set temperature", "temperature = 0.5"),
        ("/set wire=bogus", "wire: expected one of chat"),
        ("/set max_tokens=0", "--max-tokens 0: expected a whole number above 0"),
        ("/set stop=END", "stop = END"),
        ("/set strict=on", "strict = on"),
        ("/set", "temperature = 0.5\nstop = END\nstrict = on\n"),
        ("/set temperature=", "is no longer set"),
        ("/set temperature", "temperature is not set"),
        ("two", "re: two"),
        ("/system @nowhere.md", "cannot read nowhere.md"),
        ("/system -", "no system prompt applies from the next question on"),
        ("three", "re: three"),
        ("/system", "no system prompt is set"),
    ):
        assert sign in chat.talk(line)
    first, second, third = (seen.json() for seen in server.requests)
    assert first["temperature"] == 0.5 and "temperature" not in second
    assert [m["content"] for m in second["messages"][:2]] == ["Be brief.", "one"]
    assert [m["content"] for m in third["messages"][:2]] == ["one", "re: one"]
    assert chat.aichat.invoke("ask", "-c", "--no-stdin", "four").code == 0
    assert server.requests[3].json()["messages"][0]["content"] == "one"


def test_files_folders_and_output_are_attached(aichat: Program, server: Server) -> None:
    (aichat.home / "a b.txt").write_text("alpha")
    (aichat.home / "src").mkdir()
    (aichat.home / "src" / "x.py").write_text("x = 1")
    (aichat.home / "src" / "x.bin").write_bytes(b"\xff\xfe\x00")
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        told(chat, "/attach `echo out $GROQ_API_KEY`", "echo out")
        shown = told(chat, 'see @"a b.txt" and @src and @who', "re: ")
        assert "attached: echo out $GROQ_API_KEY, a b.txt, src/x.py" in " ".join(shown.split())
        (text,) = asked(server)
        for piece in ("```\nout\n```", "a b.txt\n```\nalpha", "src/x.py\n```\nx = 1", "see @"):
            assert piece in text
        assert "1 non-text files skipped" not in text
        told(chat, "/attach nowhere.txt", "cannot read nowhere.txt")
        told(chat, "/attach http://127.0.0.1:9/", "is an address of this machine")
        talk(chat, "plain")
        assert asked(server)[-1] == "plain"


def test_the_path_of_a_text_file_that_is_dropped_on_the_prompt_attaches_it(
    aichat: Program, server: Server
) -> None:
    path = aichat.home / "a b.txt"
    path.write_text("alpha")
    image = aichat.home / "x.png"
    image.write_bytes(b"\x89PNG\r\n")
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.type("see ").paste(str(path).replace(" ", "\\ ")).wait_until('> see @"')
        chat.type("and ").paste(str(image)).wait_until("x.png")
        chat.press("enter")
        answered(chat, "alpha")
        (text,) = asked(server)
        assert "```\nalpha\n```" in text and text.endswith(f'see @"{path}" and {image}')
        chat.type("/export ").paste(str(path)).wait_until("> /export /")


def test_a_picture_that_is_dropped_or_copied_is_offered(aichat: Program, server: Server) -> None:
    """It stands in the line before it is sent, and the toolbar tells what it takes."""
    (aichat.home / "x.png").write_bytes(png(20, 20))
    (aichat.home / "bin").mkdir()
    tool = aichat.home / "bin" / "xclip"
    tool.write_text(f"#!/bin/sh\ncat {aichat.home}/x.png\n")
    tool.chmod(0o755)
    aichat.environ |= {"PATH": f"{tool.parent}:{aichat.environ['PATH']}", "DISPLAY": ":9"}
    configure_box(aichat, server.url)
    uri = f"data:image/png;base64,{base64.b64encode(png(20, 20)).decode()}"
    with server, open_repl(aichat, "-p", "box") as chat:
        chat.wait_for_prompt()
        chat.paste(str(aichat.home / "x.png")).wait_until("> @")
        chat.type("and \x16").wait_until("@clip:")
        chat.send_line("what?")
        chat.wait_until("attached: ")
        chat.wait_for_prompt()
        told(chat, "/attach clip:", "clipboard: image/png")
        (seen,) = server.requests
    content = seen.json()["messages"][-1]["content"]
    pictures = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    assert pictures == [uri, uri]


def test_a_paste_never_attaches(aichat: Program, server: Server) -> None:
    for name in (".env", "b.txt"):
        (aichat.home / name).write_text(f"LEAK-{name}")
    long = f"{'x ' * 10_000} @b.txt @.env "
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.paste("use @.env and\n@b.txt").type(" here").wait_until("@b.txt here")
        chat.send_line("")
        answered(chat, "re: use")
        chat.wait_until("pasted, so not attached: .env, b.txt")
        chat.paste(long).wait_until("[paste 1:")
        chat.send_line(" short")
        answered(chat, "short")
        told(chat, "/retry", "re: ")
        chat.paste("/system @b.txt").wait_until("> /system @b.txt")
        told(chat, "", "a pasted @ names no file")
        chat.type("\x1b[A\x1b[A\x1b[A").wait_until("> use @.env and")
        chat.send_line("")
        answered(chat, "re: use")
        sent = [message for seen in range(len(server.requests)) for message in asked(server, seen)]
    assert not [text for text in sent if "LEAK" in text]
    assert sent[0] == "use @.env and\n@b.txt here" and f"{long} short" in sent


def test_a_shell_command_is_run_and_its_output_offered(aichat: Program, server: Server) -> None:
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.send_line("!tty; echo $GROQ_API_KEY.").wait_until("attach the output of tty; echo")
        told(chat, "2", "attach it")
        told(chat, "look", "re: tty; echo")
        assert re.search(r"/dev/\S+\n\.\n", asked(server)[0])
        chat.send_line("!echo two; exit 4").wait_until("exit status 4")
        chat.wait_until("Enter takes")
        chat.type("\x1b").wait_until(lambda _: "Enter takes" not in chat.screen_text)
        chat.wait_for_prompt()  # what is typed before it stands in it, and is not sent
        chat.send_line("!true").wait_until(lambda shown: re.search(r"> !true\s+>", shown))
        chat.wait_for_prompt()
        told(chat, "!", "usage: !COMMAND")
        told(chat, "!!x", "re: !x")
        chat.paste("!touch pasted").wait_until("> !touch pasted")
        told(chat, "", "re: !touch pasted")
        assert asked(server)[-3:] == ["!x", "re: !x", "!touch pasted"]
    assert not (aichat.home / "pasted").exists()


def test_a_first_message_runs_nothing(chat: Paper) -> None:
    Loop(chat.session, Script([], []), SLASH_COMMANDS).run("!touch first")  # type: ignore[arg-type]
    assert "re: !touch first" in chat.shown
    assert not Path("first").exists()


def test_what_looks_like_a_secret_is_asked_about(aichat: Program, server: Server) -> None:
    (aichat.home / ".env").write_text("LEAK")
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        told(chat, "one @.env", "looks like a secret")
        chat.type("2").press("ctrl-c").wait_until("nothing was sent")
        chat.wait_until(lambda _: "> one @.env" in chat.screen.display[chat.screen.cursor.y])
        told(chat, "", "1  leave it out")
        told(chat, "1", "re: one @.env")
        told(chat, "/attach .env", "looks like a secret")
        told(chat, "2", ".env: 4 characters")
        told(chat, "two", "attached: .env")
        first, *_, last = asked(server)
    assert first == "one @.env" and "LEAK" in last


def test_a_cut_answer_is_finished(aichat: Program) -> None:
    with Server(chat_stream(["Hello wor"], finish="length"), chat_stream(["ld"])) as server:
        chat = Paper(aichat.point_groq_at(server.url))
        assert "output limit" in chat.talk("hi")
        assert "ld" in chat.talk("/continue")
        assert "Hello wor" in asked(server)
        assert "nothing to continue" in chat.talk("/continue")


def test_the_rest_of_a_cut_answer_counts_its_code_on(aichat: Program) -> None:
    cut, rest = chat_stream(["```py\na\n```\n"], finish="length"), chat_stream(["\n```js\nb\n```"])
    with Server(cut, rest) as server:
        aichat.environ["MOONSHOT_API_KEY"] = "sk-x"
        aichat.environ["AICHAT_MOONSHOT_BASE_URL"] = f"{server.url}/v1"
        with open_repl(aichat) as chat:
            chat.wait_for_prompt()
            told(chat, "hi", "output limit")
            told(chat, "/continue", "── js · 2 ──")
            told(chat, "/save 2 b.js", "code block 2 written")
    assert (aichat.home / "b.js").read_text() == "b\n"


def test_the_editor_gets_the_draft_and_no_key(aichat: Program, server: Server) -> None:
    script = aichat.home / "editor.sh"
    script.write_text(
        '#!/bin/sh\nenv > "$HOME/env"\nprintf "%s from the editor" "$(cat $1)" > $1\n'
    )
    script.chmod(0o755)
    aichat.environ |= {"EDITOR": str(script), "BOX_PASS": "seecret"}
    aichat.write_config(
        f'[providers.box]\nwire = "chat"\nbase_url = "{server.url}"\nkey_env = "BOX_PASS"\n'
    )
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.type("words").wait_until("> words")
        chat.type("\x18\x05").wait_until("> words from the editor")
        chat.press("enter")
        answered(chat, "re: words from the editor")
        told(chat, "/attach `env`", "env: ")
        told(chat, "what is set", "re: env")
        assert "HOME=" in asked(server)[-1] and "seecret" not in asked(server)[-1]
    seen = (aichat.home / "env").read_text()
    assert "GROQ_API_KEY" not in seen and "seecret" not in seen


def test_keys_can_be_bound_otherwise(aichat: Program, server: Server) -> None:
    aichat.write_config('[bindings]\nsubmit = "f5"\nnewline = ["enter"]\nsubmt = "f6"\n')
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_until("bindings.submt: unknown key; did you mean 'submit'?")
        chat.wait_for_prompt()
        chat.type("a\rb\x1b[15~")
        answered(chat, "re: a")
        assert asked(server) == ["a\nb"]
        chat.type("/keys\x1b[15~").wait_until("f5 ")


def test_vi_keys_edit_the_line(aichat: Program, server: Server) -> None:
    aichat.write_config('[ui]\nediting = "vi"\n')
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.type("ac").wait_until("> ac")
        chat.type("\x1b").wait_until(lambda _: chat.screen.cursor.x == 3)
        chat.type("ib").wait_until("> abc")
        chat.press("enter")
        answered(chat, "re: abc")


def test_commands_models_and_paths_are_completed(aichat: Program, server: Server) -> None:
    (aichat.home / "notes.txt").write_text("x")
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.type("/rea").wait_until("show the last reasoning")
        chat.press("tab").wait_until("> /reasoning")
        chat.clear()
        chat.type("see @no").wait_until("notes.txt")
        chat.press("tab").wait_until("> see @notes.txt")
        chat.clear()
        chat.type("/attach no").wait_until("notes.txt")
        chat.clear()
        chat.type("/model oss-120").wait_until("$0.15 / $0.60   · 131K")
        chat.press("tab").wait_until("> /model groq/openai/gpt-oss-120b")


def test_no_save_keeps_the_conversation_in_this_run_only(aichat: Program, server: Server) -> None:
    with server:
        chat = Paper(aichat.point_groq_at(server.url), no_save=True)
        chat.talk("one", "two")
        assert asked(server) == ["one", "re: one", "two"]
        assert "to first" in chat.talk("/retry")
        assert not chat.session.tree.is_stored
    assert len(aichat.invoke("history", "list").text.splitlines()) == 1  # the names of its columns


def test_two_repls_in_one_conversation_lose_no_turn(aichat: Program, server: Server) -> None:
    with server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke("ask", "-C", "ours", "--no-stdin", "zero").code == 0
        one, two = (Paper(aichat, conversation="ours") for _ in range(2))
        for chat in (one, two):
            resume(chat.session)
        one.talk("a")
        two.talk("b")
        one.talk("c")
        assert asked(server) == ["zero", "re: zero", "a", "re: a", "c"]
    said = {text for role, _, text in stored(aichat, "ours") if role == "user"}
    assert said == {"zero", "a", "b", "c"}


def test_the_other_commands_do_no_harm(chat: Paper) -> None:
    for line in ("/help", "/tokens", "/clear", "/profile"):
        assert "re: two" in chat.talk("one", line, "two")


def test_exit_leaves(aichat: Program) -> None:
    with open_repl(aichat.point_groq_at("http://127.0.0.1:9")) as chat:
        chat.wait_for_prompt()
        assert chat.send_line("/exit").wait_for_exit() == 0


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ("/edit", "no question to edit yet"),
        ("/edit 1", "no question to edit yet"),
        ("/history 0", "/history needs a number from 1 to 1000, or here"),
        ("/history abc", "/history needs a number from 1 to 1000, or here"),
        (f"/history {'9' * 5000}", "/history needs a number from 1 to 1000, or here"),
        (f"/load {'9' * 5000}", "no conversation"),
    ],
    ids=range(6),
)
def test_a_number_that_is_none_is_said_in_a_line(chat: Paper, line: str, sign: str) -> None:
    shown = chat.talk(line)
    assert sign in " ".join(shown.split()) and "internal error" not in shown
