"""Sessions of every provider through the whole program, and all that may befall one."""

import json
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from websockets.protocol import State
from websockets.server import ServerProtocol

from aichat.net.transport.websocket import Patience
from tests.support.answering.live import (
    KEY,
    STYLES,
    Close,
    Gate,
    LiveServer,
    Refusal,
    conversation,
)
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl

PROVIDERS = tuple(STYLES)


def answer(provider: str, *words: str) -> list[Any]:
    return STYLES[provider].answer(*words)


def words_put(frames: list[Any]) -> list[str]:
    """The user's words among what was told on a connection, in order."""
    items = [frame["item"] for frame in frames if frame.get("item", {}).get("role") == "user"]
    texts = [part["text"] for item in items for part in item["content"]]
    return texts + [f["realtimeInput"]["text"] for f in frames if "realtimeInput" in f]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_line_is_a_turn_of_one_session(aichat: Program, provider: str) -> None:
    script = [answer(provider, "Hel", f"lo {n}") for n in range(3)]
    with LiveServer(provider, *script) as server:
        done = server.point(aichat).invoke(
            "live", "-p", provider, "-s", "Be brief.", "first", stdin=b"second\n\nthird"
        )
        (frames,) = server.frames
    assert (done.code, done.text, done.stderr) == (0, "Hello 0\nHello 1\nHello 2\n", "")
    assert words_put(frames) == ["first", "second", "third"]
    assert "Be brief." in json.dumps(frames[0]) and "Be brief." not in json.dumps(frames[1:])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_key_goes_in_a_header_and_nowhere_else(aichat: Program, provider: str) -> None:
    with LiveServer(provider, answer(provider, "Hi")) as server:
        server.point(aichat).invoke("live", "-p", provider, "a", "--debug")
        (opening,) = server.openings
    header = "x-goog-api-key" if provider == "gemini" else "authorization"
    assert opening.headers[header].endswith(KEY) and KEY not in opening.path
    assert opening.headers["user-agent"] == "aichat"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_session_goes_on_from_what_is_stored_and_is_priced(
    aichat: Program, provider: str
) -> None:
    with LiveServer(provider, answer(provider, "One"), answer(provider, "Two")) as server:
        server.point(aichat).invoke("live", "-p", provider, "first")
        done = aichat.invoke("live", "-c", "-q", stdin=b"second\n")
        told = json.dumps(server.frames[1])
    assert done.text == "Two\n" and done.code == 0
    assert told.index("first") < told.index("One") < told.index("second")
    head, row = (line.split("\t") for line in aichat.invoke("cost").text.splitlines())
    spent = dict(zip(head, row, strict=True))
    assert spent["requests"] == "2" and (spent["amount"] == "unknown") == (provider == "qwen")


def test_a_file_goes_with_the_first_turn(aichat: Program) -> None:
    (aichat.home / "note.txt").write_text("the note")
    with LiveServer("openai", answer("openai", "One"), answer("openai", "Two")) as server:
        server.point(aichat).invoke("live", "-p", "openai", "-f", "note.txt", stdin=b"a\nb\n")
        first, second = words_put(server.frames[0])
    assert "the note" in first and first.endswith("a") and second == "b"


def test_a_limit_holds_for_the_whole_session(aichat: Program) -> None:
    script = [answer("openai", str(n)) for n in range(3)]  # 0.000042 USD each
    with LiveServer("openai", *script) as server:
        words = ("live", "-p", "openai", "--max-cost", "0.00005")
        done = server.point(aichat).invoke(*words, stdin=b"a\nb\nc\n")
        asked = [frame for frame in server.frames[0] if frame["type"] == "response.create"]
    assert (done.text, done.code, len(asked)) == ("0\n1\n", 11, 2)
    assert "stopped after 2 answers: they reached --max-cost" in done.stderr


