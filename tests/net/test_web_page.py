"""A conversation as an HTML page: whole, closed in itself, and safe against what is in it."""

import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.conversation.turn import Conversation, Status, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Source
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Part,
    Reasoning,
    Refusal,
    Role,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.errors import Fault
from aichat.term.html.page import render_page
from tests.support.running.marks import long_case

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63606060f80f0001040100 5fe5c34b".replace(" ", "")
    + "0000000049454e44ae426082"
)
EMPTY = frozenset(("meta", "link", "br", "hr", "img"))


class Reader(HTMLParser):
    """Every element and its text; it fails where the nesting is not strict."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {tag} {attrs}"
        assert tag != "a" or "a" not in self.open, "a link in a link"
        assert "p" not in self.open or tag in ("a", "code", "em", "strong", "s", "br", "time"), tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.open), data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self, within: str = "main") -> str:
        return "".join(text for path, text in self.texts if within in path)


def turn(number: int, role: Role, *parts: Part | str, parent: int | None = -1) -> Turn:
    said = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    model = "model-1" if role == "assistant" else None
    before = (number - 1 or None) if parent == -1 else parent
    return Turn(Message(role, said, model and "acme", model), 1.79e9 + number, number, before)


def answered(given: Turn, status: Status = "complete", **known: object) -> Turn:
    answer = Answer("acme", "model-1", given.message, **known)  # type: ignore[arg-type]
    return given._replace(answer=answer, status=status)


def talk(*turns: Turn, title: str = "A talk", head: int | None = None) -> Conversation:
    last = turns[-1].number if turns and head is None else head
    return Conversation(Summary("abc", title, 1.79e9, 1.79e9, last, len(turns), "model-1"), turns)


def page_of(*given: Conversation) -> str:
    text = "".join(render_page(given))
    text.encode()
    return text


def said(*parts: Part | str) -> str:
    """The page of one answer."""
    return page_of(talk(turn(1, "user", "Why?"), turn(2, "assistant", *parts)))


RICH = talk(
    turn(1, "system", "Be brief."),
    turn(
        2,
        "user",
        "What is it?\n\n```python\nprint('*')\n```\n\n*as typed*",
        Media("image/png", DOT),
    ),
    answered(
        turn(
            3,
            "assistant",
            Reasoning("Let me **think**."),
            "# It is\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\nSo [1] says, not [7]. ~~No~~\n\n",
            "```rust\nfn main() {}\n```\n\n> - quoted\n\nSee https://example.org/a_b.",
            ToolCall("c1", "look", '{"place":"a b","n":[1,2]}'),
            ServerTool("s1", "web_search", '{"q":"x"}', "found", "done"),
            Media("image/png", b64decode("iVBORw0KGgo=")),
        ),
        usage=Usage(1200, 300, 100, None, 50, 2),
        cost=Cost(12_300_000, estimated=True),
        sources=(Source(1, "https://example.com/?a=1&b=2", "The source", date="2026-01-01"),),
        total_s=4.21,
    ),
    turn(4, "tool", ToolResult("c1", "look", (Text('{"ok":true}'),), is_error=True)),
    answered(
        turn(5, "assistant", "Half of"),
        "interrupted",
        fault=Fault("interrupted", "interrupted by you", "ask again"),
    ),
    turn(6, "user", "Another way?", parent=1),
    turn(7, "assistant", Refusal("I would rather not.")),
    head=5,
)

MARK = "<b onclick=x>&amp;\"'</b><script>alert(1)</script></style></title>--><!--"
HOSTILE = {
    "markup": MARK,
    "end of everything": "</code></pre></div></details></article></main></body></html>",
    "quotes": '"\' onmouseover=alert(1) x="',
    "surrogate": "a\ud83db",
    "controls": "a\x1b]52;c;AAAA\x07b\x00c\x08\x9bd\x0ce\rf",
    "bidi": "a\u202eb\u2066c\u200bd",
    "entities": "&#x202e;&#27;&#0;&#xd800;&lt;script&gt;",
    "not a character": "a\ufffe\uffff\U0001ffffb\ufdd0",
    "a fence": "```\n</code>\n~~~~\n`````",
    "a fence's language": '```"><script>x</script>\n&#x202e;\n```\n``` &quot;&gt;\nx\n```',
    "links": "[x](javascript:alert(1)) [y](data:text/html,x) [z](file:///etc) [w](//a.b) [v](#t1) "
    "<javascript:x> [u](vbscript:x) [t](JaVaScRiPt&colon;x) [s](<java\nscript:x>) [r](ssh://-oP)",
    "pictures": '![a](http://e.vil/x.png "t") ![b](data:image/png;base64,AAAA) '
    "[![c](https://e.vil/c.png)](https://e.vil) ![![d](http://e.vil/d)](http://e.vil/e)",
    "html": '<img src=http://e.vil/x><iframe src="//e.vil">\n\n<style>@import "//e.vil"</style>',
    "link in a link": "[a <https://b.c> https://d.e [f](https://g.h)](https://i.j)",
    "references": '[a]: http://e.vil "t"\n\n[a] ![a] [b][a]',
    "styles": "{color:red} url(http://e.vil) expression(x)",
    "nested": "> " * 500 + "- " * 500 + "*" * 500 + "[" * 500 + "(" * 500,
    "nothing": "",
    "white": " \n\t\n ",
    "title's place": "@TITLE@ {title} {style} %s",
}
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff\ufdd0\ufffe\uffff]"
)


def everywhere(text: str) -> Conversation:
    """A conversation that has ``text`` in every place that others write."""
    parts = (
        Text(text),
        Reasoning(text),
        Refusal(text),
        ToolCall(text, text, text),
        ToolResult(text, text, (Text(text), Media(text, b"x", text), Media(text, LocalFile(text)))),
        ServerTool(text, text, text, text, text),
        Media(text, Url(text), text, text, text),
        Media(text, ProviderFile(text), text, text, text),
        Media("image/png", DOT, name=text),
        Media(text, b"\0\0\0"),
        Media("image/png", Url(text)),
        Media(text, b"x", name=text),
    )
    known = Answer(
        text,
        text,
        Message("assistant", parts, text, text),
        finish_reason=text,
        cost=Cost(1, text),
        sources=(Source(1, text, text, text, text), Source(2, f"https://a.b/{text}", text)),
        fault=Fault("server", text, text),
    )
    roles: tuple[Role, ...] = ("system", "user", "tool", "assistant")
    turns = [
        Turn(Message(role, parts, text, text), 1.79e9, number, number - 1 or None, "failed")
        for number, role in enumerate(roles, 1)
    ]
    about = Summary(text, text, 1.79e9, 1e300, 3, 4, text)
    return Conversation(about, (*turns[:3], turns[3]._replace(answer=known)))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("many", [1, 2])
def test_nothing_in_a_conversation_breaks_out_of_its_place(text: str, many: int) -> None:
    made = page_of(*[everywhere(text)] * many)
    expected = {tag for tag, _ in Reader(page_of(*[RICH] * many)).elements}
    found = Reader(made)
    assert {tag for tag, _ in found.elements} <= expected | {"h1", "em", "p", "ol", "ul", "code"}
    assert not CONTROLS.search(made) and not CONTROLS.search(found.text())
    for _, attrs in found.elements:
        assert not {name for name in attrs if name.startswith("on")}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_page_refers_to_nothing_that_a_browser_would_fetch(text: str) -> None:
    found = Reader(page_of(everywhere(text)))
    for tag, attrs in found.elements:
        assert not {"srcset", "poster", "action", "background", "ping"} & set(attrs)
        assert attrs.get("src", "data:image/").startswith("data:image/")
        assert tag == "link" or re.match("https?://|mailto:|#", attrs.get("href", "#"))
        assert "url(" not in attrs.get("style", "")
        if attrs.get("href", "#")[0] != "#" and tag == "a":
            assert attrs["rel"] == "noopener noreferrer nofollow"
    style = found.text("style")
    assert "url(" not in style and "@import" not in style and "@font-face" not in style


def test_a_page_forbids_itself_every_request() -> None:
    rules = [m["content"] for m in Reader(page_of(RICH)).all("meta") if m.get("http-equiv")]
    data = "img-src data:; media-src data:"
    assert rules == [f"default-src 'none'; style-src 'unsafe-inline'; {data}"]


def test_every_id_stands_once_and_every_inner_link_leads_somewhere() -> None:
    for given in ((RICH,), (RICH, RICH, talk(title="Empty"))):
        found = Reader(page_of(*given))
        ids = [attrs["id"] for _, attrs in found.elements if "id" in attrs]
        assert len(set(ids)) == len(ids)
        inner = {a["href"][1:] for a in found.all("a") if a["href"].startswith("#")}
        assert inner and inner <= set(ids)


def test_the_way_to_the_end_comes_first_and_the_other_branches_below_a_heading() -> None:
    made = page_of(RICH)
    places = [made.index(word) for word in ("Half of", "Other branches", "After", "Another way?")]
    assert places == sorted(places)
    assert '<a href="#t1">turn 1</a>' in made and made.count('class="after"') == 1
    assert [a["id"] for a in Reader(made).all("article")] == [f"t{n}" for n in range(1, 8)]


def test_a_conversation_without_a_head_is_shown_in_the_order_of_writing() -> None:
    given = talk(turn(1, "user", "a"), turn(2, "assistant", "b"), head=99)
    assert [a["id"] for a in Reader(page_of(given)).all("article")] == ["t1", "t2"]


@pytest.mark.parametrize(
    "part",
    [
        Reasoning("folded"),
        ToolCall("1", "f", "folded"),
        ServerTool("1", "f", "folded"),
        ToolResult("1", "f", (Text("folded"),)),
    ],
    ids=lambda part: part.type,
)
def test_reasoning_and_tools_are_folded(part: Part) -> None:
    assert "folded" in Reader(said(part)).text("details")


def test_an_answer_is_markdown_and_a_question_is_shown_as_it_was_typed() -> None:
    typed = "* not a list\n  two  spaces\n\n# nor a heading"
    found = Reader(page_of(talk(turn(1, "user", typed), turn(2, "assistant", "# Head\n\n* item"))))
    assert typed in found.text()
    assert found.text("h3") == "Head" and found.text("li") == "item"


def test_a_fence_is_coloured_in_a_question_and_in_an_answer() -> None:
    fence = "```python\ndef f(): pass\n```"
    found = Reader(page_of(talk(turn(1, "user", f"a\n{fence}\nb"), turn(2, "assistant", fence))))
    assert [s["class"] for s in found.all("span")].count("k") == 4  # def, pass
    assert found.text("pre") == "def f(): pass\n" * 2


def test_each_colour_is_defined_once_for_light_and_once_for_dark() -> None:
    style = re.sub(r"\s+", "", Reader(page_of(RICH, RICH)).text("style"))
    light, _, rest = style.partition("@mediascreenand(prefers-color-scheme:dark)")
    dark = rest[: rest.index("}}")]
    colours = re.compile(r"(--\w+):#[0-9a-f]{6}")
    assert colours.findall(light) == colours.findall(dark) and len(colours.findall(dark)) == 14
    assert not re.search(r"#[0-9a-f]{3,6}", rest[len(dark) :])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_colour_of_text_can_be_read_on_every_ground() -> None:
    style = Reader(page_of(RICH)).text("style")
    for theme in style.split("@media screen and (prefers-color-scheme:dark)"):
        colours = dict(re.findall(r"--(\w+): ?(#[0-9a-f]{6})", theme))
        grounds = [luminance(colours[name]) for name in ("bg", "card", "code")]
        for name in colours.keys() - {"bg", "card", "code", "line"}:
            for ground in grounds:
                low, high = sorted((luminance(colours[name]), ground))
                assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_sources_are_numbered_and_named_where_the_answer_cites_them() -> None:
    found = Reader(page_of(RICH))
    assert [li["value"] for li in found.all("li") if "value" in li] == ["1"]
    assert [a["href"] for a in found.all("a") if a.get("class") == "cited"] == ["#t3-s1"]
    assert found.text("cite") == "https://example.com/?a=1&b=2"
    assert "not [7]" in found.text()


@pytest.mark.parametrize("status", ["partial", "interrupted", "failed"])
def test_an_answer_that_is_not_whole_says_so_and_why(status: Status) -> None:
    cut = answered(turn(1, "assistant", "Half"), status, fault=Fault("server", "It fell", "Wait"))
    told = Reader(page_of(talk(cut))).text("article")
    assert status in told and "It fell" in told and "Wait" in told


def test_an_answer_has_its_model_time_usage_and_cost_in_small_print() -> None:
    told = Reader(page_of(RICH))
    assert "1,200 in, 300 out, 100 cached, 50 reasoning · 2 searches" in told.text("footer")
    assert "about $0.012 · 4.2 s" in told.text("footer")
    assert "model-1" in told.text("h2")
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d)+", told.text("time"))


def test_a_text_that_a_provider_cut_into_parts_is_one_paragraph() -> None:
    assert Reader(said("It is *very", " good*.")).text("em") == "very good"


def test_a_picture_that_is_there_is_shown_and_one_that_is_elsewhere_is_a_link() -> None:
    found = Reader(said(Media("image/png", DOT), "![alt](https://e.vil/x.png)"))
    assert len(found.all("img")) == 1
    assert "https://e.vil/x.png" in [a["href"] for a in found.all("a")]


def test_a_call_is_spread_over_lines_only_where_nothing_else_changes() -> None:
    assert '{\n  "a": 1\n}' in Reader(said(ToolCall("1", "f", '{"a":1}'))).text("pre")
    for exact in ('{"a":1,"a":2}', '{"a":1.50}', "[" * 10_000, '"\\u00e9"', "{"):
        assert Reader(said(ToolCall("1", "f", exact))).text("pre").strip() == exact


def test_two_conversations_are_listed_and_linked() -> None:
    found = Reader(page_of(RICH, talk(turn(1, "user", "Hi"), title="<Second>")))
    assert [a["href"] for a in found.all("a")][:2] == ["#c1-", "#c2-"]
    assert "<Second>" in found.text("nav") and found.text("title") == "2 conversations"
    assert not Reader(page_of(RICH)).all("nav")


def test_no_conversation_at_all_is_a_page_too() -> None:
    assert "0 conversations" in Reader(page_of()).text("h1")


def calls_for(*given: Conversation) -> int:
    """How many functions a page takes, in Python and C."""
    count = 0

    def see(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    page_of(RICH)  # what is made once is made
    sys.setprofile(see)
    try:
        "".join(render_page(given))
    finally:
        sys.setprofile(None)
    return count


def long_talk(turns: int) -> Conversation:
    roles: tuple[Role, Role] = ("user", "assistant")
    return talk(*(turn(n, roles[n % 2], f"*{n}* [1]") for n in range(1, turns + 1)))


def branched(turns: int) -> Conversation:
    return talk(*(turn(n, "user", "x", parent=1 if n > 1 else None) for n in range(1, turns + 1)))


LONG: dict[str, Callable[[int], Conversation]] = {
    "turns": lambda n: long_talk(n // 10),
    "branches": lambda n: branched(n // 10),
    "paragraphs": lambda n: talk(turn(1, "assistant", "Some *words* [1] here.\n\n" * (n // 10))),
    "one paragraph": lambda n: talk(turn(1, "assistant", "some `words` and\n" * (n // 10))),
    "brackets": lambda n: talk(turn(1, "assistant", "[![" * n)),
    "addresses": lambda n: talk(turn(1, "assistant", "https://a)" * n)),
    "fences": lambda n: talk(turn(1, "user", "```python\nx = 1\n```\n" * (n // 10))),
    "references": lambda n: talk(turn(1, "assistant", f"[a]: /{'u' * n}\n\n" + "[a] " * n)),
    "table": lambda n: talk(turn(1, "assistant", "|a|b|\n|-|-|\n" + "|c|d|\n" * (n // 10))),
}


@pytest.mark.parametrize(
    "made", [*[*LONG.values()][:3], *map(long_case, [*LONG.values()][3:])], ids=LONG
)
def test_ten_times_more_takes_at_most_ten_times_the_steps(
    made: Callable[[int], Conversation],
) -> None:
    small, large = (made(n) for n in (300, 3000))
    assert calls_for(large) <= 11 * calls_for(small)
    assert len(page_of(large)) <= 11 * len(page_of(small))


def test_importing_the_page_imports_neither_markdown_nor_colours() -> None:
    script = (
        "import sys, aichat.term.html.page; print({'markdown_it', 'pygments'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


@pytest.mark.long
@pytest.mark.skipif(not BROWSER, reason="no chromium is installed")
def test_a_browser_loads_the_page_alone_without_an_error(tmp_path: Path) -> None:
    """Its network log has the page and what is in the page itself, and no other address."""
    file, log = tmp_path / "page.html", tmp_path / "net.json"
    file.write_text(page_of(RICH, *map(everywhere, HOSTILE.values())), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    flags += ["--no-first-run", "--disable-component-update", "--enable-logging=stderr"]
    flags += [f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", "--dump-dom"]
    done = subprocess.run([str(BROWSER), *flags, file.as_uri()], capture_output=True, timeout=120)
    assert b"Other branches" in done.stdout
    assert b"CONSOLE" not in done.stderr, done.stderr.decode()
    assert "e.vil" not in log.read_text() and "example.com" not in log.read_text()
