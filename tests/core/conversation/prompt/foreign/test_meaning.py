"""What files of other tools ask, by the rules of those tools: the examples of their documentation,
in other words.

A case is a file, what is typed, and what the tool would send: system prompt, then turns.
"""

import json
from contextlib import suppress
from pathlib import PurePath

import pytest

from aichat.core.conversation.prompt.foreign.formats import FORMATS, format_of, name_of, parse_as
from aichat.core.conversation.prompt.marks import PREVIOUS, PromptAction, fill
from aichat.core.conversation.prompt.prompt import (
    PromptTemplate,
    fill_body,
    fill_step,
    parse_prompt,
    take_values,
)
from aichat.core.conversation.prompt.render import render_prompt
from aichat.core.message.message import text_of
from aichat.disk.config.yaml_text import read_yaml
from aichat.errors import AichatError
from tests.support.running.marks import one_test_of

#: What commands and files give, where the file is trusted.
ACTED = {
    "!git diff --staged": "+1 -1",
    '!grep -rn "$input" src': "src/a.c:3",
    "!echo $input": "12 fast",
    "@docs/style.md": "Two spaces.",
    "@notes.txt": "milk",
}

#: File, its text, the words, and what is asked: (system, turns...), a turn for each step.
PLAIN = (
    # the older aichat: roles with and without __INPUT__, examples, facts, and its macros
    ("roles/emoji.md", "Turn __INPUT__ to emoji", ("calm", "sea"), ("", "Turn calm sea to emoji")),
    ("roles/judge.md", "You judge.\n", ("a", "dog"), ("You judge.", "a dog")),
    (
        *("roles/mood.md", "Name moods.\n### INPUT:\n:-)\n### OUTPUT:\nglad\n", (":-(",)),
        ("Name moods.", ":-)", "glad", ":-("),
    ),
    ("roles/shell.md", "For {{__os__}} only", ("ls",), ("For plan9 only", "ls")),
    (
        "macros/trip.yaml",
        "variables:\n  - name: lang\n    default: Dutch\n  - name: text\n    rest: true\n"
        "steps:\n  - .prompt You speak {{lang}}\n  - '{{text}}'\n  - .file %% -- shorter\n",
        ("lang=Thai", "go", "home"),
        ("You speak Thai", "go home", "shorter\n\nANSWER 1"),
    ),
    ("macros/one.yaml", "steps:\n- say {{x}} and $y\n", (), ("", "say {{x}} and $y")),
    # llm: templates with and without a prompt, defaults, $$, options, a schema
    ("templates/roast.yaml", "system: Roast it", ("a", "cv"), ("Roast it", "a cv")),
    ("templates/sum.yaml", "prompt: 'Sum up: $input'", ("long",), ("", "Sum up: long")),
    (
        "templates/recipe.yaml",
        "prompt: |\n  A recipe of $ingredients\n  from ${country} for $$3\ndefaults:\n"
        "  country: Peru\n",
        ("ingredients=corn",),
        ("", "A recipe of corn\nfrom Peru for $3"),
    ),
    (
        "templates/note.yaml",
        "system: >\n  speak like\n  an old $kind\nprompt: Ask $input\nname: note\n",
        ("kind=book", "why"),
        ("speak like an old book", "Ask why"),
    ),
    # fabric: patterns with and without a place for the input, and variables
    (
        "patterns/wise/system.md",
        "# IDENTITY\nBe wise.\n",
        ("text",),
        ("# IDENTITY\nBe wise.", "text"),
    ),
    ("patterns/say/system.md", "As {{role}}: {{input}}", ("role=cat", "hi"), ("", "As cat: hi")),
    # Claude Code: commands, skills; Codex: prompts
    (
        ".claude/commands/fix.md",
        "---\ndescription: Mend it\nargument-hint: [id] [speed]\n---\nMend #$1, $2: $ARGUMENTS",
        ("12", "fast"),
        ("", "Mend #12, fast: 12 fast"),
    ),
    (".claude/commands/plain.md", "Look for holes", ("here",), ("", "Look for holes\n\nhere")),
    (".codex/prompts/p.md", "Draft \\$5 for $1", ("me",), ("", "Draft $5 for me")),
    (
        ".claude/skills/pdf/SKILL.md",
        "---\nname: pdf\ndescription: Reads PDFs\n---\n# PDF\nRead it.",
        ("a.pdf",),
        ("", "# PDF\nRead it.\n\na.pdf"),
    ),
    # Gemini's command line
    (
        ".gemini/commands/git/fix.toml",
        'description = "x"\nprompt = """\nMend: {{args}}.\n"""',
        ("it",),
        ("", "Mend: it."),
    ),
    (".gemini/commands/c.toml", "prompt = 'Log it'", ("1.2",), ("", "Log it\n\n1.2")),
    # GitHub: prompt files and stored prompts
    (
        "f.prompt.md",
        "---\nmode: agent\n---\nA form named ${input:formName:such as Login}",
        ("formName=Join",),
        ("", "A form named Join"),
    ),
    (
        "s.prompt.yml",
        "messages:\n  - role: system\n    content: Be terse\n  - role: user\n"
        "    content: 'Sum up {{topic}}'\n",
        ("topic=bees",),
        ("Be terse", "Sum up bees"),
    ),
)

