"""Who may run what: rules as they are written, and the calls that they are about."""

from typing import Any

import pytest

from aichat.core.config.tool_rule import parse_rule
from aichat.core.tools.rules import (
    Subject,
    ToolRules,
    can_allow,
    dead_rules,
    decide,
    glob_path,
    parse_rules,
    rule_for,
)
from aichat.core.tools.tool import LocalTool, SubjectKind
from aichat.errors import AichatError


def tool(name: str, kind: SubjectKind = "arguments", **more: Any) -> LocalTool:
    return LocalTool(name, "", {}, subject=kind, **more)


READ, FETCH = tool("read_file", "path"), tool("fetch_url", "url")
RUN, SHELL = tool("run_command", "argv"), tool("run_shell", "exact")
NOW, REMOTE = tool("now", is_harmless=True), tool("time.get_time")
EVERY = (READ, FETCH, RUN, SHELL, NOW, REMOTE)


def decision(
    rules: ToolRules, of: LocalTool, *words: str, **arguments: Any
) -> tuple[str, str | None]:
    made = decide(rules, of, Subject(words), arguments)
    return made.effect, made.rule


def allowing(*rules: str) -> ToolRules:
    return parse_rules({}, rules)


#: A rule that allows, the tool, what the call is about, and whether it is allowed.
ALLOWED = [
    ("read_file", READ, ("a.txt",), True),
    ("read_file(src/**)", READ, ("src/a/b.py",), True),
    ("read_file(src/**)", READ, ("src2/a.py",), False),
    ("read_file(src/*)", READ, ("src/a/b.py",), False),
    ("read_file(./src/*)", READ, ("src/b.py",), True),
    ("read_*(**/*.md)", READ, ("README.md",), True),
    ("write_file(**)", READ, ("a",), False),
    ("fetch_url", FETCH, ("https://a.org/",), False),  # a host must be named
    ("*", FETCH, ("https://a.org/",), True),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org/b/c",), True),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org/",), True),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org.evil.net/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org@evil.net/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("https://me:secret@a.org/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("https://me@a.org/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("https://:secret@a.org/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("http://a.org/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org:8443/b",), False),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org/b?q=secret",), False),
    ("fetch_url(https://a.org/b?q=1)", FETCH, ("https://a.org/b?q=1",), True),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org:443/b",), True),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org/b/../c",), False),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org/b/%2E%2e/c",), False),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org/b/..%2fc",), False),
    ("fetch_url(https://*.a.org/**)", FETCH, ("https://docs.a.org/b",), True),
    ("fetch_url(https://*.a.org/**)", FETCH, ("https://a.org/b",), False),
    ("fetch_url(https://*.a.org/**)", FETCH, ("https://bada.org/b",), False),
    ("run_command(git status)", RUN, ("git", "status"), True),
    ("run_command(git status)", RUN, ("git", "status", "-s"), False),
    ("run_command(git status)", RUN, ("/tmp/git", "status"), False),
    ("run_command(git log *)", RUN, ("git", "log", "-1", "--stat"), True),
    ("run_command(git log *)", RUN, ("git", "log"), True),
    ("run_command(git log *)", RUN, ("git", "-c", "log", "x"), False),
    ("run_command(git l*)", RUN, ("git", "log"), False),
    ("run_command(git '*')", RUN, ("git", "*"), True),
    ("run_command(git '*')", RUN, ("git", "push"), False),
    ("run_command(git \\*)", RUN, ("git", "push"), False),
    ("run_command(git 'a *')", RUN, ("git", "a x"), False),
    ("run_command(*)", RUN, ("git", "push"), True),
    ("run_command(echo 'a b')", RUN, ("echo", "a b"), True),
    ("run_command(echo *)", RUN, ("echo hi; rm -rf /",), False),
    ("run_command('unclosed)", RUN, ("'unclosed",), False),
    ("run_shell", SHELL, ("ls",), False),
    ("run_*", SHELL, ("ls",), False),
    ("run_shell(ls*)", SHELL, ("ls -l",), False),
    ("run_shell(ls -l)", SHELL, ("ls -l",), True),
    ("*", SHELL, ("ls",), True),
    ("time.*", REMOTE, (), True),
    ("now", REMOTE, (), False),
]