def test_a_limit_holds_for_a_session_that_is_typed_too(aichat: Program) -> None:
    script = [answer("openai", word) for word in ("One", "Two", "Three")]  # 0.000042 USD each
    with LiveServer("openai", *script) as server:
        lines = ("a", "One"), ("b", "Two"), ("c", "stopped after 2 answers"), ("/cost", "$0.000084")
        talk(aichat, server, *lines, options=("--max-cost", "0.00005"))
        assert len(server.script) == 1


def limits(left: int) -> Any:
    """So many of a hundred tokens are left, for half a minute."""
    told = {"name": "tokens", "limit": 100, "remaining": left, "reset_seconds": 30.0}
    return {"type": "rate_limits.updated", "rate_limits": [told]}


def test_what_is_left_is_warned_of_once_where_it_is_little(aichat: Program) -> None:
    script = [[limits(left), *answer("openai", "a")[:-1]] for left in (90, 10, 4, 90, 0, 0)]
    with LiveServer("openai", *script) as server:
        words = ("live", "-p", "openai", "--events")
        done = server.point(aichat).invoke(*words, stdin=b"1\n2\n3\n4\n5\n6\n")
    events = [json.loads(line) for line in done.text.splitlines()]
    told = [event["message"] for event in events if event["type"] == "notice"]
    little = "little is left for the next 30 s: {} of 100 tokens"
    assert told == [little.format(10), little.format(0)]


def test_what_is_left_is_shown_in_the_chat(aichat: Program) -> None:
    many = {"name": "requests", "limit": 100, "remaining": 50, "reset_seconds": 30.0}
    told = {**limits(30), "rate_limits": [many, *limits(30)["rate_limits"]]}
    with LiveServer("openai", [told, *answer("openai", "One")[:-1]]) as server:
        said = "50 of 100 requests, 30 of 100 tokens left"
        talk(aichat, server, ("first", "30% of tokens left"), ("/cost", said))


def test_what_a_server_says_of_limits_as_it_opens_is_known_too(aichat: Program) -> None:
    with LiveServer("xai", answer("xai", "One")) as server:
        server.headers = {"x-ratelimit-remaining-requests": "3", "x-ratelimit-limit-requests": "60"}
        done = server.point(aichat).invoke("ask", "--live", "-p", "xai", "hello")
    assert "little is left for now: 3 of 60 requests" in " ".join(done.stderr.split())
    assert "requests: 3" in aichat.invoke("models", "--show", "xai/grok-voice-latest").text


def test_events_are_those_of_every_answer(aichat: Program) -> None:
    with LiveServer("openai", answer("openai", "Hi"), answer("openai", "Ho")) as server:
        done = server.point(aichat).invoke("live", "--events", "-p", "openai", stdin=b"a\nb\n")
    events = [json.loads(line) for line in done.text.splitlines()]
    kinds = [event["type"] for event in events if event["type"] != "usage"]
    assert kinds == ["start", "text", "finish"] * 2
    finish = events[-1]
    assert (finish["text"], finish["complete"]) == ("Ho", True)
    assert (finish["usage"]["input"], finish["usage"]["output"]) == (30, 10)
    assert finish["cost"]["amount"] == pytest.approx(0.000042)  # 30 of 0.6, 10 of 2.4 a million
    assert events[0]["wire"] == "realtime.openai"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_ask_live_is_one_turn(aichat: Program, provider: str) -> None:
    with LiveServer(provider, answer(provider, "Hi")) as server:
        done = server.point(aichat).invoke("ask", "--live", "-p", provider, "hello", "--json")
    told = json.loads(done.text)
    assert (done.code, told["text"], told["finish_reason"]) == (0, "Hi", "stop")
    assert told["model"] and told["conversation"]


def test_a_conversation_held_live_goes_on_over_http_with_the_usual_model(aichat: Program) -> None:
    with LiveServer("openai", answer("openai", "Hi")) as server:
        server.point(aichat).invoke("live", "-p", "openai", "hello")
        done = aichat.invoke("ask", "-c", "more", "--dry-run")
    assert "gpt-realtime" not in done.text and '"Hi"' in done.text


TOOLS = '[{"name": "now", "description": "the time", "parameters": {"type": "object"}}]'


