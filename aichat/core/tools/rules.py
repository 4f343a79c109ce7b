"""Rules for tools: ``NAME`` or ``NAME(PATTERN)``; deny beats ask, ask beats allow; default: ask.

Neither the order of rules nor their specificity matters. A pattern is matched with the words
that a program would get, never with text that a shell would split.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Literal

from aichat.core.config.tool_rule import ToolRule, parse_rule
from aichat.core.http.url import has_dot_segment, plain_host, plain_path, port_of, split_url
from aichat.core.tools.tool import LocalTool, SubjectKind
from aichat.errors import suggestion
from aichat.values import NamedTuple

Effect = Literal["allow", "ask", "deny"]

#: The rule that allows everything.
ANYTHING = "*"


class ToolRules(NamedTuple):
    """The rules in force, by their effect."""

    allow: tuple[ToolRule, ...] = ()
    ask: tuple[ToolRule, ...] = ()
    deny: tuple[ToolRule, ...] = ()


class Subject(NamedTuple):
    """What a call is about: ``words`` are what patterns are matched with.

    ``caution`` says why the user is asked in spite of a rule; ``refusal`` why the call is denied.
    ``preview`` is shown in place of the argument ``preview_of``: the lines that would change.
    ``terms`` say in our words what the call can do.
    """

    words: tuple[str, ...] = ()
    caution: str = ""
    refusal: str = ""
    preview: tuple[str, ...] = ()
    preview_of: str = ""
    terms: str = ""


class Decision(NamedTuple):
    """What to do with a call; ``rule`` is the one that decides, as written."""

    effect: Effect
    rule: str | None = None
    why: str = ""


def parse_rules(table: Mapping[str, Sequence[str]], allowed: Iterable[str] = ()) -> ToolRules:
    """The rules in a config's table, and those ``allowed`` in addition. Errors: ``usage``."""
    allow, ask, deny = (tuple(map(parse_rule, table.get(n, ()))) for n in ("allow", "ask", "deny"))
    return ToolRules((*allow, *map(parse_rule, allowed)), ask, deny)


def decide(
    rules: ToolRules, tool: LocalTool, subject: Subject, arguments: Mapping[str, Any]
) -> Decision:
    """What to do with a call of ``tool``: the strictest rule that matches decides, else ask."""
    if subject.refusal:
        return Decision("deny", None, subject.refusal)
    for rule in rules.deny:
        if _is_about(rule, tool, subject, arguments):
            return Decision("deny", rule.text)
    for rule in rules.ask:
        if _is_about(rule, tool, subject, arguments):
            return Decision("ask", rule.text, f"{rule.text} asks")
    for rule in rules.allow:
        if _allows(rule, tool, subject, arguments):
            why = subject.caution
            return Decision("ask" if why else "allow", rule.text, why)
    if tool.is_harmless:
        return Decision("allow")
    return Decision("ask", None, subject.caution or "nothing allows it")


def can_allow(rules: ToolRules, tool: LocalTool) -> bool:
    """Whether any call of ``tool`` could run without asking."""
    stricter = (*rules.deny, *rules.ask)
    if any(rule.pattern is None and fnmatchcase(tool.name, rule.name) for rule in stricter):
        return False
    named = (rule for rule in rules.allow if fnmatchcase(tool.name, rule.name))
    return tool.is_harmless or any(_is_specific(rule, tool.subject) for rule in named)


def dead_rules(
    rules: ToolRules,
    tools: Sequence[LocalTool],
    known: Iterable[str],
    servers: Iterable[str] = (),
) -> list[str]:
    """A line for every rule that does nothing, or more than it seems to, and why.

    ``known`` are all tool names; ``servers`` those whose tools may be available another time.
    """
    names, away, lines = [*known], [*servers], []
    for rule in (*rules.allow, *rules.ask, *rules.deny):
        is_of_other = _is_of_server(rule, away)
        if not (is_of_other or any(fnmatchcase(name, rule.name) for name in names)):
            close = suggestion(rule.name, names)
            lines.append(f"rule '{rule.text}' names no tool{close}")
    stricter = (*rules.deny, *rules.ask)
    for rule in rules.allow:
        above = next((r for r in stricter if _is_above(r, rule)), None)
        if above:
            lines.append(f"rule '{rule.text}' does nothing: '{above.text}' is stricter")
        lines += _vague_lines(rule, tools, "does not allow")
    for rule in stricter:
        if rule.pattern is not None:
            lines += _vague_lines(rule, tools, "is about every call of")
    return lines