@pytest.mark.parametrize(("rule", "of", "words", "allowed"), ALLOWED)
def test_a_rule_allows_what_it_spells(
    rule: str, of: LocalTool, words: tuple[str, ...], allowed: bool
) -> None:
    effect, by = decision(allowing(rule), of, *words)
    assert (effect, by) == (("allow", rule) if allowed else ("ask", None))


def test_a_pattern_of_arguments_wants_every_pair() -> None:
    rules = allowing("time.get_time(zone=Europe/*, exact=true)")
    assert decision(rules, REMOTE, zone="Europe/Oslo", exact=True)[0] == "allow"
    assert decision(rules, REMOTE, zone="Europe/Oslo")[0] == "ask"
    assert decision(rules, REMOTE, zone="Asia/Tokyo", exact=True)[0] == "ask"
    assert decision(allowing("time.get_time(*)"), REMOTE, zone="x")[0] == "allow"
    vague = "time.get_time(zone)"
    assert decision(allowing(vague), REMOTE, zone="x")[0] == "ask"
    assert not can_allow(allowing(vague), REMOTE)
    assert decision(parse_rules({"allow": ["*"], "deny": [vague]}), REMOTE) == ("deny", vague)


def test_the_strictest_rule_wins_in_any_order() -> None:
    table = {"allow": ["*"], "ask": ["read_*(**/*.pem)"], "deny": ["read_file(secret/**)"]}
    rules = parse_rules(table)
    assert decision(rules, READ, "a.txt") == ("allow", "*")
    assert decision(rules, READ, "a/b.pem") == ("ask", "read_*(**/*.pem)")
    assert decision(rules, READ, "secret/b.pem") == ("deny", "read_file(secret/**)")


#: A rule that denies, and calls that it is about though they are spelled otherwise.
DENIED = [
    ("run_command(rm *)", RUN, ("/bin/rm", "-rf", "x")),
    ("run_command('broken)", RUN, ("ls",)),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org/b?q=1",)),
    ("fetch_url(https://a.org/**)", FETCH, ("https://me@a.org/b",)),
    ("fetch_url(https://a.org/**)", FETCH, ("https://a.org:443/b",)),
    ("fetch_url(https://a.org/**)", FETCH, ("https://A.org./b",)),
    ("fetch_url(https://xn--exmple-cua.org/**)", FETCH, ("https://exämple.org/b",)),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org/x/../b/c",)),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org//b/c",)),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org/%62/c",)),
    ("fetch_url(https://a.org/b/**)", FETCH, ("https://a.org/x%2f..%2Fb/c",)),
    ("fetch_url(a.org/**)", FETCH, ("https://b.org/",)),  # it names no host: in doubt, any
    ("run_shell", SHELL, ("ls",)),
]


@pytest.mark.parametrize(("rule", "of", "words"), DENIED)
def test_a_rule_that_denies_is_wide(rule: str, of: LocalTool, words: tuple[str, ...]) -> None:
    assert decision(parse_rules({"allow": ["*"], "deny": [rule]}), of, *words) == ("deny", rule)


def test_a_caution_asks_and_a_refusal_denies_whatever_is_allowed() -> None:
    cautious, refused = Subject(("a",), caution="hm"), Subject(refusal="outside")
    assert decide(allowing("*"), READ, cautious, {}) == ("ask", "*", "hm")
    assert decide(allowing("*"), READ, refused, {}) == ("deny", None, "outside")


