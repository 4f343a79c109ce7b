"""What a line of the REPL is, as tables."""

import pytest

from aichat.core.cli.repl_line import (
    ReplLine,
    can_remember,
    dropped_path,
    enter_action,
    format_mention,
    mark_again,
    mark_pasted,
    mentioned_names,
    parse_line,
    split_words,
    unmark_pasted,
)

ENTER = [
    ("", "", "nothing"),
    (" \n", "", "nothing"),
    ("hi", "", "send"),
    ("h", "i", "send"),
    ("hi\\", "", "newline"),
    ("hi\\", " there", "newline"),
    ("hi\\\\", "", "send"),
    ("hi\\\\\\", "", "newline"),
    ("a\nb", "", "send"),
]


@pytest.mark.parametrize(("before", "after", "verdict"), ENTER)
def test_enter_sends_unless_a_backslash_asks_for_a_line(
    before: str, after: str, verdict: str
) -> None:
    assert enter_action(before, after) == verdict


LINES = [
    ("hi", ReplLine(None, "hi")),
    (" hi", ReplLine(None, " hi")),
    ("/help", ReplLine("help", "")),
    ("  /model  a b ", ReplLine("model", "a b")),
    ("/system a\nb", ReplLine("system", "a\nb")),
    ("/usr/bin is", ReplLine(None, "/usr/bin is")),
    ("/usr/bin/env python", ReplLine(None, "/usr/bin/env python")),
    ("/find a/b", ReplLine("find", "a/b")),
    ("/mcp:box:a/b c=/d ", ReplLine("mcp", ":box:a/b c=/d")),
    ("/mcp box", ReplLine("mcp", "box")),
    ("//usr", ReplLine(None, "/usr")),
    ("/", ReplLine("", "")),
    ("what is /etc", ReplLine(None, "what is /etc")),
]


@pytest.mark.parametrize(("line", "typed"), LINES)
def test_a_line_is_a_command_or_a_message(line: str, typed: ReplLine) -> None:
    assert parse_line(line) == typed


KEPT = [
    ("what is a key", True),
    (" secretly", False),
    ("\tsecretly", False),
    ("", False),
    ("use sk-proj-abcdefghijklmnopqrstuv", False),
    ("gsk_0123456789abcdefghij", False),
    ("my password: correcthorsebattery", False),
    ("API_KEY=0123456789abcdef", False),
    ("-----BEGIN RSA PRIVATE KEY-----", False),
    ("the token limit of a model", True),
]


@pytest.mark.parametrize(("line", "kept"), KEPT)
def test_lines_with_secrets_or_a_blank_before_them_are_not_kept(line: str, kept: bool) -> None:
    assert can_remember(line) is kept


MENTIONED = [
    ("see @a.txt", ["a.txt"]),
    ("@a and @b/c, please", ["a", "b/c"]),
    ('@"a b.txt"', ["a b.txt"]),
    (r"@a\ b.txt", ["a b.txt"]),
    ("me@example.org", []),
    ("@https://example.org/x?y=1", ["https://example.org/x?y=1"]),
    ("@", []),
]


@pytest.mark.parametrize(("text", "names"), MENTIONED)
def test_names_after_an_at_sign_are_found(text: str, names: list[str]) -> None:
    assert mentioned_names(text) == names


DROPPED = [
    ("/tmp/a.txt", "/tmp/a.txt"),
    (" /tmp/a.txt \n", "/tmp/a.txt"),
    ("/tmp/a\\ b.txt", "/tmp/a b.txt"),
    ("'/tmp/a b.txt'", "/tmp/a b.txt"),
    ("~/a.txt", "~/a.txt"),
    ("file:///tmp/a%20b.txt", "/tmp/a b.txt"),
    ("/tmp/a.txt /tmp/b.txt", None),
    ("/tmp/a.txt\n/tmp/b.txt", None),
    ("a.txt", None),
    ("some words about /tmp/a.txt", None),
    ("https://x.example/a.txt", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "path"), DROPPED)
def test_what_terminals_paste_for_a_dropped_file_is_its_path(text: str, path: str | None) -> None:
    assert dropped_path(text) == path


