"""What can be attached: files, folders, and pages of the open web only."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from aichat.app.question.attachments import MAX_FILES, read_attachments
from aichat.core.message.compose import Attachment, user_message
from aichat.core.message.message import Text
from aichat.errors import AichatError
from aichat.net.pages import web_page as pages
from aichat.net.pages.public_address import is_public
from aichat.net.pages.web_page import fetch_page
from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever

ADDRESSES = [
    ("93.184.215.14", True),
    ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ("127.0.0.1", False),
    ("10.1.2.3", False),
    ("172.16.0.1", False),
    ("192.168.1.1", False),
    ("169.254.169.254", False),
    ("100.64.0.1", False),
    ("0.0.0.0", False),
    ("224.0.0.1", False),
    ("::1", False),
    ("fe80::1%eth0", False),
    ("fd00::1", False),
    ("::ffff:127.0.0.1", False),
    ("2002:7f00:1::", False),
]


@pytest.mark.parametrize(("address", "public"), ADDRESSES)
def test_only_addresses_of_the_open_net_may_be_fetched(address: str, public: bool) -> None:
    assert is_public(address) is public


def anywhere(_: str) -> bool:
    return True


def page(body: bytes, kind: str = "text/plain; charset=utf-8") -> Reply:
    return Reply(headers={"content-type": kind}, body=[body], length=True)


def test_a_page_is_its_text_and_html_what_there_is_to_read() -> None:
    html = b"<title>T</title><script>x()</script><p>One <b>bold</b> word<p>Two"
    with Server(page("é".encode()), page(html, "text/html")) as server:
        assert fetch_page(server.url, anywhere).text == "é"
        assert fetch_page(f"{server.url}/a?b=c", anywhere).text == "T\n\nOne bold word\nTwo\n"
    assert [seen.path for seen in server.requests] == ["/", "/a?b=c"]


def test_a_redirect_is_followed_only_to_where_one_may_go() -> None:
    with Server(page(b"inner")) as inner:
        there = Reply(302, {"location": f"http://localhost:{inner.port}/"})
        seen: list[str] = []

        def first_only(address: str) -> bool:
            seen.append(address)
            return len(seen) == 1

        with Server(there) as outer, pytest.raises(AichatError, match="address of this machine"):
            fetch_page(outer.url, first_only)
        assert not inner.requests
        with Server(there) as outer:
            assert fetch_page(outer.url, anywhere).text == "inner"


REFUSED = [
    (page(b"x" * 2_000_001), "more than 2 MB"),
    (page(b"\x89PNG", "image/png"), "is not text"),
    (Reply(404), "HTTP 404"),
    (Reply(302, {"location": "file:///etc/passwd"}), "only http and https"),
    (Reply(302, {"location": "http://[::1"}), "an invalid address"),
    (Reply(302, {"location": "/"}), "too many times"),
]


@pytest.mark.parametrize(("reply", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_is_no_bounded_text_is_refused(reply: Reply, words: str) -> None:
    with Server(reply) as server, pytest.raises(AichatError, match=words):
        fetch_page(server.url, anywhere)


def test_a_folder_is_its_text_files_and_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("b")
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "x.bin").write_bytes(b"\xff")
    told: list[str] = []
    found = read_attachments(str(tmp_path), told.append)
    assert [(Path(one.name).name, one.text) for one in found] == [("a.txt", "a"), ("b.txt", "b")]
    assert "2 files" in told[0] and "1 non-text files skipped" in told[0]
    for number in range(MAX_FILES):
        (tmp_path / f"{number}.txt").write_text("x")
    with pytest.raises(AichatError, match="has more than"):
        read_attachments(str(tmp_path), told.append)


def test_ask_takes_a_folder_and_refuses_a_private_page(aichat: Program) -> None:
    (aichat.home / "src").mkdir()
    (aichat.home / "src" / "x.py").write_text("x = 1\n")
    with Server(chat_stream(["ok"])) as server:
        result = aichat.point_groq_at(server.url).run("ask", "-f", "src", "what")
        assert (result.code, result.text) == (0, "ok\n")
        assert "src/x.py\n```\nx = 1\n```" in server.requests[0].json()["messages"][0]["content"]
        result = aichat.run("ask", "-f", server.url, "what")
        assert result.code == 2 and "address of this machine" in result.stderr
        assert len(server.requests) == 1


def test_a_page_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_SECONDS", 0.3)
    with (
        Server(
            Reply(headers={"content-type": "text/plain"}, body=[b"x", hold_forever()])
        ) as server,
        pytest.raises(AichatError, match=r"not loaded after|no data for"),
    ):
        fetch_page(server.url, anywhere)


@pytest.mark.parametrize("words", [("-f", "pipe"), ("-s", "@pipe")], ids=" ".join)
def test_a_pipe_that_nobody_writes_is_named_after_a_second(
    words: tuple[str, str], aichat: Program
) -> None:
    os.mkfifo(aichat.home / "pipe")
    with Server(chat_stream(["ok"])) as server:
        process = aichat.point_groq_at(server.url).start(
            "ask", *words, "hi", cwd=aichat.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        assert b"waiting for" in process.stderr.readline()
        (aichat.home / "pipe").write_text("late words")
        assert process.communicate(timeout=10)[0] == b"ok\n"
        assert "late words" in str(server.requests[0].json()["messages"])


def test_a_pipe_that_is_written_at_once_is_not_named(aichat: Program) -> None:
    os.mkfifo(aichat.home / "pipe")
    told: list[str] = []
    writer = threading.Thread(target=lambda: (aichat.home / "pipe").write_text("words"))
    writer.start()
    (found,) = read_attachments(str(aichat.home / "pipe"), told.append)
    writer.join()
    assert found.text == "words" and told == []


def test_a_pipe_that_nobody_writes_is_left_by_ctrl_c(aichat: Program) -> None:
    os.mkfifo(aichat.home / "pipe")
    process = aichat.start("ask", "-f", "pipe", "hi", cwd=aichat.home, stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=5)
    assert process.returncode == -signal.SIGINT and b"Traceback" not in stderr


@pytest.mark.parametrize("unit", ["`", "`\n", "``a", "```\n"])
def test_a_file_of_backticks_is_fenced_in_time_that_grows_with_it(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    (part,) = user_message("hi", [Attachment("a.txt", text)]).parts
    assert time.process_time() - began < 1
    assert isinstance(part, Text)
    fence = part.text.split("\n")[1]
    assert set(fence) == {"`"} and fence not in text and len(fence) >= 4 - (unit in ("`\n", "``a"))
