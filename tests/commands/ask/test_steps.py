"""Prompts of several steps: each asked by itself, all of them one conversation and one answer."""

import json
from collections.abc import Iterator

import pytest

from tests.commands.ask.test_all_eight import KEYS, SPEAKS
from tests.commands.prompts.test_prompts import write_prompt
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.session import Paper

STEPS = """---
model: groq/one
temperature: 0.1
system: Be {{tone}}.
vars:
  tone: brief
schema: name
---
Draft about {{input}}.
### STEP: critique
---
model: groq/two
system: You judge.
extract: true
---
Judge {{1}}: {{previous}}

### STEP: rewrite
Rewrite {{previous}}
"""
CODE = "So:\n```\nbad {{input}} {{!id}}\n```\n"
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@pytest.fixture
def steps(aichat: Program) -> Iterator[tuple[Program, Server]]:
    aichat.environ.update(KEYS)
    write_prompt(aichat, "m", STEPS)
    with Server() as server:
        yield aichat.point_groq_at(server.url), server


def answer_with(server: Server, *texts: str) -> None:
    for text in texts:
        server.push(chat_stream([text], usage=USAGE))


def bodies(server: Server) -> list[list[tuple[str, str]]]:
    return [
        [(one["role"], one["content"]) for one in request.json()["messages"]]
        for request in server.requests
    ]


def test_each_step_has_its_model_its_system_prompt_and_the_answer_before(
    steps: tuple[Program, Server],
) -> None:
    aichat, server = steps
    answer_with(server, "a draft", CODE, '{"name": "end"}')
    done = aichat.invoke("ask", "-t", "m", "--no-stdin", "tone=kind", "lakes", "deep")
    assert (done.text, done.code) == ('{"name":"end"}\n', 0)
    assert [one.json()["model"] for one in server.requests] == ["one", "two", "one"]
    assert [one.json()["temperature"] for one in server.requests] == [0.1, 0.1, 0.1]
    assert ["response_format" in one.json() for one in server.requests] == [False, False, True]
    assert bodies(server)[:2] == [
        [("system", "Be kind."), ("user", "Draft about lakes deep.")],
        [("system", "You judge."), ("user", "Judge lakes: a draft")],
    ]
    assert bodies(server)[2][-1] == ("user", "Rewrite bad {{input}} {{!id}}")
    told = [line for line in done.stderr.splitlines() if "step" in line]
    assert told == [
        f"aichat: step {n} of 3: groq/{m}" for n, m in ((1, "one"), (2, "two"), (3, "one"))
    ]


def test_all_are_one_conversation_that_goes_on(steps: tuple[Program, Server]) -> None:
    aichat, server = steps
    answer_with(server, "a draft", CODE, '{"name": "end"}', "more")
    aichat.invoke("ask", "-t", "m", "--no-stdin", "lakes")
    shown = json.loads(aichat.invoke("history", "show", "--json").text)
    assert len(json.loads(aichat.invoke("history", "list", "--json").text)) == 1
    said = [turn["message"]["role"] for turn in shown["turns"]]
    parents = [turn.get("parent") for turn in shown["turns"]]
    assert said == [*("system", "user", "assistant") * 3]
    assert parents == [None, *range(1, 9)]
    aichat.invoke("ask", "-c", "-m", "groq/one", "--no-stdin", "and then")
    assert [role for role, _ in bodies(server)[-1]][1:] == ["user", "assistant"] * 3 + ["user"]


def test_json_has_the_sum_and_each_step(steps: tuple[Program, Server]) -> None:
    aichat, server = steps
    answer_with(server, "a draft", CODE, '{"name": "end"}')
    done = aichat.invoke("ask", "-t", "m", "--json", "--no-save", "--no-stdin", "lakes")
    found = json.loads(done.text)
    assert (found["text"], found["usage"]["input"], found["usage"]["output"]) == (
        '{"name": "end"}',
        30,
        15,
    )
    assert [(one["text"], one["usage"]["input"]) for one in found["steps"]] == [
        ("a draft", 10),
        (CODE, 10),
        ('{"name": "end"}', 10),
    ]
    assert found["conversation"] is None


