"""What a prompt of another tool means here, and what of it is told to mean nothing."""

import json
from pathlib import PurePath
from typing import Any

import pytest

from aichat.core.conversation.prompt.foreign.formats import format_of, name_of, parse_as
from aichat.core.conversation.prompt.prompt import PromptTemplate, fill_body, parse_prompt
from aichat.core.conversation.prompt.render import render_prompt
from aichat.core.message.message import text_of
from aichat.disk.config.yaml_text import read_yaml
from aichat.errors import AichatError

ROLE = "---\nmodel: claude:sonnet\ntemperature: 0.5\nuse_tools: fs\n---\nYou speak as a pirate.\n"
SHOTS = "Name the mood.\n### INPUT:\n:)\n### OUTPUT:\nhappy\n### INPUT:\n:(\n### OUTPUT:\nsad\n"
LLM = """model: gpt-4o
system: You are $style.
prompt: 'Sum up $input in ${n} lines for $$5 {{x}}'
defaults:
  style: brief
options:
  temperature: 0.2
  num_ctx: 9
extract_last: true
schema_object:
  type: object
  properties:
    dogs:
      type: array
      items:
        type: string
functions: |
  import os
  os.system("id")
"""
FOLDED = "system: 'You are\n  brief'\nprompt: Say this to the whole\n  wide $input\n"
COMMAND = """---
description: Fix an issue
argument-hint: [number] [how]
allowed-tools: Bash(git status:*)
model: opus
effort: high
---
Fix issue $1 ($ARGUMENTS), cost \\$5, as ${CLAUDE_EFFORT}. !`git status` See @src/main.py of x@y.z
"""
TOML = 'description = "Test"\nmode = 1\nprompt = """\nTest {{args}} !{ls {{args}}} @{a.txt}\n"""'
GITHUB = "---\nagent: ask\ntools: [x]\ndescription: D\n---\nReview ${input:what:hint} in ${file}.\n"
YML = """messages:
  - role: system
    content: Be {{tone}}.
  - role: user
    content: '2+2'
  - role: assistant
    content: '4'
  - role: user
    content: 'now {{input}}'
model: openai/gpt-4o
modelParameters:
  maxTokens: 50
testData:
  - input: x
"""


@pytest.mark.parametrize(
    ("kind", "text", "expected", "told"),
    [
        (
            *("role", ROLE),
            {
                "system": "You speak as a pirate.",
                "settings": {"model": "anthropic/sonnet", "temperature": 0.5},
            },
            ["'use_tools' is not used: name tools with --tool"],
        ),
        ("role", "Turn __INPUT__ to {{y}}", {"body": "Turn {{input}} to \\{{y}}"}, []),
        (
            *("role", "{{__os__}} {{__x__}}"),
            {"system": "{{__os__}} \\{{__x__}}", "variables": {}},
            ["{{__x__}} stays text"],
        ),
        ("role", "a\n### INPUT:\nb", {"system": "a\n### INPUT:\nb"}, []),
        ("role", "---\nx: &a 1\n---\nBe.", {"system": "Be."}, ["its head is left out: line 2"]),
        ("fabric", "# IDENTITY\n{{x}} it", {"system": "# IDENTITY\n{{x}} it"}, []),
        (
            *("fabric", "a {{ input }} {{plugin:sys:env:HOME}}"),
            {"body": "a {{input}} \\{{plugin:sys:env:HOME}}", "system": ""},
            ["{{plugin:sys:env:HOME}} stays text"],
        ),
        (
            *("llm", LLM),
            {
                "system": "You are {{style}}.",
                "body": "Sum up {{input}} in {{n}} lines for $5 \\{{x}}",
                "variables": {"style": "brief", "n": None},
                "extract": True,
            },
            ["'functions' is not used", "'num_ctx' is not used", "'extract_last' shows"],
        ),
        (
            *("llm", FOLDED),
            {"system": "You are brief", "body": "Say this to the whole wide {{input}}"},
            [],
        ),
        ("llm", "system: Only this.", {"system": "Only this.", "body": ""}, []),
        (
            *("claude", COMMAND),
            {
                "description": "Fix an issue [number] [how]",
                "body": "Fix issue {{1}} ({{input}}), cost $5, as ${CLAUDE_EFFORT}."
                " !`git status` See @src/main.py of x@y.z",
                "settings": {"effort": "high"},
            },
            [
                "'allowed-tools' is not used",
                "'model' is not used: 'opus'",
                "${CLAUDE_EFFORT} stays text",
                "a command stays text: !`git status`",
                "a file's name stays text: @src/main.py",
            ],
        ),
        (
            *("gemini", TOML),
            {"description": "Test", "body": "Test {{input}} !{ls {{input}}} @{a.txt}"},
            ["'mode' is not used", "a command stays text", "a file's name stays text: @{a.txt}"],
        ),
        (
            *("prompt.md", GITHUB),
            {"body": "Review {{what}} in ${file}.", "variables": {"what": None}},
            ["'agent' is not used", "'tools' is not used", "${file} stays text"],
        ),
        (
            *("prompt.yml", YML),
            {
                "system": "Be {{tone}}.",
                "body": "now {{input}}",
                "settings": {"model": "openai/gpt-4o", "max_tokens": 50},
            },
            ["'testData' is not used"],
        ),
    ],
)
def test_a_foreign_prompt_means_what_it_meant(
    kind: str, text: str, expected: dict[str, Any], told: list[str]
) -> None:
    found = parse_as(kind, "p", text.replace("\n", "\r\n") if kind != "gemini" else text, read_yaml)
    assert {name: getattr(found, name) for name in expected} == expected
    assert len(found.notices) == len(told)
    assert all(line.startswith(start) for line, start in zip(found.notices, told, strict=True))
    assert parse_prompt("p", render_prompt(found)) == found._replace(notices=())


