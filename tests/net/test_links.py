"""Links that are followed: where they lead, what is never gone to, and within what bounds."""

import threading
from collections.abc import Callable, Iterator

import pytest

from aichat.errors import usage_error
from aichat.net.pages import links
from aichat.net.pages.links import final_links
from tests.support.answering.server import Reply, ScriptedReply, Server, SilentReply

#: Hosts that nobody has: the guard says where they are dialled.
FROM, TO = "http://go.example", "http://page.example"


def loopback(url: str) -> str:
    """A guard that takes every host for this machine, but one that is inside."""
    if "//inner." in url:
        raise usage_error("inside")
    return "127.0.0.1"


def points(place: str, status: int = 302) -> Reply:
    return Reply(status, {"location": place}, length=True)


PAGE = Reply(200, {"content-type": "text/html"}, length=True)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def push(server: Server, *replies: ScriptedReply) -> None:
    for reply in replies:
        server.push(reply)


def port(server: Server) -> str:
    return server.url.rpartition(":")[2]


def test_a_link_leads_to_where_its_redirects_end(server: Server) -> None:
    end = f"{TO}:{port(server)}/tides?x=1"
    push(server, points("/b"), points(end, 301), PAGE)
    link = f"{FROM}:{port(server)}/a"
    assert final_links([link], loopback) == {link: end}
    assert [(seen.method, seen.path) for seen in server.requests] == [
        ("HEAD", "/a"), ("HEAD", "/b"), ("HEAD", "/tides?x=1"),
    ]  # fmt: skip
    assert all("authorization" not in seen.headers for seen in server.requests)


@pytest.mark.parametrize("reply", [PAGE, Reply(405, length=True), points("/b")])
def test_a_page_and_what_stays_on_its_host_leads_to_itself(server: Server, reply: Reply) -> None:
    push(server, reply, PAGE)
    assert final_links([f"{FROM}:{port(server)}/a"], loopback) == {}


@pytest.mark.parametrize(
    "place",
    [
        *("http://inner.example/admin", "file:///etc/passwd", "javascript:alert(1)"),
        *("http://user:word@page.example/", "ftp://page.example/x", "http://[::1/"),
    ],
)
def test_what_may_not_be_gone_to_is_no_place_to_be_sent_to(server: Server, place: str) -> None:
    push(server, points(place))
    assert final_links([f"{FROM}:{port(server)}/a"], loopback) == {}
    assert len(server.requests) == 1


def test_a_link_that_goes_on_for_ever_leads_as_far_as_was_looked(server: Server) -> None:
    hop: Callable[[int], str] = lambda n: f"http://h{n}.example:{port(server)}/"  # noqa: E731
    push(server, *(points(hop(n)) for n in range(1, 20)))
    assert final_links([hop(0)], loopback) == {hop(0): hop(links.MAX_REDIRECTS)}
    assert len(server.requests) == links.MAX_REDIRECTS


def test_nothing_of_this_machine_is_asked(server: Server) -> None:
    push(server, points(f"{TO}/"))
    assert final_links([f"{server.url}/a", "kb://note/1", "no address"]) == {}
    assert server.requests == []


def test_what_does_not_answer_is_left_and_cut(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "ALL_SECONDS", 0.3)
    push(server, SilentReply())
    assert final_links([f"{FROM}:{port(server)}/a"], loopback) == {}


def test_many_are_looked_at_at_once_and_no_more_than_many(server: Server) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def guard(url: str) -> str:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.wait(0.05)
        with lock:
            now[0] -= 1
        raise usage_error("seen")

    gate = threading.Event()
    assert final_links([f"{FROM}/{n}" for n in range(3 * links.AT_ONCE)], guard) == {}
    assert 1 < most[0] <= links.AT_ONCE
