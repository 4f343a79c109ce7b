"""Messages of both eras, and which of them a server is of."""

from typing import Any

import pytest

from aichat.wires.mcp import messages
from aichat.wires.mcp.messages import Era, McpError, McpReply, ServerNote, ServerRequest
from aichat.wires.mcp.negotiation import Negotiation, Step

WORDLESS = McpError(0, "an error without words")
META = "io.modelcontextprotocol/"


def test_a_request_of_today_says_its_version_and_what_we_can_do() -> None:
    era = Era(capabilities={"elicitation": {}})
    sent = messages.request(3, "tools/list", {"cursor": "x"}, era, with_progress=True)
    meta = sent["params"]["_meta"]
    assert (sent["jsonrpc"], sent["id"], sent["method"]) == ("2.0", 3, "tools/list")
    assert (meta[f"{META}protocolVersion"], meta["progressToken"]) == ("2026-07-28", 3)
    assert meta[f"{META}clientCapabilities"] == {"elicitation": {}}
    assert meta[f"{META}clientInfo"]["name"] == "aichat"
    assert sent["params"]["cursor"] == "x"


def test_a_request_of_the_era_before_says_nothing_of_itself() -> None:
    sent = messages.request(1, "tools/list", {}, Era("2025-11-25", is_modern=False))
    assert sent == {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":1}}', McpReply(1, {"a": 1})),
        (b'{"id":1,"error":{"code":-1,"message":"no"}}', McpReply(1, error=McpError(-1, "no"))),
        (
            b'{"id":null,"error":{"message":7}}',
            McpReply(0, error=McpError(0, "an error without words")),
        ),
        (b'{"method":"m","params":{"a":1}}', ServerNote("m", {"a": 1})),
        (b'{"id":"q","method":"ping"}', ServerRequest("q", "ping")),
        (b'{"id":true,"result":{}}', None),
        (b'{"id":"1","result":{}}', None),
        (b'{"id":1,"result":[]}', None),
        (b"starting up", None),
        (b"[]", None),
        (b"\xff{", None),
        (b"[" * 100_000, None),
    ],
)
def test_what_a_server_sends_is_a_message_or_nothing(line: bytes, found: object) -> None:
    assert messages.parse_message(line) == found


def test_a_message_is_one_line_whatever_is_in_it() -> None:
    data = messages.encode({"text": "a\nb\u2028c\ud800"})
    assert b"\n" not in data and data.decode()


DISCOVERED = McpReply(1, {"supportedVersions": ["2026-07-28"]})
BEGUN = McpReply(2, {"protocolVersion": "2025-06-18"})
UNKNOWN = McpReply(1, error=McpError(-32601, "no such method"))
WRONG_VERSION = McpReply(2, error=McpError(-32022, "unsupported version"))


def told(*news: tuple[str, McpReply | None]) -> Step:
    """What comes of the answers of a server, in their order."""
    asked = Negotiation({"modern": 1}, {"legacy": 1})
    step = Step()
    for kind, reply in news:
        if reply is None:
            step = asked.hear_silence()
        else:
            step = (
                asked.hear_discovery(reply) if kind == "discover" else asked.hear_beginning(reply)
            )
    return step


@pytest.mark.parametrize(
    ("news", "ask", "version"),
    [
        ([("discover", DISCOVERED)], "", "2026-07-28"),
        ([("discover", UNKNOWN)], "initialize", ""),
        ([("discover", McpReply(1, {}))], "initialize", ""),
        ([("discover", UNKNOWN), ("initialize", BEGUN)], "", "2025-06-18"),
        ([("", None)], "initialize", ""),
        ([("", None), ("", None)], "", ""),
        ([("", None), ("initialize", BEGUN)], "", "2025-06-18"),
        ([("", None), ("initialize", WRONG_VERSION)], "", ""),
        ([("", None), ("initialize", WRONG_VERSION), ("discover", DISCOVERED)], "", "2026-07-28"),
        ([("discover", UNKNOWN), ("initialize", WRONG_VERSION)], "discover", ""),
    ],
)
def test_the_first_answer_that_is_one_decides_the_era(
    news: list[tuple[str, Any]], ask: str, version: str
) -> None:
    step = told(*news)
    assert (step.ask, step.era.version if step.era else "", step.fault) == (ask, version, "")


@pytest.mark.parametrize(
    ("news", "fault"),
    [
        ([("discover", McpReply(1, error=McpError(-32021, "needs roots")))], "needs roots"),
        ([("discover", UNKNOWN), ("initialize", UNKNOWN)], "no such method"),
        (
            [("discover", UNKNOWN), ("initialize", McpReply(2, {"protocolVersion": "9"}))],
            "it speaks version 9",
        ),
        (
            [("discover", UNKNOWN), ("initialize", WRONG_VERSION)] * 2,
            "it speaks none of our versions",
        ),
    ],
)
def test_a_server_that_speaks_neither_is_told_of(news: list[tuple[str, Any]], fault: str) -> None:
    assert told(*news).fault == fault


def test_what_is_declared_depends_on_the_era() -> None:
    modern, legacy = told(("discover", DISCOVERED)), told(("", None), ("initialize", BEGUN))
    assert modern.era and legacy.era
    assert (modern.era.capabilities, legacy.era.capabilities) == ({"modern": 1}, {"legacy": 1})