#: The same of trusted files.
TRUSTED = (
    (
        ".claude/commands/commit.md",
        "Now: !`git diff --staged`\nStyle: @docs/style.md\nFor: !`echo $ARGUMENTS`",
        ("12", "fast"),
        ("", "Now: +1 -1\nStyle: Two spaces.\nFor: 12 fast"),
    ),
    (
        ".gemini/commands/find.toml",
        "prompt = 'Of {{args}}: !{grep -rn {{args}} src} @{docs/style.md}'",
        ("TODO",),
        ("", "Of TODO: src/a.c:3 Two spaces."),
    ),
    (
        "templates/f.yaml",
        "fragments:\n- notes.txt\nsystem_fragments:\n- docs/style.md\nprompt: Buy $input\n",
        ("now",),
        ("Two spaces.", "milk\nBuy now"),
    ),
    (
        "patterns/f/system.md",
        "{{input}} {{plugin:file:read:notes.txt}}",
        ("Buy",),
        ("", "Buy milk"),
    ),
    ("macros/f.yaml", "steps:\n- .file notes.txt -- buy\n", (), ("", "buy\n\nmilk")),
)


def asked(prompt: PromptTemplate, words: tuple[str, ...]) -> tuple[str, ...]:
    """The system prompt, the examples, and what each step asks."""
    acted = {PromptAction(key[0], key[1:]): text for key, text in ACTED.items()}
    acted = acted if prompt.acts else {}
    values, rest = take_values(prompt, words)
    filled = {**values, "__os__": "plan9"}
    given = " ".join(rest)
    first, *others = prompt.every_step()
    body = fill_body(prompt, filled, given, acted)
    known = [{**filled, PREVIOUS: f"ANSWER {n}"} for n, _ in enumerate(others, 1)]
    steps = [fill_step(one, own, given, acted) for one, own in zip(others, known, strict=True)]
    return (
        fill(first.system, filled, acted),
        *(text_of(one) for one in prompt.examples),
        body,
        *steps,
    )


def read(path: str, text: str, *, acts: bool) -> PromptTemplate:
    place = PurePath(path)
    return parse_as(format_of(place) or "", name_of(place), text, read_yaml, acts=acts)


@one_test_of(*PLAIN)
def test_it_asks_what_its_own_tool_would(
    path: str, text: str, words: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert asked(read(path, text, acts=False), words) == expected


@one_test_of(*TRUSTED)
def test_so_it_does_with_what_it_runs_and_reads_once_it_is_trusted(
    path: str, text: str, words: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    found = read(path, text, acts=True)
    assert (asked(found, words), found.notices) == (expected, ())
    assert asked(read(path, text, acts=False), words) != expected


#: What a search that looks back at every place would take hours for.
ENDLESS = (
    *("{{ ", "{{!", "!`", "${a:", "@{", "!{", "{{!a}", "```", "### INPUT:\n", "$", "- a: ["),
    "\\",
)


def read_endless(kind: str, piece: str, size: int) -> None:
    text = piece * (size // len(piece))
    texts = {"llm": f"prompt: |\n  {text}", "gemini": f"prompt = {json.dumps(text)}"}
    with suppress(AichatError):
        render_prompt(parse_as(kind, "p", texts.get(kind, text), read_yaml, acts=True))


@one_test_of(*((kind, piece) for kind in FORMATS for piece in ENDLESS[:3]))
def test_a_file_that_repeats_itself_is_read_or_refused_at_once(kind: str, piece: str) -> None:
    read_endless(kind, piece, 10_000)


@pytest.mark.long
@pytest.mark.parametrize("piece", ENDLESS)
def test_so_is_a_large_one_of_every_kind(piece: str) -> None:
    for kind in FORMATS:
        read_endless(kind, piece, 900_000)


@one_test_of(*PLAIN, *TRUSTED)
def test_a_copy_in_our_format_asks_the_same(
    path: str, text: str, words: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    found = read(path, text, acts=True)
    copied = parse_prompt(found.name, render_prompt(found), acts=True)
    assert asked(copied, words) == expected