def _is_of_server(rule: ToolRule, servers: Sequence[str]) -> bool:
    """Whether a rule is about tools of any server, or of one of ``servers``."""
    server, dot, _ = rule.name.partition(".")
    return bool(dot) and ("*" in server or any(fnmatchcase(name, server) for name in servers))


def _is_above(rule: ToolRule, below: ToolRule) -> bool:
    return rule.pattern is None and fnmatchcase(below.name, rule.name)


def _vague_lines(rule: ToolRule, tools: Sequence[LocalTool], effect: str) -> list[str]:
    """What a rule amounts to for each tool for which it is too vague."""
    return [
        f"rule '{rule.text}' {effect} {tool.name}: {_WANTED[tool.subject]}"
        for tool in tools
        if fnmatchcase(tool.name, rule.name) and not _is_specific(rule, tool.subject)
    ]


#: What a rule's pattern must name for tools of each kind.
_WANTED: Mapping[SubjectKind, str] = {
    "url": "name a host, as in fetch_url(https://docs.python.org/**)",
    "exact": "name the whole of it, as in run_shell(make test)",
    "arguments": "name its arguments, as in NAME(path=*.txt)",
}

#: Kinds of tools whose calls are too diverse to be allowed by name alone.
_NEVER_WHOLE = frozenset(("url", "exact"))


def _is_specific(rule: ToolRule, kind: SubjectKind) -> bool:
    """Whether a rule is specific enough to allow calls of a kind."""
    if rule.pattern is None:
        return kind not in _NEVER_WHOLE or rule.name == ANYTHING
    if kind == "url":
        wanted = split_url(rule.pattern)
        return bool(wanted and wanted.hostname)
    return kind != "arguments" or _argument_pairs(rule.pattern) is not None


def _allows(
    rule: ToolRule, tool: LocalTool, subject: Subject, arguments: Mapping[str, Any]
) -> bool:
    if not fnmatchcase(tool.name, rule.name) or not _is_specific(rule, tool.subject):
        return False
    return rule.pattern is None or _MATCHERS[tool.subject](rule.pattern, subject, arguments, True)


def _is_about(
    rule: ToolRule, tool: LocalTool, subject: Subject, arguments: Mapping[str, Any]
) -> bool:
    """Whether a restricting rule matches a call; in doubt it does."""
    if not fnmatchcase(tool.name, rule.name):
        return False
    return rule.pattern is None or _MATCHERS[tool.subject](rule.pattern, subject, arguments, False)


# -- patterns: the last argument says whether a match allows; else it restricts, and is wider


def _match_path(pattern: str, subject: Subject, _arguments: Mapping[str, Any], _: bool) -> bool:
    return any(glob_path(pattern.removeprefix("./"), word) for word in subject.words)


def glob_path(pattern: str, path: str) -> bool:
    """Whether a path, relative to its root, matches: ``**`` is any number of folders, even none."""
    return _fit_steps(pattern.split("/"), path.split("/"))


def _fit_steps(wanted: Sequence[str], steps: Sequence[str]) -> bool:
    """Match by dynamic programming: a pattern with many ``**`` takes no longer than with one."""
    fits = [True] + [False] * len(steps)  # by the number of steps used up
    for step in wanted:
        if step == "**":
            first = next((n for n, ok in enumerate(fits) if ok), len(fits))
            fits = [n >= first for n in range(len(fits))]
        else:
            fits = [False] + [fits[n] and fnmatchcase(name, step) for n, name in enumerate(steps)]
    return fits[-1]


