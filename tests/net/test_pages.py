"""Pages of the web under attack: one deadline, linear reading, charsets and addresses by list."""

import codecs
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from aichat.errors import AichatError
from aichat.net.pages import web_page
from aichat.net.pages.page_text import html_text
from aichat.net.pages.public_address import is_public
from aichat.net.pages.web_page import fetch_page
from tests.support.answering.server import (
    Pause,
    RawReply,
    Reply,
    Server,
    SilentReply,
    chat_stream,
)
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever

INNER = [
    *("64:ff9b::1", "64:ff9b::808:808", "64:ff9b:1::1", "64:ff9b:1:ffff::1", "192.0.0.192"),
    *("::7f00:1", "::10.0.0.1", "::8.8.8.8", "fec0::1", "feff::1", "168.63.129.16"),
    *("2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:808:808", "fe80::5efe:10.0.0.1"),
    *("2002:a00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "2002:a83f:8110::"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1", "169.254.0.1", "169.254.170.2"),
    *("169.254.169.254", "100.100.100.200", "198.18.0.1", "192.0.0.1", "240.0.0.1"),
    *("::ffff:169.254.169.254", "::ffff:168.63.129.16", "::ffff:0:10.0.0.1", "100::1"),
    *("2001:db8::1", "3fff::1", "5f00::1", "ff02::1", "fd00:ec2::254", "255.255.255.255", "::"),
]
OUTER = [
    *("8.8.8.8", "168.63.129.17", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::5efe"),
    *("2002:808:808::1", "::ffff:8.8.8.8", "64.0.0.1", "2607:f8b0::1%eth0"),
]


@pytest.mark.parametrize("address", INNER)
def test_what_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTER)
def test_what_is_outside_is_public(address: str) -> None:
    assert is_public(address)


READ = {
    "<title>T</title><p>a<p>b": "T\n\na\nb\n",
    "a<br>b<hr/>c": "a\nb\nc\n",
    "one <b>bold</b> <i class='x>y'>word</i>": "one bold word\n",
    'a<img alt="x > y">b': "a\nb\n",
    "a<a title=it's>b</a>": "ab\n",
    "x<script>if (a<b) '</p>'</script >y": "x\n\ny\n",
    "x<STYLE>p{}</Style>y": "x\n\ny\n",
    "x<script>never ends": "x\n",
    "x<svg><g>hidden</g></svg>y<svg/>z": "x\n\ny\nz\n",
    "x<!-- <p>a --> y<!-->z": "x yz\n",
    "x<!doctype html>y<?php z?>": "xy\n",
    "1 < 2 & 3 > 2 <3 <": "1 < 2 & 3 > 2 <3 <\n",
    "&lt;b&gt; &eacute; &#233; &#xe9; &amp;amp;": "<b> é é é &amp;\n",
    "&#" + "9" * 5000 + "; &#x" + "f" * 5000 + ";": "\ufffd \ufffd\n",
    "a<b": "a\n",
    "a<b c='d": "a\n",
    "a<!-- b": "a\n",
    "</p></svg></x>a": "a\n",
    "": "\n",
}


@pytest.mark.parametrize(("page", "text"), READ.items(), ids=[ascii(p[:30]) for p in READ])
def test_of_a_page_there_is_what_there_is_to_read(page: str, text: str) -> None:
    assert html_text(page) == text


UNITS = [
    *("<a", "<a ", "</a", "<!--", "<!", "<?", "<", "<a b='", '<a b="', "<a =", "<a b=' \"", "&"),
    *("&#", "&#x", "&a", "<script>", "<script", "</script", "<svg>", "<p>", "<p></p>", "-->", "="),
    *("<![CDATA[", "<a\n", "='", "= ", "\n", " ", ">", "<>", "</", "</>", "<a/", "&#9", "&#xf"),
]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("end", ["", long_case(">"), long_case("'\">")])
def test_reading_a_page_is_linear_whatever_it_repeats(unit: str, end: str) -> None:
    page = "<p>" + unit * (400_000 // len(unit)) + end
    began = time.process_time()
    html_text(page)
    assert time.process_time() - began < 1.5


def page(body: bytes, kind: str) -> Reply:
    return Reply(headers={"content-type": kind}, body=[body], length=True)


def everywhere(_: str) -> bool:
    return True


CHARSETS = ["utf-8", "UTF8", "utf-16le", "iso-8859-15", "latin1", "windows-1252", "cp1251"]
CHARSETS += ["koi8-r", "Shift_JIS", "euc-jp", "gbk", "gb18030", "big5", "us-ascii", "macintosh"]


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_of_pages_is_read(charset: str) -> None:
    text = "abc" if "ascii" in charset else "привет" if charset in ("koi8-r", "cp1251") else "abc"
    with Server(page(text.encode(charset), f"text/plain; charset={charset}")) as server:
        assert fetch_page(server.url, everywhere).text == text


FOREIGN = ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "zlib", "rot13"]
FOREIGN += ["undefined", "hex", "aliases", "mbcs", "no-such", "latin99", "cp99999", "iso-8859-99"]