def test_examples_and_a_schema_come_along() -> None:
    shots = parse_as("role", "p", SHOTS, read_yaml)
    assert [text_of(one) for one in shots.examples] == [":)", "happy", ":(", "sad"]
    assert (shots.system, shots.body) == ("Name the mood.", "")
    llm = parse_as("llm", "p", LLM, read_yaml)
    assert json.loads(llm.settings["schema"])["properties"]["dogs"]["items"] == {"type": "string"}
    assert parse_prompt("p", render_prompt(shots)) == shots


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("llm", "a: &x [y]\nb: *x", "an alias (*name) is not followed"),
        ("llm", "a: !!python/object/apply:os.system ['id']", "could not determine a constructor"),
        ("llm", "- a", "not a table"),
        ("llm", "name: x\nsteps:\n- .role y\n- ask", "no template: it has none of"),
        ("llm", "prompt: [a]", "'prompt': expected text"),
        ("llm", "a: [", "line 1"),
        ("llm", "a: " + "{{ " * 200, "more than 200 brackets are open at once"),
        ("gemini", "prompt = ", "not TOML"),
        ("gemini", "x = 1", "a TOML prompt needs prompt"),
        ("gemini", "a=" + "[" * 5000, "not TOML"),
        ("prompt.yml", "messages:\n- role: system\n  content: x", "have to take turns"),
        ("prompt.yml", "messages:\n- role: user\n  content: {a: b}", "expected a list of role"),
        ("role", "---\nx: 1", "has no end"),
    ],
)
def test_what_is_no_prompt_is_one_line(kind: str, text: str, why: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_as(kind, "p", text, read_yaml)
    assert why in caught.value.fault.message
    assert "\n" not in caught.value.fault.message


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("x.md", "aichat", "x"),
        ("/h/roles/x.md", "role", "x"),
        ("/h/roles/deeper/x.md", "aichat", "x"),
        ("/h/.claude/commands/git/x.md", "claude", "git-x"),
        ("commands/x.md", "claude", "x"),
        ("/h/commands/x.md", "aichat", "x"),
        ("/h/.claude/skills/pdf/SKILL.md", "claude", "pdf"),
        ("/h/patterns/sum/system.md", "fabric", "sum"),
        ("/h/x.prompt.md", "prompt.md", "x"),
        ("/h/x.prompt.yml", "prompt.yml", "x"),
        ("/h/x.yaml", "llm", "x"),
        ("/h/.gemini/commands/git/x.toml", "gemini", "git-x"),
        ("/h/x.py", None, "x.py"),
    ],
)
def test_name_and_folder_tell_the_format(path: str, kind: str | None, name: str) -> None:
    assert format_of(PurePath(path)) == kind
    if kind:
        assert name_of(PurePath(path)).removeprefix("h-") == name


@pytest.mark.parametrize(
    "prompt",
    [
        PromptTemplate("p", "body", "true", "  x\n\ny", {"a": "x: 'y' \"z\" # w", "b": None}),
        PromptTemplate("p", "x", settings={"stop": ["a,b", "true"], "temperature": 1.0}),
        PromptTemplate("p", "", "", "### INPUT:\nx"),
        PromptTemplate("p", "---\na: 1\n---\nb", extract="py"),
        PromptTemplate("p"),
    ],
)
def test_what_is_written_is_read_as_it_was(prompt: PromptTemplate) -> None:
    assert parse_prompt("p", render_prompt(prompt)) == prompt


@pytest.mark.parametrize(
    ("given", "said"),
    [("a 'b c' d", "a of b c: a 'b c' d"), ("it's so", "it's of so: it's so")],
)
def test_words_of_the_input_have_their_places(given: str, said: str) -> None:
    assert fill_body(parse_prompt("p", "{{1}} of {{2}}: {{input}}"), {}, given) == said


def test_a_word_that_is_missing_is_told() -> None:
    with pytest.raises(AichatError, match="prompt p needs 2 words"):
        fill_body(parse_prompt("p", "{{2}}"), {}, "one")