def _match_url(pattern: str, subject: Subject, _arguments: Mapping[str, Any], allows: bool) -> bool:
    wanted, found = split_url(pattern), split_url(subject.words[0] if subject.words else "")
    if wanted is None or not wanted.hostname:
        return not allows
    if found is None or (allows and (found.username or found.password)):
        return False
    same = (wanted.scheme, port_of(wanted)) == (found.scheme, port_of(found))
    if not same or not _fits_host(plain_host(wanted.hostname), plain_host(found.hostname or "")):
        return False
    if (allows or wanted.query) and wanted.query != found.query:
        return False
    return _fits_url_path(wanted.path, found.path, allows)


def _fits_host(wanted: str, host: str) -> bool:
    """Whether it is exactly that host, or with ``*.`` a subdomain of it."""
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted


def _fits_url_path(pattern: str, path: str, allows: bool) -> bool:
    """A path that leads elsewhere than it says is not allowed; it restricts where it leads."""
    fits = glob_path((pattern or "/").lstrip("/"), path.lstrip("/"))
    if allows:
        return fits and not has_dot_segment(path)
    return fits or glob_path(plain_path(pattern), plain_path(path))


def _match_argv(pattern: str, subject: Subject, _args: Mapping[str, Any], allows: bool) -> bool:
    wanted = [*_split_words(pattern)]
    if not wanted:
        return not allows
    words = list(subject.words)
    if not allows and words:  # a restriction on a program applies wherever it is installed
        wanted[:1], words[:1] = [wanted[0].rpartition("/")[2]], [words[0].rpartition("/")[2]]
    if wanted[-1] == "*" and _ANY_MORE.search(pattern):
        return words[: len(wanted) - 1] == wanted[:-1]
    return words == wanted


#: Any further words; in quotation marks, as of a call that was allowed as it is, it is a word.
_ANY_MORE = re.compile(r"(?:^|\s)\*\s*$")


@lru_cache(maxsize=1000)
def _split_words(pattern: str) -> tuple[str, ...]:
    """The words of a pattern, split as a shell would; empty if that fails."""
    try:
        return tuple(shlex.split(pattern))
    except ValueError:
        return ()


def _match_exact(pattern: str, subject: Subject, _arguments: Mapping[str, Any], _: bool) -> bool:
    return subject.words == (pattern,)


def _match_arguments(
    pattern: str, _subject: Subject, arguments: Mapping[str, Any], allows: bool
) -> bool:
    pairs = _argument_pairs(pattern)
    if pairs is None:
        return not allows
    return all(_has_argument(arguments, key, wanted) for key, wanted in pairs)


def _argument_pairs(pattern: str) -> list[tuple[str, str]] | None:
    """The names and globs in ``a=*, b=c``, none in ``*``; None if it is neither."""
    if not pattern.strip("*"):
        return []
    pairs = [pair.partition("=") for pair in pattern.split(",")]
    if not all(equals for _, equals, _ in pairs):
        return None
    return [(key.strip(), wanted.strip()) for key, _, wanted in pairs]


def _has_argument(arguments: Mapping[str, Any], key: str, wanted: str) -> bool:
    value = arguments.get(key)
    return fnmatchcase(value if isinstance(value, str) else json.dumps(value), wanted)


_MATCHERS: Mapping[SubjectKind, Callable[[str, Subject, Mapping[str, Any], bool], bool]] = {
    "path": _match_path,
    "url": _match_url,
    "argv": _match_argv,
    "exact": _match_exact,
    "arguments": _match_arguments,
}


def _literal(path: str) -> str:
    """A path as the pattern that fits it alone."""
    return re.sub(r"[*?[]", r"[\g<0>]", path)


def rule_for(tool: LocalTool, subject: Subject) -> str:
    """The narrowest rule that would allow this call."""
    words = subject.words
    if tool.subject == "argv":
        return f"{tool.name}({shlex.join(words)})"
    if tool.subject == "url" and words and (parts := split_url(words[0])):
        path = f"{_literal(parts.path)}?{parts.query}" if parts.query else "/**"
        return f"{tool.name}({parts.scheme}://{parts.netloc}{path})"
    if tool.subject == "path" and words:
        folder = _literal(words[0].rpartition("/")[0])
        return f"{tool.name}({folder + '/' if folder else ''}*)"
    return f"{tool.name}({words[0]})" if tool.subject == "exact" and words else tool.name