@pytest.mark.parametrize(
    ("second", "code", "kind"),
    [("no code", 12, "no_code"), ("```\n```", 9, "truncated"), ("", 9, "truncated")],
)
def test_a_step_that_fails_ends_it_and_loses_nothing(
    second: str, code: int, kind: str, steps: tuple[Program, Server]
) -> None:
    aichat, server = steps
    step = "{{previous}}" if second == "" else "---\nextract: true\n---\n{{previous}}"
    write_prompt(aichat, "m", f"---\nmodel: groq/x\n---\nx\n### STEP:\n{step}\n### STEP:\nend")
    answer_with(server, "first", second, "never")
    done = aichat.invoke("ask", "-t", "m", "--json", "--no-stdin", "lakes")
    found = json.loads(done.text)
    assert (done.code, found["error"]["kind"], len(server.requests)) == (code, kind, 2)
    assert [one["text"] for one in found["steps"]] == ["first", second]
    assert "first" in aichat.invoke("history", "show").text


def test_what_all_may_cost_is_one_limit(steps: tuple[Program, Server]) -> None:
    aichat, server = steps
    aichat.environ["AICHAT_GROQ_BASE_URL"] = f"{server.url}/groq/v1"
    write_prompt(aichat, "m", "a\n### STEP:\nb {{previous}}\n### STEP:\nc {{previous}}")
    dear = {"prompt_tokens": 100, "completion_tokens": 20_000, "total_tokens": 20_100}
    for _ in range(3):
        server.push(chat_stream(["a"], usage=dear))
    limit = ("--max-cost", "0.01", "-m", "groq/openai/gpt-oss-120b")
    done = aichat.invoke("ask", "-t", "m", "--no-stdin", *limit, "x")
    assert (done.code, len(server.requests)) == (11, 1)


@pytest.mark.parametrize("provider", SPEAKS)
def test_a_dry_run_shows_each_step_of_every_provider(
    provider: str, steps: tuple[Program, Server]
) -> None:
    aichat, _ = steps
    write_prompt(aichat, "m", "Draft {{input}}\n### STEP:\nJudge {{previous}} of {{input}}")
    done = aichat.invoke("ask", "-t", "m", "-p", provider, "--dry-run", "--no-stdin", "lakes")
    first, second = done.text.split("\n\ncurl ")
    assert "Draft lakes" in first
    assert "Judge {{previous}} of lakes" in second
    assert "Draft lakes" not in second


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("{{previous}}\n### STEP:\nx", (), "{{previous}} is of the others"),
        ("x\n### STEP:\n\n### STEP:\ny", (), "a step says one thing"),
        ("x\n### STEP:\n---\ntools: [a]\n---\ny", (), "'tools' would run programs"),
        ("x\n### STEP:\n---\nvars: [a]\n---\ny", (), "unknown key 'vars'"),
        ("x\n### STEP:\ny", ("-m", "groq/a", "-m", "groq/b"), "is for one model"),
        ("x\n### STEP:\ny", ("--each", "m.csv"), "--each and a prompt of several steps"),
    ],
)
def test_what_makes_no_sense_of_steps_is_one_line(
    text: str, words: tuple[str, ...], why: str, steps: tuple[Program, Server]
) -> None:
    aichat, server = steps
    write_prompt(aichat, "m", text)
    done = aichat.invoke("ask", "-t", "m", "--no-stdin", *words, "x")
    assert (done.text, done.code, server.requests) == ("", 2, [])
    assert why in done.stderr.splitlines()[0]


def test_in_the_chat_steps_are_turns_and_its_model_stays(steps: tuple[Program, Server]) -> None:
    aichat, server = steps
    write_prompt(
        aichat, "m", "Draft {{input}}\n### STEP:\n---\nmodel: groq/two\n---\nx {{previous}}"
    )
    answer_with(server, "a draft", "better", "after")
    chat = Paper(aichat, model="groq/mine")
    assert "step 2 of 2: groq/two" in chat.say("/prompt m lakes")
    chat.say("more")
    assert [one.json()["model"] for one in server.requests] == ["mine", "two", "mine"]
    assert bodies(server)[-1][1:] == [
        ("assistant", "a draft"),
        ("user", "x a draft"),
        ("assistant", "better"),
        ("user", "more"),
    ]