def test_only_what_is_harmless_runs_without_a_rule() -> None:
    effects = {of.name: decision(ToolRules(), of)[0] for of in EVERY}
    assert effects == dict.fromkeys((of.name for of in EVERY), "ask") | {"now": "allow"}
    assert decision(parse_rules({"deny": ["now"]}), NOW)[0] == "deny"


def test_whether_anything_of_a_tool_could_be_allowed() -> None:
    assert not can_allow(allowing("fetch_url", "run_shell"), FETCH)
    assert can_allow(allowing("fetch_url(https://a.org/**)"), FETCH)
    assert can_allow(ToolRules(), NOW)
    assert not can_allow(parse_rules({"allow": ["read_file"], "ask": ["read_*"]}), READ)
    assert can_allow(parse_rules({"allow": ["read_file"], "ask": ["read_*(a)"]}), READ)


def test_a_rule_that_does_nothing_is_told_of() -> None:
    table = {"allow": ["raed_file", "fetch_url", "now"], "deny": ["now"]}
    known = [of.name for of in EVERY]
    assert dead_rules(parse_rules(table), EVERY, known) == [
        "rule 'raed_file' names no tool; did you mean 'read_file'?",
        "rule 'fetch_url' does not allow fetch_url: "
        "name a host, as in fetch_url(https://docs.python.org/**)",
        "rule 'now' does nothing: 'now' is stricter",
    ]
    table = {"allow": ["fetch_url(a.org/**)", "time.get_time(x)"], "deny": ["time.get_time(y)"]}
    assert dead_rules(parse_rules(table), EVERY, known) == [
        "rule 'fetch_url(a.org/**)' does not allow fetch_url: "
        "name a host, as in fetch_url(https://docs.python.org/**)",
        "rule 'time.get_time(x)' does not allow time.get_time: "
        "name its arguments, as in NAME(path=*.txt)",
        "rule 'time.get_time(y)' is about every call of time.get_time: "
        "name its arguments, as in NAME(path=*.txt)",
    ]


def test_a_rule_about_a_server_that_is_not_used_now_is_not_told_of() -> None:
    rules = parse_rules({"deny": ["*.delete_*", "git.push", "gti.push"]})
    assert dead_rules(rules, [NOW], ["now"], ["git"]) == ["rule 'gti.push' names no tool"]


@pytest.mark.parametrize("text", ["", "a b", "read_file()", "read_file(", "(x)", "a(b)c"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(AichatError, match="expected NAME or NAME"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("of", "words", "rule"),
    [
        (RUN, ("git", "log", "a b"), "run_command(git log 'a b')"),
        (FETCH, ("https://a.org:8/b",), "fetch_url(https://a.org:8/**)"),
        (FETCH, ("https://a.org:8/b*?c",), "fetch_url(https://a.org:8/b[*]?c)"),
        (RUN, ("git", "*"), "run_command(git '*')"),
        (READ, ("a*/[b]/**/c",), "read_file(a[*]/[[]b]/[*][*]/*)"),
        (READ, ("src/a/b.py",), "read_file(src/a/*)"),
        (READ, ("b.py",), "read_file(*)"),
        (SHELL, ("ls (x)",), "run_shell(ls (x))"),
        (REMOTE, (), "time.get_time"),
    ],
)
def test_the_rule_for_a_call_allows_it(of: LocalTool, words: tuple[str, ...], rule: str) -> None:
    assert rule_for(of, Subject(words)) == rule
    assert decision(allowing(rule), of, *words)[0] == "allow"
    assert decision(allowing(rule), of, *words[:-1], "elsewhere/x")[0] == "ask" or of is REMOTE


def test_a_glob_of_many_stars_takes_no_time() -> None:
    assert not glob_path("/".join(["**", "a*"] * 40), "/".join(["a"] * 400) + "/b")
    assert glob_path("**/a/**/b", "a/b")
    assert not glob_path("a", "a/b")
    assert glob_path("**", "x")
