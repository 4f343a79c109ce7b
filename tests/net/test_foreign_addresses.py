"""Addresses that others wrote, wherever they come in, and which of them go past a proxy."""

import re

import pytest

from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Source
from aichat.core.http.connection import ConnectionOptions
from aichat.core.message.message import Message, Text
from aichat.errors import AichatError
from aichat.net.pages.web_page import fetch_page
from aichat.net.proxy import proxy_for
from aichat.term.html.page import render_page
from tests.core.http.test_url import BAD
from tests.net.test_tls_and_proxy import Proxy
from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.running.program import SHARED, Program
from tests.support.running.whole_runs import configure_box, stderr_lines

#: What Python takes and httpx does not, and the other way round.
ODD = ["http://xn--a/", "http://xn--/", "http://[v1.x]/", "http://ﬀ.example/", "http://\u0378.a/"]
ARGUMENTS = [url for url in BAD if url == url.strip() and "\0" not in url and "\ud800" not in url]


@pytest.mark.parametrize("url", [*ARGUMENTS, *ODD], ids=ascii)
def test_an_attachment_that_is_no_address_is_a_mistake_of_use(url: str, aichat: Program) -> None:
    result = aichat.invoke("ask", "--dry-run", "-f", url, "hi")
    assert result.code == 2 and "is not a valid address" in result.stderr, result.stderr
    assert "bug" not in result.stderr


@pytest.mark.parametrize("url", [*ARGUMENTS, *ODD], ids=ascii)
def test_a_base_url_that_is_none_is_a_mistake_of_the_config(url: str, aichat: Program) -> None:
    aichat.environ |= {"GROQ_API_KEY": "k", "AICHAT_GROQ_BASE_URL": url}
    result = aichat.invoke("ask", "hi")
    assert result.code == 3 and "bug" not in result.stderr


@pytest.mark.parametrize("url", [*ARGUMENTS, *ODD], ids=ascii)
def test_a_proxy_that_is_none_is_a_mistake_of_the_config(url: str, aichat: Program) -> None:
    configure_box(aichat, "http://api.example.invalid", "allow_http = true\n")
    result = aichat.invoke("ask", "-p", "box", "hi", environ={"HTTP_PROXY": url})
    assert result.code == 3 and stderr_lines(result)[0].startswith("aichat: ")
    assert "proxy: it is not a valid address" in result.stderr


@pytest.mark.parametrize("url", [u for u in (*ARGUMENTS, *ODD) if u.isascii()], ids=ascii)
def test_a_redirect_to_what_is_no_address_is_told(url: str, aichat: Program) -> None:
    if "\n" in url or "\x7f" in url:
        pytest.skip("no header can say it")
    there = Reply(302, {"location": url}, length=True)
    with Server(default=there) as server:
        with pytest.raises(AichatError, match=r"not a valid address|an invalid address"):
            fetch_page(server.url, lambda _: True)
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert result.code == 7 and "redirects to" in result.stderr


def test_no_address_stops_a_page_of_conversations() -> None:
    for url in (*BAD, *ODD):
        text = f"See {url} and [this]({url}) and <{url}> [1].\n\n[r]: {url}\n"
        answer = Answer("acme", "m", Message("assistant", (Text(text),), "acme", "m"))
        answer = answer._replace(sources=(Source(1, url, None),))
        turn = Turn(answer.message, 1.79e9, 1, None)._replace(answer=answer, status="complete")
        page = "".join(render_page([Conversation(Summary("a", url, 1.0, 1.0, 1, 1, "m"), (turn,))]))
        assert page.endswith("</html>\n")


@pytest.mark.parametrize("host", ["10.9.9.9", "llm.corp.invalid", "[fd00::5]"])
def test_a_proxy_is_asked_for_the_host_as_it_is_written(host: str, aichat: Program) -> None:
    with Server(default=chat_stream(["through"])) as far:
        proxy = Proxy(far.port)
        configure_box(aichat, f"http://{host}:11434", "allow_http = true\n")
        environ = {"HTTP_PROXY": f"http://{proxy.address}", "NO_PROXY": "11.0.0.0/8"}
        result = aichat.invoke("ask", "-p", "box", "hi", environ=environ)
        proxy.close()
    assert result.text == "through\n"
    assert proxy.asked == [f"POST http://{host}:11434/v1/chat/completions"]
    assert f"\r\nhost: {host}:11434" in proxy.heads[0].decode().lower()


def test_the_exceptions_of_the_report_are_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    script = (SHARED / "testdata/reports/40-no-proxy-ranges/run.sh").read_text()
    pairs = re.findall(r'"([^"|$]+)\|([^"|$}]+)"', script)
    assert len(pairs) == 4
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for host, no_proxy in pairs:
        url = f"http://{host}:11434/v1"
        monkeypatch.setenv("no_proxy", "somewhere.else")
        assert proxy_for(url, ConnectionOptions()) == "http://127.0.0.1:9"
        monkeypatch.setenv("no_proxy", no_proxy)
        assert proxy_for(url, ConnectionOptions()) is None
        assert proxy_for(url, ConnectionOptions(proxy="http://a:1")) == "http://a:1"
