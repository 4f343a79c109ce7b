"""What a line of the REPL is, as tables."""

import pytest

from aichat.core.cli.candidate import match_candidates
from aichat.core.cli.repl_line import (
    ReplLine,
    can_remember,
    dropped_path,
    enter_action,
    format_mention,
    mentioned_names,
    parse_line,
)
from aichat.core.config.key_bindings import BINDINGS, are_keys, bound_keys, parse_keys

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
    ("/usr/bin is", ReplLine("usr/bin", "is")),
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


PRESSES = [
    ("enter", ("enter",)),
    ("ctrl-x ctrl-e", ("c-x", "c-e")),
    ("c-j", ("c-j",)),
    ("alt-enter", ("escape", "enter")),
    ("a-x", ("escape", "x")),
    ("f5", ("f5",)),
    ("space", (" ",)),
    ("ctrl-é", None),
    ("f99", None),
    ("nonsense", None),
    ("", None),
]


@pytest.mark.parametrize(("keys", "found"), PRESSES)
def test_keys_are_named(keys: str, found: tuple[str, ...] | None) -> None:
    assert parse_keys(keys) == found


def test_every_default_key_is_one_and_a_config_changes_its_own() -> None:
    assert all(are_keys(binding.keys) for binding in BINDINGS.values())
    assert bound_keys({"submit": ["f5", "f6"]})["submit"] == ("f5", "f6")
    assert bound_keys({})["submit"] == ("enter",)


def test_beginnings_come_before_parts_and_those_before_scattered_letters() -> None:
    names = [(name, "") for name in ("xmodel", "model", "many-odd-eels", "other")]
    found = [choice.text for choice in match_candidates("mode", names)]
    assert found == ["model", "xmodel", "many-odd-eels"]


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


@pytest.mark.parametrize("name", ["/tmp/a.txt", "/tmp/a b", "/tmp/a\\b", "/tmp/what?", "/x,y"])
def test_a_mention_is_read_as_what_it_was_made_of(name: str) -> None:
    assert mentioned_names(f"see {format_mention(name)} there") == [name]
