"""Prompts of one's own, as a user keeps them and asks with them."""

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from aichat.errors import AichatError
from tests.commands.ask.test_all_eight import KEYS, SPEAKS
from tests.repl.slash.test_commands import told
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program, curl_body
from tests.support.terminal.repl import open_repl
from tests.support.terminal.session import Paper

TRANSLATE = """---
description: Translate
temperature: 0.2
vars:
  language: French
---
Only the translation into {{language}}.
### INPUT:
good day
### OUTPUT:
bonjour
### INPUT:
{{input}}
"""


def write_prompt(aichat: Program, name: str, text: str) -> Path:
    folder = aichat.config_dir / "prompts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(text)
    return path


def asked(server: Server, place: int = -1) -> Any:
    return json.loads(server.requests[place].body)


def test_a_prompt_is_filled_sent_stored_and_gone_on_with(aichat: Program) -> None:
    write_prompt(aichat, "tr", TRANSLATE)
    with Server(*(chat_stream([one]) for one in ("Hallo {{language}}", "ja"))) as server:
        aichat.point_groq_at(server.url)
        words = ("-t", "tr", "language=German", "--no-stdin", "hello", "{{language}}")
        done = aichat.invoke("ask", *words)
        aichat.invoke("ask", "-c", "--no-stdin", "and", "yes")
    assert (done.code, done.text) == (0, "Hallo {{language}}\n")
    first = [
        {"role": "system", "content": "Only the translation into German."},
        {"role": "user", "content": "good day"},
        {"role": "assistant", "content": "bonjour"},
        {"role": "user", "content": "hello {{language}}"},
    ]
    assert (asked(server, 0)["messages"], asked(server, 0)["temperature"]) == (first, 0.2)
    assert asked(server)["messages"] == [
        *first,
        {"role": "assistant", "content": "Hallo {{language}}"},
        {"role": "user", "content": "and yes"},
    ]


@pytest.mark.parametrize("provider", SPEAKS)
def test_every_provider_is_sent_what_a_prompt_says(provider: str, aichat: Program) -> None:
    aichat.environ.update(KEYS)
    write_prompt(aichat, "tr", TRANSLATE)
    words = ("-p", provider, "-t", "tr", "--dry-run", "--no-stdin", "hello")
    sent = json.dumps(curl_body(aichat.invoke("ask", *words)))
    places = [sent.index(said) for said in ("good day", "bonjour", "hello")]
    assert places == sorted(places)
    assert "Only the translation into French." in sent


def test_stdin_fills_the_input_and_options_go_before_the_prompt(aichat: Program) -> None:
    write_prompt(aichat, "sum", "---\nmodel: groq/one\ntemperature: 1\nstop: END\n---\n<{{input}}>")
    aichat.environ.update(KEYS)
    words = ("-t", "sum", "-m", "groq/two", "--temperature", "0", "--dry-run")
    body = curl_body(aichat.invoke("ask", *words, stdin=b"a log\n"))
    assert body["messages"] == [{"role": "user", "content": "<a log>"}]
    assert (body["model"], body["temperature"], body["stop"]) == ("two", 0.0, ["END"])