@pytest.mark.parametrize("charset", FOREIGN)
def test_a_codec_that_is_no_charset_of_pages_is_not_used(
    charset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = codecs.lookup
    monkeypatch.setattr(codecs, "lookup", lambda name: asked.append(name) or real(name))
    with Server(page(b"+AGE-\\x41", f"text/plain; charset={charset}")) as server:
        assert fetch_page(server.url, everywhere).text == "+AGE-\\x41"
    assert not {*asked} & {"punycode", "idna", "unicode_escape", "zlib", "aliases"}


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


def drip(piece: bytes, begin: bytes = b"") -> Reply:
    """It goes on for a minute, which nobody waits for who has a deadline."""
    steps = [step for _ in range(1200) for step in (Pause(0.05), piece)]
    return Reply(framing="raw", body=[begin, *steps])


SLOW: dict[str, Reply | Callable[[Any], Reply]] = {
    "no answer": SilentReply(),
    "headers that trickle": drip(b"a", HEAD + b"x: "),
    "headers of a line each": drip(b"x: y\r\n", HEAD),
    "interim answers": drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": drip(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"),
    "a body that trickles": drip(b"a", HEAD + b"\r\n"),
    "a body that stops": Reply(headers={"content-type": "text/plain"}, body=[b"x", hold_forever()]),
    "redirects that trickle": drip(b"a", b"HTTP/1.1 302 Found\r\nlocation: /"),
    "slow redirects": lambda _: Reply(302, {"location": "/x"}, body=[Pause(0.15)]),
}


@pytest.mark.parametrize("name", SLOW)
def test_one_deadline_holds_for_all_of_a_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_page, "MAX_SECONDS", 0.4)
    with Server(default=SLOW[name]) as server:
        began = time.monotonic()
        with pytest.raises(AichatError) as caught:
            fetch_page(server.url, everywhere)
        took = time.monotonic() - began
        assert caught.value.fault.kind == "network" and took < 30, caught.value.fault
        if server.requests and name != "slow redirects":
            assert server.requests[-1].closed.wait(5), "no connection is left behind"


def test_the_deadline_holds_while_a_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_page, "MAX_SECONDS", 0.2)
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: is_over.wait(60))
    began = time.monotonic()
    with pytest.raises(AichatError, match=r"not loaded after 0\.2 s"):
        fetch_page("http://slow.example/", everywhere)
    assert time.monotonic() - began < 30
    is_over.set()


def test_the_deadline_holds_for_the_handshake_of_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_page, "MAX_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        with pytest.raises(AichatError) as caught:
            fetch_page(f"https://127.0.0.1:{mute.getsockname()[1]}/", everywhere)
    assert caught.value.fault.kind == "network" and time.monotonic() - began < 30


def test_the_deadline_holds_while_a_page_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_page, "MAX_SECONDS", 0.3)
    monkeypatch.setattr(web_page, "html_text", lambda _: time.sleep(3) or "")
    with (
        Server(RawReply(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<p>x")) as server,
        pytest.raises(AichatError, match=r"not loaded after 0\.3 s"),
    ):
        fetch_page(server.url, everywhere)


def test_a_page_of_this_machine_is_attached_where_the_user_says_so(aichat: Program) -> None:
    page = Reply(headers={"content-type": "text/plain"}, body=[b"local words"], length=True)
    with Server(default=page) as here, Server(default=chat_stream(["Fine."])) as server:
        aichat.point_groq_at(server.url)
        refused = aichat.invoke("ask", "-f", f"{here.url}/a", "hi")
        assert refused.code == 2 and "--allow-local" in refused.stderr and not here.requests
        done = aichat.invoke("ask", "-f", f"{here.url}/a", "--allow-local", "hi")
        assert (done.code, done.text) == (0, "Fine.\n"), done.stderr
        assert "local words" in json.dumps(server.requests[0].json())


def test_a_redirect_does_not_choose_what_is_looked_at_here() -> None:
    with Server(default=Reply(headers={"content-type": "text/plain"}, body=[b"secret"])) as inner:
        port = inner.url.rpartition(":")[2]
        away = Reply(302, {"location": f"http://localhost:{port}/", "x": "y"})
        with (
            Server(default=away) as server,
            pytest.raises(AichatError) as told,
        ):
            fetch_page(server.url, lambda _: False, allow_local=True)
        assert not inner.requests and "address of this machine" in told.value.fault.message