def openai_call() -> list[Any]:
    item = {"type": "function_call", "call_id": "c1", "name": "now", "arguments": "{}"}
    response = {"id": "r", "status": "completed", "output": [item]}
    return [{"type": "response.done", "response": response}]


def gemini_call() -> list[Any]:
    return [{"toolCall": {"functionCalls": [{"id": "c1", "name": "now", "args": {}}]}}]


@pytest.mark.parametrize(("provider", "call"), [("openai", openai_call), ("gemini", gemini_call)])
def test_a_call_is_answered_in_the_next_session(aichat: Program, provider: str, call: Any) -> None:
    with LiveServer(provider, call(), answer(provider, "Noon")) as server:
        server.point(aichat)
        asked = aichat.invoke("ask", "--live", "-p", provider, "when", "--tools", TOOLS, "--json")
        told = json.loads(asked.text)
        done = aichat.invoke("ask", "--live", "-c", "-q", "--tool-result", "c1=12:00")
        again = json.dumps(server.frames[1])
    assert told["finish_reason"] == "tool_calls" and asked.code == 0
    assert [(c["id"], c["name"], c["arguments"]) for c in told["tool_calls"]] == [
        ("c1", "now", "{}")
    ]
    assert (done.text, done.code) == ("Noon\n", 0)
    assert again.index('"now"') < again.index("12:00")


# -- what may befall a session

CUT = STYLES["openai"].answer("part of it")[:3]