def test_a_schema_and_code_alone_come_from_a_prompt_too(aichat: Program) -> None:
    path = write_prompt(aichat, "dog", "---\nschema: name, age int\n---\n{{input}}")
    aichat.environ.update(KEYS)
    words = ("-t", str(path), "-p", "openai", "--dry-run", "--no-stdin", "Rex")
    assert '"age": {"type": "integer"}' in json.dumps(curl_body(aichat.invoke("ask", *words)))
    write_prompt(aichat, "code", "---\nextract: true\n---\nWrite {{input}}")
    with Server(chat_stream(["Here:\n```py\nx = 1\n```\n"])) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "-p", "groq", "-t", "code", "--no-stdin", "it")
    assert (done.text, done.stderr, done.code) == ("x = 1\n", "", 0)


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("---\nsystem: '@/etc/passwd'\n---\n", ("x",), "may not name a file"),
        ("---\nsystem: '{{a}}'\n---\n", ("a=@/etc/passwd", "x"), "may not name a file"),
        ("---\nschema: '@/etc/passwd'\n---\n", ("x",), "expected"),
        ("---\nschema: /etc/passwd\n---\n", ("x",), "expected"),
        ("---\ntools: [sh]\n---\n", ("x",), "'tools' would run programs"),
        ("{{input}}", (), "nothing to ask: prompt p needs words or stdin"),
        ("x" * (1 << 20) + "y", ("x",), "more than 1 MB is no prompt"),
    ],
)
def test_a_hostile_prompt_reads_and_sends_nothing(
    text: str, words: tuple[str, ...], why: str, aichat: Program
) -> None:
    write_prompt(aichat, "p", text)
    with Server() as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "-t", "p", "--no-stdin", *words)
    assert (done.text, done.code, server.requests) == ("", 2, [])
    assert why in done.stderr.splitlines()[0]
    assert "root:" not in done.stderr


def test_nobody_waits_for_a_pipe_among_the_prompts(aichat: Program) -> None:
    folder = aichat.write_config("").parent / "prompts"
    folder.mkdir()
    os.mkfifo(folder / "pipe.md")
    (folder / "a.md").write_text("x")
    done = aichat.invoke("prompts", "list")
    assert [line.split("\t")[0] for line in done.text.splitlines()] == ["prompt", "a"]


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "-t", "./p.md"),
        ("ask", "--in", "./p.md"),
        ("run", "./p.md"),
        ("prompts", "show", "./p.md"),
    ],
)
def test_a_named_pipe_is_not_waited_for(words: tuple[str, ...], aichat: Program) -> None:
    os.mkfifo(aichat.home / "p.md")
    more = () if words[0] == "prompts" else ("--no-stdin", "x")
    done = aichat.invoke(*words, *more)
    assert (done.code, "p.md is a pipe" in done.stderr) == (2, True)


def test_what_a_shell_runs_may_be_a_prompt(aichat: Program) -> None:
    aichat.environ.update(GROQ_API_KEY="gsk_0123456789abcdef")
    ends = os.pipe()
    os.write(ends[1], b"Say {{input}}")
    os.close(ends[1])
    words = ("--dry-run", "--no-stdin", "-m", "groq/openai/gpt-oss-20b", "hi")
    done = aichat.invoke("ask", "-t", f"/dev/fd/{ends[0]}", *words)
    os.close(ends[0])
    assert "Say hi" in done.text, done.stderr


@pytest.mark.parametrize("name", ["tl", "../x", ".x", ""])
def test_a_name_that_is_none_is_one_line(name: str, aichat: Program) -> None:
    write_prompt(aichat, "tr", TRANSLATE)
    done = aichat.invoke("ask", "-t", name, "--no-stdin", "x")
    assert (done.text, done.code) == ("", 2)
    assert "prompt" in done.stderr.splitlines()[0]


def test_what_programs_would_run_stays_text(aichat: Program) -> None:
    text = "$(touch x) !`touch x` @/etc/passwd !{touch x} {{input}}"
    write_prompt(aichat, "p", text)
    aichat.environ.update(KEYS)
    body = curl_body(aichat.invoke("ask", "-p", "groq", "-t", "p", "--dry-run", "--no-stdin", "x"))
    assert body["messages"][0]["content"] == text.replace("{{input}}", "x")