SECRETS = {
    # sixteen signs after a prefix make a key, and twelve after a word that announces one
    "sk-": 16,
    "gsk_": 16,
    "pk.": 16,
    "rk-": 16,
    "xai-": 16,
    "pplx-": 16,
    "ghp_": 16,
    "gho_": 16,
    "glpat-": 16,
    "hf_": 16,
    "AKIA": 16,
    "AIza": 16,
    "ya29.": 16,
    "xoxb-": 16,
    "key=": 12,
    "Token: ": 12,
    "secret '": 12,
    "PASSWORD = ": 12,
    "passwd ": 12,
    "bearer ": 12,
    "eyJ0123456789.": 10,
}


@pytest.mark.parametrize(("before", "least"), SECRETS.items())
def test_a_secret_is_as_long_as_one(before: str, least: int) -> None:
    signs = "0aZ_"
    shorter = least - 1 - (before[-1] in "-_.") * (least == 16)
    assert not can_remember(f"x {before}{signs * 4}"[: 2 + len(before) + least])
    assert can_remember(f"x {before}{signs * 4}"[: 2 + len(before) + shorter])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@a. and @b! (@c)", ["a.", "b"]),
        ("@a;:!?),", ["a"]),
        ('@"a b", @"c" d', ["a b", "c"]),
        ("see\n@a", ["a"]),
        (r"@a\,", ["a"]),
        ("x@a @b@c", ["b@c"]),
        ("@,", []),
        ('@"" @', ['""']),
    ],
)
def test_a_name_ends_before_what_ends_a_clause(text: str, names: list[str]) -> None:
    assert mentioned_names(text) == names


@pytest.mark.parametrize(
    ("name", "mention"),
    [
        ("/tmp/a.txt", "@/tmp/a.txt"),
        ("a,b;c:d!e?f)g", "@a,b;c:d!e?f)g"),
        *((f"a{end}", f'@"a{end}"') for end in ",;:!?)"),
        ("a b", '@"a b"'),
        ("a\\b", '@"a\\b"'),
    ],
)
def test_a_mention_is_quoted_where_it_must_be(name: str, mention: str) -> None:
    assert format_mention(name) == mention


@pytest.mark.parametrize(
    ("text", "words"),
    [("a 'b c' d", ["a", "b c", "d"]), ("it's a", ["it's", "a"]), ("", [])],
)
def test_words_are_parted_as_a_shell_would_or_else_at_blanks(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize("name", ["/tmp/a.txt", "/tmp/a b", "/tmp/a\\b", "/tmp/what?", "/x,y"])
def test_a_mention_is_read_as_what_it_was_made_of(name: str) -> None:
    assert mentioned_names(f"see {format_mention(name)} there") == [name]


def test_what_was_pasted_mentions_nothing_and_is_shown_and_sent_as_it_was() -> None:
    text = 'see @.env and @"a b" or @~/.ssh/id_rsa'
    assert len(mentioned_names(text)) == 3
    assert mentioned_names(mark_pasted(text)) == []
    assert mentioned_names(f"@typed {mark_pasted(text)} @too") == ["typed", "too"]
    assert unmark_pasted(mark_pasted(text)) == text


def test_what_was_pasted_stays_so_through_an_editor() -> None:
    before = f"{mark_pasted('use @.env and @b')} with @mine"
    after = "first @mine, then @.env twice: @.env, @new"
    assert mentioned_names(mark_again(before, after)) == ["mine", "new"]


@pytest.mark.parametrize("text", ["!ls", "  !ls @x", "a !b", "!!x\n!y"])
def test_what_was_pasted_is_marked_at_its_beginning_and_sent_as_it_was(text: str) -> None:
    marked = mark_pasted(text)
    assert not marked.lstrip().startswith("!") and unmark_pasted(marked) == text
    assert len(marked) == len(text)
    edited = mark_again(marked, f"{text} more")
    assert not edited.lstrip().startswith("!") and unmark_pasted(edited) == f"{text} more"
    assert mark_again("!ls", "!ls -l") == "!ls -l"