#: What the server does, and the exit code and a word of the line that tells it.
FAULTS: dict[str, tuple[list[Any], int, str]] = {
    "lost before anything came": ([Close(1006)], 8, "connection was lost"),
    "closed before anything came": ([Close(1000)], 9, "(1000) ask again"),
    "lost within": ([*CUT, Close(1006)], 9, "cut off"),
    "closed within": ([*CUT, Close(1000)], 9, "(1000)"),
    "too long": ([*CUT, Close(1001, "maximum duration of 60 minutes")], 9, "60 minutes"),
    "bad argument": ([Close(1007, "invalid frame")], 5, "invalid frame"),
    "no such model": ([Close(1008, "model m is not found for API version")], 5, "not found"),
    "bad key": ([Close(1008, "API key not valid")], 4, "API key"),
    "failed": ([Close(1011, "Deadline expired")], 7, "Deadline"),
    "no quota": ([Close(1011, "You exceeded your current quota")], 6, "quota"),
    "too many": ([Close(1011, "To many requests")], 6, "requests"),
    "an old shape": ([Close(4000, "beta_api_shape_disabled")], 1, "beta_api"),
    "no JSON": (['{"type": "response.'], 7, "JSON"),
    "no text": ([b"\xff\xfe"], 7, "not text"),
    "too large": (["x" * (50 << 20)], 7, "16 MB"),
    "an error": (
        [{"type": "error", "error": {"type": "invalid_request_error", "message": "bad field"}}],
        5,
        "bad field",
    ),
    "a harmless error": (
        [
            {"type": "error", "error": {"code": "response_cancel_not_active", "message": "no"}},
            *STYLES["openai"].answer("Hi"),
        ],
        0,
        "",
    ),
    "a limit": (
        [
            {
                "type": "response.done",
                "response": {
                    "status": "incomplete",
                    "status_details": {"reason": "max_output_tokens"},
                },
            }
        ],
        9,
        "limit",
    ),
    "a filter": (
        [
            {
                "type": "response.done",
                "response": {
                    "status": "incomplete",
                    "status_details": {"reason": "content_filter"},
                },
            }
        ],
        10,
        "",
    ),
    "a failure": (
        [
            {
                "type": "response.done",
                "response": {
                    "status": "failed",
                    "status_details": {
                        "error": {"type": "server_error", "code": "rate_limit_exceeded"}
                    },
                },
            }
        ],
        6,
        "",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_code_and_is_never_asked_again(aichat: Program, name: str) -> None:
    steps, code, word = FAULTS[name]
    with LiveServer("openai", steps, STYLES["openai"].answer("again")) as server:
        done = server.point(aichat).invoke("ask", "--live", "-p", "openai", "hello", "-q")
        asked = [
            frame for told in server.frames for frame in told if "response.create" in str(frame)
        ]
    assert done.code == code, done.stderr
    assert word in " ".join(done.stderr.split())
    assert len(done.stderr.splitlines()) <= 2 and len(asked) == 1
    assert "part of it" in done.text or steps[:1] != CUT[:1]


REFUSED = {401: 4, 403: 4, 404: 5}


@pytest.mark.parametrize("status", REFUSED)
def test_a_socket_that_is_not_opened_says_why(aichat: Program, status: int) -> None:
    refusal = Refusal(status, {"error": {"message": "you may not", "code": "nope"}})
    with LiveServer("openai", refusals=[refusal]) as server:
        done = server.point(aichat).invoke("ask", "--live", "-p", "openai", "hello")
    assert done.code == REFUSED[status]
    assert (
        "you may not" in done.stderr and f"HTTP {status}" in done.stderr and KEY not in done.stderr
    )


@pytest.mark.parametrize("status", [429, 503])
def test_an_opening_is_tried_again(aichat: Program, status: int) -> None:
    refusal = Refusal(status, {"error": {"message": "later"}})
    with LiveServer("openai", answer("openai", "Hi"), refusals=[refusal]) as server:
        done = server.point(aichat).invoke("ask", "--live", "-p", "openai", "hello")
        assert len(server.openings) == 2
    assert (done.text, done.code) == ("Hi\n", 0) and len(aichat.waits) == 1


def test_a_redirect_is_not_followed(aichat: Program) -> None:
    with LiveServer("openai", refusals=[Refusal(302)]) as server:
        done = server.point(aichat).invoke("ask", "--live", "-p", "openai", "hello")
    assert done.code == 7 and "not followed" in done.stderr


def test_nobody_there_is_a_network_fault(aichat: Program) -> None:
    with LiveServer("openai") as server:
        server.point(aichat)
    done = aichat.invoke("ask", "--live", "-p", "openai", "hello", "--retries", "0")
    assert done.code == 8 and "nothing is listening" in " ".join(done.stderr.split())


def test_a_server_that_speaks_no_tls_is_a_network_fault(aichat: Program) -> None:
    with LiveServer("openai") as server:
        server.point(aichat)
        aichat.environ["AICHAT_OPENAI_BASE_URL"] = f"https://127.0.0.1:{server.port}/v1"
        done = aichat.invoke("ask", "--live", "-p", "openai", "hello", "--retries", "0")
    assert done.code == 8 and "127.0.0.1" in done.stderr and len(done.stderr.splitlines()) <= 3


class DeafServer:
    """A server that opens a session, begins an answer, and hears no ping."""

    def __enter__(self) -> "DeafServer":
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._hold, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()
        self._link.close()

    def _hold(self) -> None:
        self._link, _ = self._door.accept()
        self._protocol = protocol = ServerProtocol()
        while protocol.state is not State.OPEN:
            protocol.receive_data(self._link.recv(1 << 16))
            for event in protocol.events_received():
                protocol.send_response(protocol.accept(event))  # type: ignore[arg-type]
        for frame in (*STYLES["openai"].greeting, STYLES["openai"].ready, *CUT):
            protocol.send_text(json.dumps(frame).encode())
        self._link.sendall(b"".join(protocol.data_to_send()))


def test_a_server_that_answers_no_ping_is_lost(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aichat.net.transport.websocket._PING_SECONDS", 0.2)
    with DeafServer() as server:
        aichat.environ["OPENAI_API_KEY"] = KEY
        aichat.environ["AICHAT_OPENAI_BASE_URL"] = f"http://127.0.0.1:{server.port}/v1"
        done = aichat.invoke("ask", "--live", "-p", "openai", "hello")
    assert done.code == 9 and "cut off: the connection was lost" in " ".join(done.stderr.split())
    assert done.text == "part of it\n"


def test_a_silent_server_is_waited_for_so_long(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of it; to open the session takes as long as it may on a busy machine."""
    way = "aichat.app.exchange.live.session.Patience"
    monkeypatch.setattr(way, lambda _: Patience(0.2))
    with LiveServer("openai", [Gate()]) as server:
        done = server.point(aichat).invoke(
            "ask", "--live", "-p", "openai", "hello", "--timeout", "60"
        )
    assert done.code == 8 and "no data for 60 s" in done.stderr


def test_a_session_that_was_closed_between_turns_is_opened_again_and_told(aichat: Program) -> None:
    first = [*answer("openai", "One")[:-1], Close(1001, "maximum duration")]
    with LiveServer("openai", first, answer("openai", "Two")) as server:
        done = server.point(aichat).invoke("live", "-p", "openai", stdin=b"first\nsecond\n")
        told = json.dumps(server.frames[-1])
    assert (done.text, done.code) == ("One\nTwo\n", 0)
    if len(server.frames) == 2:  # the close came before the second question
        assert "told anew" in " ".join(done.stderr.split())
        assert told.index("first") < told.index("One") < told.index("second")


@pytest.mark.parametrize("came", [CUT, []], ids=["something", "nothing"])
def test_a_session_that_was_lost_amid_an_answer_goes_on_in_another(
    aichat: Program, came: list[Any]
) -> None:
    script = [answer("openai", "One"), [*came, Close(1006)], answer("openai", "Three")]
    with LiveServer("openai", *script) as server:
        lines = ("first", "One"), ("second", "lost"), ("third", "Three")
        assert "told anew" in talk(aichat, server, *lines)
        _, again = server.frames
    told = json.dumps(again)
    assert told.index("first") < told.index("One") < told.index("third")


def test_a_server_that_leaves_is_come_back_to_by_its_handle(aichat: Program) -> None:
    handle = {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}}
    first = [handle, {"goAway": {"timeLeft": "50s"}}, *answer("gemini", "One", "")]
    with LiveServer("gemini", first, answer("gemini", "Two", "")) as server:
        done = server.point(aichat).invoke("live", "-p", "gemini", stdin=b"first\nsecond\n")
        before, after = server.frames
    assert (done.text, done.code, done.stderr) == ("One\nTwo\n", 0, "")
    assert before[0]["setup"]["sessionResumption"] == {}
    assert after[0]["setup"]["sessionResumption"] == {"handle": "h1"}
    assert after[1:] == [{"realtimeInput": {"text": "second"}}]


def talk(
    aichat: Program, server: LiveServer, *lines: tuple[str, str], options: tuple[str, ...] = ()
) -> str:
    """Lines typed one after the other, each once what the one before it is to show is there."""
    chat = Repl(server.point(aichat), "live", "-p", server.provider, *options, reports_cursor=True)
    try:
        chat.wait_for_prompt()
        for line, shown in lines:
            chat.send_line(line).wait_until(shown)
            chat.wait_for_prompt()
        return " ".join(chat.screen_text.split())
    finally:
        chat.close()


@pytest.mark.parametrize("left", [Close(1001, "session expired"), Close(1006)], ids=str)
def test_a_conversation_of_xai_is_gone_on_with_and_nobody_notices(
    aichat: Program, left: Close
) -> None:
    first, last = answer("xai", "One"), answer("xai", "Two")
    again = {"type": "conversation.item.added", "item": {"role": "user", "content": []}}
    with LiveServer("xai", [*first, left], last) as server:
        server.on_resumed = [again]
        shown = talk(aichat, server, ("first", "One"), ("second", "Two"))
        one, two = server.frames
        paths = [opening.path for opening in server.openings]
    assert paths[1] == f"{paths[0]}&conversation_id=conv_1" and "anew" not in shown
    assert one[0] == two[0] and one[0]["session"]["resumption"] == {"enabled": True}
    assert words_put(two) == ["second"]


def another(server: LiveServer) -> None:
    """The conversation is not known any more."""
    server.style = server.style._replace(greeting=[*STYLES["openai"].greeting, conversation("x")])


FORGOTTEN: dict[str, Callable[[LiveServer], object]] = {
    "another is begun": another,
    "it is not opened": lambda server: server.refusals.append(Refusal(404)),
    "it is refused": lambda server: setattr(
        server, "on_resumed", [{"type": "error", "error": {"message": "no such conversation"}}]
    ),
}


@pytest.mark.parametrize("how", FORGOTTEN)
def test_a_conversation_that_xai_has_forgotten_is_told_anew(aichat: Program, how: str) -> None:
    script = [[*answer("xai", "One"), Close(1001)], answer("xai", "Two")]
    with LiveServer("xai", *script) as server:
        script[0].insert(0, lambda: FORGOTTEN[how](server))
        server.script[0] = script[0]
        shown = talk(aichat, server, ("first", "One"), ("second", "Two"))
        told, last = json.dumps(server.frames[-1]), server.openings[-1].path
    assert "told anew" in shown and ("conversation_id" in last) == (how == "another is begun")
    assert told.index("first") < told.index("One") < told.index("second")


def test_a_question_that_was_lost_at_xai_is_not_gone_on_with(aichat: Program) -> None:
    """It may be known there, and answered: a conversation without it is told."""
    script = [answer("xai", "One"), [Close(1006)], answer("xai", "Three")]
    with LiveServer("xai", *script) as server:
        lines = ("first", "One"), ("second", "was lost"), ("third", "Three")
        shown = talk(aichat, server, *lines)
        _, last = server.openings
    assert "told anew" in shown and "conversation_id" not in last.path


def test_a_turn_that_was_refused_does_not_end_the_session(aichat: Program) -> None:
    filtered = FAULTS["a filter"][0]
    with LiveServer("openai", filtered, answer("openai", "Two")) as server:
        done = server.point(aichat).invoke("live", "-p", "openai", stdin=b"first\nsecond\n")
    assert (done.text, done.code) == ("Two\n", 10)


def test_a_key_that_is_not_taken_ends_it(aichat: Program) -> None:
    refusals = [Refusal(401, {"error": {"message": "bad key"}})] * 2
    with LiveServer("openai", refusals=refusals) as server:
        done = server.point(aichat).invoke("live", "-p", "openai", stdin=b"first\nsecond\n")
        assert len(server.openings) == 1
    assert (done.text, done.code) == ("", 4)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("live", "-p", "anthropic", "a"), 5, "these do: openai, gemini, xai, qwen"),
        (("live",), 2, "nothing to say"),
        (("live", "-f", "-", "a"), 2, "the lines of stdin are turns"),
        (("ask", "--live", "--wire", "chat", "-p", "openai", "a"), 2, "cannot be combined"),
        (("ask", "--live", "-m", "gpt-5", "-m", "gpt-5-mini", "a"), 2, "for one model"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(
    aichat: Program, words: tuple[str, ...], code: int, said: str
) -> None:
    aichat.environ |= {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
    done = aichat.invoke(*words)
    assert done.code == code and said in " ".join(done.stderr.split())


def test_a_dry_run_prints_what_is_said_and_no_key(aichat: Program) -> None:
    aichat.environ["OPENAI_API_KEY"] = KEY
    done = aichat.invoke("ask", "--live", "-p", "openai", "it's", "--dry-run", "-s", "Brief.")
    lines = done.text.splitlines()
    assert lines[0].startswith("websocat") and KEY not in done.text
    assert [json.loads(line)["type"] for line in lines[3:-1]] == [
        "session.update",
        "conversation.item.create",
        "response.create",
    ]


def test_without_the_library_it_says_what_to_install(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveServer("openai") as server:
        server.point(aichat)
        monkeypatch.setitem(sys.modules, "websockets", None)
        done = aichat.invoke("ask", "--live", "-p", "openai", "hello")
    assert done.code == 3 and "pip install 'aichat-shell[live]'" in " ".join(done.stderr.split())
