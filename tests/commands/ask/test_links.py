"""Sources that are redirects: where they lead is listed when it is asked for, and only then."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.net.pages import web_page
from tests.support.answering.answers import ScriptedCitation, messages_stream
from tests.support.answering.server import Reply, Server
from tests.support.running.program import SENTINEL, Program, Result

MOVED = "http://localhost"  # another host than the one that redirects


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that redirects, and counts for once as one of the open net."""
    monkeypatch.setattr(web_page, "is_public", lambda _: True)
    with Server() as server:
        moved = f"{MOVED}:{server.url.rpartition(':')[2]}/tides"
        server.push(Reply(302, {"location": moved}, length=True))
        server.push(Reply(200, length=True))
        yield server


def asked(home: Path, links: Server, *words: str, config: str = "") -> Result:
    aichat = Program(home)
    aichat.write_config(config)
    source = ScriptedCitation(f"{links.url}/grounding-api-redirect/A", "Tides")
    with Server(messages_stream(["Tides come."], citations=(source,))) as server:
        keys = {"ANTHROPIC_API_KEY": SENTINEL, "AICHAT_ANTHROPIC_BASE_URL": server.url}
        ran = aichat.invoke("ask", "-p", "anthropic", "--search", *words, "hi", environ=keys)
    assert ran.code == 0
    return ran


def moved_to(links: Server) -> str:
    return f"{MOVED}:{links.url.rpartition(':')[2]}/tides"


def test_a_link_is_left_as_it_is_unless_asked(tmp_path: Path, links: Server) -> None:
    assert f"[1] Tides  {links.url}/grounding" in asked(tmp_path, links).stderr
    assert links.requests == []


def test_where_a_link_leads_is_listed(tmp_path: Path, links: Server) -> None:
    ran = asked(tmp_path, links, "--resolve-links")
    assert ran.stderr == f"[1] Tides  {moved_to(links)}\n"
    assert [(seen.method, seen.body) for seen in links.requests] == [("HEAD", b"")] * 2
    assert SENTINEL not in str([seen.raw_headers for seen in links.requests])


def test_a_profile_asks_for_it_too(tmp_path: Path, links: Server) -> None:
    config = '[profiles.x]\nprovider = "anthropic"\nresolve_links = true\n'
    assert moved_to(links) in asked(tmp_path, links, "-P", "x", config=config).stderr


def test_programs_get_both_links_and_the_store_keeps_both(tmp_path: Path, links: Server) -> None:
    (cited, *_) = json.loads(asked(tmp_path, links, "--resolve-links", "--json").text)["citations"]
    link = f"{links.url}/grounding-api-redirect/A"
    assert (cited["url"], cited["redirect"]) == (moved_to(links), link)
    shown = Program(tmp_path).invoke("history", "show", "last", "--json").text
    assert moved_to(links) in shown and link in shown


def test_events_tell_the_source_again(tmp_path: Path, links: Server) -> None:
    lines = asked(tmp_path, links, "--resolve-links", "--events").text.splitlines()
    told = [event for event in map(json.loads, lines) if event["type"] == "source"]
    assert [event.get("redirect") for event in told] == [
        None,
        f"{links.url}/grounding-api-redirect/A",
    ]
    assert told[-1]["url"] == moved_to(links)


def test_a_page_inside_is_never_asked(
    tmp_path: Path, links: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert f"{links.url}/grounding" in asked(tmp_path, links, "--resolve-links").stderr
    assert links.requests == []
