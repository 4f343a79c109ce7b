"""Nothing that ``[privacy] redact`` names reaches a server, on any way; answers are whole."""

import json
import re
import signal
from collections.abc import Callable

import pytest

from tests.app.exchange.test_background import OpenAi, numbered
from tests.support.answering.answers import responses_stream
from tests.support.answering.live import LiveServer, openai_answer
from tests.support.answering.server import Reply, SeenRequest, Server, chat_stream
from tests.support.answering.talk import TARGETS, ScriptedAnswer, Talk, text_in
from tests.support.answering.tool_rounds import calling, scripted_calls
from tests.support.running.marks import long_case
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import hold_forever
from tests.support.values.media import wav

REDACT = '[privacy]\nredact = ["email", "secret", "regex:\\\\bproject-\\\\w+"]\n'
EMAIL, KEY, OWN = "bob@example.com", "AKIAIOSFODNN7EXAMPLE", "project-zebra"


@pytest.fixture
def talk(aichat: Program) -> "Callable[[Server], Talk]":
    return lambda server: Talk(aichat, server, REDACT)


def sent(server: Server) -> str:
    """All that the server was sent but its key: bodies and addresses."""
    return "\n".join(seen.path + seen.body.decode() for seen in server.requests)


def plants(count: int) -> list[str]:
    """Addresses and secrets of several looks, no two alike."""
    kinds = ("p{}@mail.example.com", "ghp_{:036d}", "AKIA{:016d}", "sk-{:030d}")
    return [kinds[n % len(kinds)].format(n) for n in range(count)]


def test_200_planted_secrets_reach_nobody_and_come_back(aichat: Program) -> None:
    every = plants(200)
    prompt, system, attached, returned, later = (every[n : n + 40] for n in range(0, 200, 40))
    (aichat.home / "notes.txt").write_text("\n".join(attached))
    (aichat.home / "read.txt").write_text(json.dumps({"found": returned}) + "\n".join(returned))
    tool = ("--tool", "read_file", "--root", str(aichat.home), "--allow", "read_file(*.txt)")

    def echo(seen: SeenRequest) -> Reply:
        """All placeholders that the server knows, cut in the middle of some."""
        known = dict.fromkeys(re.findall(r"\[[A-Z]+_\d+\]", seen.body.decode()))
        text = " ".join(known)
        return chat_stream([text[at : at + 7] for at in range(0, len(text), 7)])

    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        server.push(calling(("read_file", {"path": "read.txt"})))
        server.push(echo)
        words = ("-p", "box", "-f", "notes.txt", "-s", " ".join(system), " ".join(prompt))
        first = aichat.invoke("ask", *words, *tool)
        assert first.code == 0, first.stderr
        server.push(echo)
        second = aichat.invoke("ask", "-c", "-p", "box", *later)
        assert len(server.requests) == 3
        assert [one for one in every if one in sent(server)] == []
        assert {*every[:160]} == {*first.text.split()}
        assert {*every} == {*second.text.split()}
        stored = [text_in(turn) for turn in talk.stored_conversation()["turns"]]
    assert stored[-1] == second.text.rstrip("\n")


