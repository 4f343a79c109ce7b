"""An answer that the provider makes by itself is fetched whole, once, whatever happens to us."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answering.answers import responses_stream
from tests.support.answering.answers_interactions import (
    DONE,
    interaction_events,
    interaction_frames,
)
from tests.support.answering.server import (
    SSE,
    Cut,
    Reply,
    SeenRequest,
    Server,
    chat_error,
    chat_whole,
)
from tests.support.answering.talk import Talk
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever

PIECES = [f"piece {n}. " for n in range(40)]
WHOLE = "".join(PIECES)


def numbered(reply: Reply) -> list[bytes]:
    """The events of an answer, each with its number, as OpenAI sends them."""
    events = b"".join(step for step in reply.body if isinstance(step, bytes)).split(b"\n\n")
    found = []
    for event in filter(None, events):
        name, data = event.split(b"\n", 1)
        told = json.loads(data.removeprefix(b"data: "))
        told["sequence_number"] = len(found)
        found.append(name + b"\ndata: " + json.dumps(told).encode() + b"\n\n")
    return found


class OpenAi:
    """A server that goes on with an answer by itself; links break after so many events."""

    def __init__(self, breaks: int = 10**6, *, stays: bool = False) -> None:
        self.events = numbered(responses_stream(PIECES))
        self.breaks, self.stays = breaks, stays
        self.id = re.findall(rb'"id": ?"(resp[^"]*)"', self.events[0])[0].decode()

    def answer(self, seen: SeenRequest) -> Reply:
        if seen.method == "POST":
            body = seen.json()
            assert body["background"] is True and body["store"] is True and body["stream"] is True
            return Reply(headers=SSE, body=[self.events[0], hold_forever()])
        assert self.id in seen.path and "stream=true" in seen.path
        after = re.search(r"starting_after=(\d+)", seen.path)
        rest = self.events[int(after[1]) + 1 if after else 0 :]
        if len(rest) > self.breaks:
            end = hold_forever() if self.stays else Cut()
            return Reply(headers=SSE, body=[*rest[: self.breaks], end])
        return Reply(headers=SSE, body=rest)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        yield made


def turns_of(talk: Talk) -> list[tuple[str, str]]:
    """Of the stored conversation the path to its end: who spoke and what."""
    stored = talk.stored_conversation()
    return [
        (t["message"]["role"], "".join(p.get("text", "") for p in t["message"]["parts"]))
        for t in stored["turns"]
    ]


def begin(aichat: Program, server: Server, openai: OpenAi) -> Talk:
    server.default = openai.answer
    talk = Talk(aichat, server)
    begun = talk.run("ask", "think long", "--background", "-p", "openai")
    assert (begun.text, begun.code) == (f"{openai.id}\n", 0)
    assert f"aichat ask --resume {openai.id}" in begun.stderr
    return talk


@pytest.mark.parametrize("words", [("--resume", "ID"), ("-c",)])
def test_an_answer_is_begun_and_fetched_later(
    words: tuple[str, ...], aichat: Program, server: Server
) -> None:
    openai = OpenAi()
    talk = begin(aichat, server, openai)
    got = talk.run("ask", *(openai.id if word == "ID" else word for word in words))
    assert (got.text.strip(), got.code) == (WHOLE.strip(), 0), got.stderr
    assert [seen.method for seen in server.requests] == ["POST", "GET"]
    said = turns_of(talk)
    assert said[0] == ("user", "think long") and said[-1] == ("assistant", WHOLE)
    again = talk.run("ask", "--resume", openai.id)
    assert again.code == 2 and "is here already" in again.stderr
    assert sum(seen.method == "POST" for seen in server.requests) == 1


@pytest.mark.parametrize("breaks", [1, 7, *map(long_case, (2, 30))])
def test_a_lost_link_is_taken_up_behind_the_last_event(
    breaks: int, aichat: Program, server: Server
) -> None:
    openai = OpenAi(breaks)
    talk = begin(aichat, server, openai)
    got = talk.run("ask", "-c")
    assert (got.text.strip(), got.code) == (WHOLE.strip(), 0), got.stderr
    asked = [int(n) for r in server.requests for n in re.findall(r"after=(\d+)", r.path)]
    assert asked == sorted(set(asked)) and asked[0] == breaks - 1
    assert sum(seen.method == "POST" for seen in server.requests) == 1


@pytest.mark.parametrize("events", [1, 20, *map(long_case, range(3, 41, 2))])
def test_a_client_that_is_killed_loses_nothing_and_asks_nothing_twice(
    events: int, aichat: Program, server: Server
) -> None:
    openai = OpenAi(events, stays=True)
    talk = begin(aichat, server, openai)
    process = aichat.start("ask", "--resume", openai.id)
    assert server.wait_requests(2, timeout=60)
    text = sum(b"output_text.delta" in event for event in openai.events[:events])
    assert process.stdout is not None
    for piece in PIECES[:text]:
        assert process.stdout.read(len(piece)).decode() == piece
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.communicate()
    openai.breaks = 10**6
    got = talk.run("ask", "--resume", openai.id)
    assert (got.text.strip(), got.code) == (WHOLE.strip(), 0), got.stderr
    assert turns_of(talk)[-1] == ("assistant", WHOLE)
    assert sum(seen.method == "POST" for seen in server.requests) == 1


def test_an_interrupted_wait_is_taken_up_by_c(aichat: Program, server: Server) -> None:
    openai = OpenAi(5, stays=True)
    talk = begin(aichat, server, openai)
    process = aichat.start("ask", "-c", stdout=subprocess.PIPE)
    assert server.wait_requests(2, timeout=60)
    assert process.stdout is not None
    process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    process.communicate()
    openai.breaks = 10**6
    got = talk.run("ask", "-c")
    assert (got.text.strip(), got.code) == (WHOLE.strip(), 0), got.stderr
    assert sum(seen.method == "POST" for seen in server.requests) == 1


def test_a_link_that_stays_lost_is_told_and_given_up_with_what_has_come(
    aichat: Program, server: Server
) -> None:
    openai = OpenAi(7)
    talk = begin(aichat, server, openai)
    heard = Reply(headers=SSE, body=[*openai.events[:7], Cut()])
    lost = chat_error(503, "down", headers={"retry-after": "60"})
    server.default = lambda seen: lost if "starting_after" in seen.path else heard
    got = talk.run("ask", "-c")
    text = got.text.removesuffix("\n")
    assert (got.code, text) == (9, WHOLE[: len(text)]) and "piece 0" in text
    assert aichat.waits[1:] == [60.0] * 15
    assert got.stderr.endswith("cut off: down (HTTP 503)\n  finish it with: aichat ask -c\n")


def test_a_new_question_waits_for_the_answer(aichat: Program, server: Server) -> None:
    talk = begin(aichat, server, OpenAi())
    told = talk.run("ask", "-c", "and now?")
    assert told.code == 2 and "still to be fetched" in told.stderr
    assert len(server.requests) == 1


def test_json_has_the_id(aichat: Program, server: Server) -> None:
    openai = OpenAi()
    server.default = openai.answer
    talk = Talk(aichat, server)
    told = json.loads(talk.run("ask", "q", "--background", "--json", "-p", "openai").text)
    assert (told["response_id"], told["background"]) == (openai.id, True)
    assert (told["complete"], told["finish_reason"], told["error"]) == (False, None, None)


def whole(text: str, status: str) -> dict[str, Any]:
    """A Responses answer in one piece."""
    message = {"type": "message", "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": text, "annotations": []}]}  # fmt: skip
    return {"id": "resp_p", "object": "response", "status": status, "model": "m",
            "output": [message] if text else []}  # fmt: skip


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply(status, {"content-type": "application/json"}, [json.dumps(value).encode()])


#: Provider -> what it says to the question, to the first looks, to the last; what is asked.
POLLED = {
    "perplexity": (
        json_reply(whole("", "queued")),
        [json_reply(whole("", "queued")), json_reply(whole("", "in_progress"))],
        json_reply(whole("Found it.", "completed")),
        "/perplexity/v1/responses/resp_p",
    ),
    "xai": (
        json_reply({"request_id": "defer/1"}),
        [Reply(202, {"content-type": "application/json"}, [b""]), Reply(202)],
        chat_whole("Found it."),
        "/xai/v1/chat/deferred-completion/defer%2F1",
    ),
}


@pytest.mark.parametrize("provider", POLLED)
def test_an_answer_that_cannot_be_followed_is_looked_for_until_it_is_there(
    provider: str, aichat: Program, server: Server
) -> None:
    first, pending, last, path = POLLED[provider]
    talk = Talk(aichat, server)
    server.push(first)
    begun = talk.run("ask", "q", "--background", "-p", provider)
    assert begun.code == 0, begun.stderr
    for reply in (*pending, last):
        server.push(reply)
    got = talk.run("ask", "--resume", begun.text.strip())
    assert (got.text, got.code) == ("Found it.\n", 0), got.stderr
    assert [seen.path for seen in server.requests[1:]] == [path] * 3
    assert server.requests[0].json().get("stream") is False
    assert len(aichat.waits) >= 2
    assert turns_of(talk)[-1] == ("assistant", "Found it.")


def test_gemini_is_followed_on_its_own_wire_from_the_last_event(
    aichat: Program, server: Server
) -> None:
    frames = interaction_frames(interaction_events(["one ", "two ", "three"]))

    def answer(seen: SeenRequest) -> Reply:
        if seen.method == "POST":
            body = seen.json()
            assert body["background"] is True and body["store"] is True
            return Reply(headers=SSE, body=[frames[0], hold_forever()])
        after = re.search(r"last_event_id=e(\d+)", seen.path)
        rest = frames[int(after[1]) + 1 :] if after else frames[:4]
        return Reply(headers=SSE, body=[*rest, DONE if after else Cut()])

    server.default = answer
    talk = Talk(aichat, server)
    begun = talk.run("ask", "q", "--background", "-p", "gemini")
    assert (begun.text, begun.code) == ("int_1\n", 0), begun.stderr
    got = talk.run("ask", "--resume", "int_1")
    assert (got.text, got.code) == ("one two three\n", 0), got.stderr
    assert [seen.path.partition("?")[0] for seen in server.requests] == [
        "/gemini/v1beta/interactions",
        *["/gemini/v1beta/interactions/int_1"] * 2,
    ]


REFUSED = {
    ("-p", "groq"): (5, "Groq does not answer in the background"),
    ("-p", "openai", "--wire", "chat"): (5, "use --wire responses"),
    ("-p", "openai", "--no-save"): (2, "--background and --no-save"),
    ("-m", "openai/a", "-m", "openai/b"): (2, "for one model"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_is_told_before_anything_is_sent(
    words: tuple[str, ...], aichat: Program, server: Server
) -> None:
    told = Talk(aichat, server).run("ask", "q", "--background", *words)
    code, says = REFUSED[words]
    assert told.code == code and says in told.stderr, told.stderr
    assert server.requests == []


@pytest.mark.parametrize("provider", ["openai", "xai", "perplexity", "gemini"])
def test_a_dry_run_shows_the_request_that_is_sent(
    provider: str, aichat: Program, server: Server
) -> None:
    talk = Talk(aichat, server)
    words = ("ask", "q", "--background", "-p", provider, "--retries", "0", "--cache", "off")
    dry = talk.run(*words, "--dry-run")
    assert (dry.stderr, dry.code, server.requests) == ("", 0, [])
    talk.run(*words)
    shown = json.loads(dry.text.partition("<<'JSON'\n")[2].rpartition("JSON")[0])
    assert shown == server.requests[0].json() and server.requests[0].path in dry.text


def test_a_dry_run_of_fetching_shows_how_it_is_fetched(aichat: Program, server: Server) -> None:
    openai = OpenAi()
    talk = begin(aichat, server, openai)
    dry = talk.run("ask", "--resume", openai.id, "--dry-run")
    assert dry.code == 0 and f"curl -sS -N -X GET '{server.url}" in dry.text, dry.stderr
    assert f"/responses/{openai.id}?stream=true'" in dry.text and len(server.requests) == 1


def test_a_dry_run_of_what_cannot_be_is_told(aichat: Program, server: Server) -> None:
    told = Talk(aichat, server).run("ask", "q", "--background", "-p", "groq", "--dry-run")
    assert (told.text, told.code) == ("", 5)


def test_an_id_that_nobody_knows_is_told(aichat: Program, server: Server) -> None:
    told = Talk(aichat, server).run("ask", "--resume", "resp_x")
    assert told.code == 2 and "no answer 'resp_x'" in told.stderr