def test_prompts_are_made_listed_shown_and_edited(aichat: Program) -> None:
    made = aichat.invoke("prompts", "new", "mine")
    assert made.text == f"{aichat.config_dir / 'prompts' / 'mine.md'}\n"
    assert aichat.invoke("prompts", "new", "mine").code == 2
    write_prompt(aichat, "tr", TRANSLATE)
    write_prompt(aichat, "bad", "---\nx: 1\n---")
    listed = aichat.invoke("prompts", "list")
    assert listed.text.splitlines()[1:] == [
        "mine\t-\tmine, in a sentence",
        "tr\t[language=French]\tTranslate",
    ]
    assert listed.stderr == "aichat: warning: prompt bad: unknown key 'x'\n"
    facts = json.loads(aichat.invoke("prompts", "list", "--json").text)
    assert [(one["name"], one["variables"]) for one in facts][1] == ("tr", {"language": "French"})
    assert "[assistant]\nbonjour\n" in aichat.invoke("prompts", "show", "tr").text
    aichat.environ["EDITOR"] = "sed -i s/Translate/Turn/"
    assert aichat.invoke("prompts", "edit", "tr").code == 0
    assert "description: Turn" in aichat.invoke("prompts", "show", "tr").text


def test_the_chat_asks_with_a_prompt_and_says_what_it_leaves_out(aichat: Program) -> None:
    write_prompt(aichat, "sum", "---\ntemperature: 1\n---\nIn {{n}} words: {{input}}")
    with Server(chat_stream(["short"]), chat_stream(["again"])) as server:
        chat = Paper(aichat.point_groq_at(server.url), model="groq/x")
        assert chat.say("/prompt") == "sum\naichat: ask with one: /sum WORDS\n"
        for line, why in (("sun x", "did you mean 'sum'?"), ("sum x", "prompt sum needs n")):
            with pytest.raises(AichatError, match=re.escape(why)):
                chat.say(f"/prompt {line}")
        assert "keeps its own temperature" in chat.say("/prompt sum n=3 a tale")
    assert asked(server)["messages"][-1]["content"] == "In 3 words: a tale"


def test_a_chat_begins_with_a_prompt_and_completes_names(aichat: Program) -> None:
    write_prompt(aichat, "tr", TRANSLATE.replace("{{input}}", "<{{input}}>"))
    server = Server(*(chat_stream([one]) for one in ("eins", "zwei", "drei")))
    words = ("-t", "tr", "-m", "groq/x", "language=German")
    with server, open_repl(aichat.point_groq_at(server.url), *words) as chat:
        chat.wait_for_prompt()
        told(chat, "one", "eins")
        told(chat, "two", "zwei")
        told(chat, "/tr language=Dutch three", "drei")
        chat.press("ctrl-d").wait_for_exit()
    first, second, third = (one.json()["messages"] for one in server.requests)
    assert [one["content"] for one in first] == [
        "Only the translation into German.",
        "good day",
        "bonjour",
        "<one>",
    ]
    assert [one["content"] for one in second[3:]] == ["<one>", "eins", "two"]
    assert third[-1]["content"].endswith("<three>")
    assert server.requests[0].json()["temperature"] == 0.2


def test_the_shells_complete_the_names_of_prompts(aichat: Program) -> None:
    write_prompt(aichat, "tr", TRANSLATE)
    aichat.invoke("prompts", "list")
    aichat.invoke("prompts", "new", "mine")
    kept = Path(aichat.environ["XDG_CACHE_HOME"]).rglob("completion/prompts")
    assert [path.read_text() for path in kept] == ["mine\ntr\n"]


def test_facts_are_of_this_machine_when_it_is_asked(aichat: Program) -> None:
    aichat.environ |= {**KEYS, "SHELL": "/bin/fish"}
    write_prompt(aichat, "f", "{{__shell__}} {{__cwd__}} {{__now__}} {{__os_family__}} {{input}}")
    words = ("ask", "-p", "groq", "-t", "f", "--dry-run", "--no-stdin", "x")
    shell, folder, now, family, rest = curl_body(aichat.invoke(*words))["messages"][0][
        "content"
    ].split(" ")
    assert (shell, folder, family, rest) == ("fish", str(aichat.home), "unix", "x")
    assert datetime.fromisoformat(now).tzinfo
    assert "f\t-\t{{__shell__}}" in aichat.invoke("prompts", "list").text