@pytest.mark.parametrize(
    "name", [name if name in ("openai", "anthropic") else long_case(name) for name in TARGETS]
)
def test_every_provider_is_told_placeholders_and_quoted_whole(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    reply = target.reply(
        ScriptedAnswer(("To [EMA", "IL_1], [SECRET", "_1], [REDACTED_1]"), ("Hm.",))
    )
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        for words in ((), ("-c",)):
            done = talk.ask(
                reply, "-p", target.provider, *target.words, *words, f"{EMAIL} {KEY} {OWN}"
            )
            assert (done.text, done.code) == (f"To {EMAIL}, {KEY}, {OWN}\n", 0), done.stderr
        assert not any(one in sent(server) for one in (EMAIL, KEY, OWN))
        assert sent(server).count("[EMAIL_1]") == 4  # asked; asked, answered, asked


@pytest.mark.parametrize(
    "name",
    [name if name == "anthropic" else long_case(name) for name in TARGETS if "sonar" not in name],
)
def test_a_tool_is_called_with_what_was_meant(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    (aichat.home / f"{EMAIL}.txt").write_text(f"{KEY}\n")
    call = scripted_calls(("read_file", {"path": "[EMAIL_1].txt"}))
    tools = ("--tool", "read_file", "--root", str(aichat.home), "--allow", "read_file(*.txt)")
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        server.push(target.reply(ScriptedAnswer((), (), call, finish="tool_calls")))
        server.push(target.reply(ScriptedAnswer(("It is [SECRET_1].",))))
        done = talk.run("ask", "-p", target.provider, *target.words, *tools, f"read it: {EMAIL}")
        assert (done.text, done.code) == (f"It is {KEY}.\n", 0), done.stderr
        assert not any(one in sent(server) for one in (EMAIL, KEY))


#: What asks for something else than a conversation, and the answer to it.
EMBEDDED = Reply(body=[json.dumps({"data": [{"index": 0, "embedding": [0.5]}]}).encode()])
COMMANDS = {
    "embed": (("embed", "-p", "openai", f"to {EMAIL}"), EMBEDDED),
    "moderate": (("moderate", "-p", "openai", f"to {EMAIL}"), Reply(body=[b'{"results":[]}'])),
    "api": (("api", "box", "POST", "/x", "--data", f'{{"a":"{EMAIL}"}}'), Reply(body=[b"{}"])),
    "form": (("api", "box", "POST", "/x", "--form", f"a=to {EMAIL}"), Reply(body=[b"{}"])),
    "count": (("count", "-p", "anthropic", f"to {EMAIL}"), Reply(body=[b'{"input_tokens":3}'])),
}


@pytest.mark.parametrize("case", ["form", *map(long_case, sorted(COMMANDS.keys() - {"form"}))])
def test_other_commands_send_nothing_private_either(case: str, aichat: Program) -> None:
    words, reply = COMMANDS[case]
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        server.push(reply)
        talk.run(*words)
        dry = talk.run(*words, "--dry-run")
        assert "[EMAIL_1]" in sent(server)
        assert EMAIL not in sent(server)
    assert "[EMAIL_1]" in dry.text
    assert EMAIL not in dry.text


def test_a_stored_answer_is_not_that_to_a_question_about_somebody_else(aichat: Program) -> None:
    with Server(*[chat_stream(["write to [EMAIL_1]"]) for _ in range(2)]) as server:
        talk = Talk(aichat, server, REDACT)
        for who, count in ((EMAIL, 1), ("alice@example.com", 2), (EMAIL, 2)):
            done = talk.run("ask", "-p", "box", "--cached", "--no-stdin", f"greet {who}")
            assert (done.text, len(server.requests)) == (f"write to {who}\n", count)


def test_a_dry_run_shows_the_placeholders_and_counts_them(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        done = talk.run("ask", "-p", "box", "--dry-run", f"{EMAIL} {OWN} {KEY} and {EMAIL}")
        assert (
            done.stderr == "aichat: [privacy] redact: 1 x email, 1 x secret, 1 x regex replaced\n"
        )
        assert '"content": "[EMAIL_1] [REDACTED_1] [SECRET_1] and [EMAIL_1]"' in done.text
        assert server.requests == []


def test_a_dry_run_of_a_recording_shows_them_too(aichat: Program) -> None:
    (aichat.home / "a.wav").write_bytes(wav(1))
    aichat.write_config(REDACT)
    aichat.environ["GROQ_API_KEY"] = "k"
    words = ("transcribe", "-p", "groq", "--dry-run", "--prompt", EMAIL, "a.wav")
    done = aichat.invoke(*words)
    assert (done.code, EMAIL in done.text, "[EMAIL_1]" in done.text) == (0, False, True)


def test_the_keys_of_this_machine_are_secrets_whatever_they_look_like(aichat: Program) -> None:
    aichat.environ["CI_DEPLOY_TOKEN"] = "plain-old-text-7"
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        talk.ask(chat_stream(["ok"]), "-p", "box", f"my {SENTINEL} and plain-old-text-7")
        assert talk.bodies[0]["messages"][0]["content"] == "my [SECRET_1] and [SECRET_2]"


def test_a_socket_is_told_placeholders_too(aichat: Program) -> None:
    with LiveServer("openai", openai_answer("Dear [EM", "AIL_1]", "!")) as server:
        aichat.write_config(REDACT)
        done = server.point(aichat).invoke("ask", "--live", "-p", "openai", f"write to {EMAIL}")
        assert (done.text, done.code) == (f"Dear {EMAIL}!\n", 0), done.stderr
        assert EMAIL not in json.dumps(server.frames)


def test_an_answer_that_is_fetched_later_is_whole_too(aichat: Program) -> None:
    openai = OpenAi(breaks=3)
    openai.events = numbered(responses_stream(["Dear [EM", "AIL_1]", "!"]))
    with Server(default=openai.answer) as server:
        talk = Talk(aichat, server, REDACT)
        assert talk.run("ask", "-p", "openai", "--background", f"write to {EMAIL}").code == 0
        done = talk.run("ask", "-c")
        assert EMAIL not in sent(server)
    assert (done.text, done.code) == (f"Dear {EMAIL}!\n", 0), done.stderr


def test_an_answer_in_json_stays_json(aichat: Program) -> None:
    aichat.environ["MY_SECRET"] = 'pa"ss"word'
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        reply = chat_stream(['{"a": "[SECR', 'ET_1]"}'])
        done = talk.ask(reply, "-p", "box", "--schema", "a", 'it is pa"ss"word')
    assert (json.loads(done.text), done.code) == ({"a": 'pa"ss"word'}, 0), done.stderr


def test_a_pattern_that_takes_for_ever_sends_nothing(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aichat.app.setup.privacy.search.MAX_SECONDS", 0.25)
    with Server() as server:
        talk = Talk(aichat, server, '[privacy]\nredact = ["regex:(a+)+$"]\n')
        done = talk.run("ask", "-p", "box", "a" * 60 + "!")
        assert (done.code, server.requests) == (3, [])
    assert "took more than 0.25 s, so nothing was sent" in done.stderr


def test_what_was_held_back_is_stored_where_the_user_ends_it(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        begun = chat_stream(["a [EMAIL_1]", " [EMA"], finish=None, usage=None)
        whole = b"".join(step for step in begun.body[:3] if isinstance(step, bytes))
        server.push(Reply(200, begun.headers, [whole, hold_forever()]))
        process = aichat.start("ask", "-p", "box", "--no-stdin", f"to {EMAIL}")
        assert process.stdout is not None
        assert process.stdout.read(len(f"a {EMAIL}")).decode() == f"a {EMAIL}"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
        stored = talk.stored_conversation()["turns"]
    text = text_in(stored[-1])  # whether what follows had been read is not seen from here
    assert text in (f"a {EMAIL} [EMA"[:end] for end in range(len(f"a {EMAIL}"), len(text) + 1))


def test_what_a_cut_answer_held_back_is_kept(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, REDACT)
        cut = chat_stream(["a [EMAIL_1] [EMA"], finish=None, usage=None)
        done = talk.ask(Reply(200, cut.headers, cut.body[:2]), "-p", "box", EMAIL)
    assert done.stdout == f"a {EMAIL} [EMA\n".encode()
    assert done.code == 9


BAD = {
    'redact = ["phone"]': "expected a list of",
    'redact = ["regex:("]': "expected a list of",
    'redact = ["regex:"]': "expected a list of",
    'redact = "email"': "expected a list of",
    "offline = 1": "expected true or false",
    "log = 1": "expected text",
}


@pytest.mark.parametrize("line", [next(iter(BAD)), *map(long_case, [*BAD][1:])])
def test_what_is_wrong_in_the_table_is_told_and_nothing_sent(line: str, aichat: Program) -> None:
    with Server() as server:
        done = Talk(aichat, server, f"[privacy]\n{line}\n").run("ask", "-p", "box", "hi")
        assert (done.code, server.requests) == (3, [])
    assert BAD[line] in done.stderr
