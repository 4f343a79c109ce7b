"""Parsing text into blocks, line by line, on an immutable state, so that a preview is free.

``step`` takes one line and returns the next state and the parts that are final;
``finish`` returns what is still open. A paragraph is final when it ends, a line
of code, HTML or a table at once. Later lines never change what was returned, and
how the text was chunked makes no difference.
Source: CommonMark 0.31.2, appendix "A parsing strategy".
"""

from aichat.term.markdown import starts
from aichat.term.markdown.inline.cuts import EMPTY_SCAN, cut_place, scan
from aichat.term.markdown.state import (
    Container,
    Leaf,
    LeafPart,
    List,
    ListItem,
    ParseState,
    Quote,
    SourceLine,
    continue_containers,
    in_quote,
)
from aichat.term.markdown.tables.cells import alignments, has_columns

#: Deeper containers are read as text.
MAX_DEPTH = 64

#: A paragraph longer than this many characters is returned in pieces.
MAX_PARAGRAPH = 4096

#: Blank lines of code held back, at most, until it is known whether code follows.
MAX_BLANKS = 200


Parts = list[LeafPart]


def step(state: ParseState, text: str, *, ends: bool = True) -> tuple[ParseState, Parts]:
    """The state after one more line, and the parts that became final.

    ``ends`` is false for a piece of a line that continues in the next one.
    """
    if state.midline:
        return _continue_line(state, text, ends)
    line, depth, blank = continue_containers(state, text)
    if state.leaf and depth == len(state.containers):
        taken = _TAKE[state.leaf.kind](state, state.leaf, line, ends)
        if taken:
            return taken
    if blank:
        return _end_at_blank(state, depth)
    return _begin(state, line, depth, ends)


def finish(state: ParseState) -> Parts:
    """The parts that the end of the text makes final."""
    return _close_containers(state, 0)[1]


def _continue_line(state: ParseState, text: str, ends: bool) -> tuple[ParseState, Parts]:
    """Continue a line too long to wait for."""
    state = state._replace(midline=not ends)
    leaf = state.leaf
    if leaf and leaf.kind != "paragraph":
        return state, [LeafPart(leaf, text, ends)]
    return _shorten(state._replace(text=state.text + text))


def _end_at_blank(state: ParseState, depth: int) -> tuple[ParseState, Parts]:
    """A blank line ends quotes, paragraphs and tables, but no list."""
    return _close_containers(state, depth) if depth < len(state.containers) else _end_leaf(state)


StepResult = tuple[ParseState, Parts] | None


def _take_paragraph(state: ParseState, leaf: Leaf, line: SourceLine, ends: bool) -> StepResult:
    if not line.body:
        return None
    text, indent = line.body, line.indent
    if state.maths or indent > 3:
        return _add_text(state, text if state.maths else line.text, ends)
    above, parted, last = state.text.rpartition("\n")
    aligns = alignments(text) if ends and (parted or not state.was_cut) else ()
    if aligns and _is_head(last, len(aligns)):
        return _open_table(state, leaf, aligns, above)
    level = starts.underline_level(text) if ends and not state.was_cut else 0
    if level:
        heading = leaf._replace(kind="heading", level=level)
        return _clear_leaf(state), [LeafPart(heading, state.text.strip(" \t\n"))]
    return None


def _is_head(line: str, columns: int) -> bool:
    return "|" in line and SourceLine(line).indent < 4 and has_columns(line, columns)


def _open_table(
    state: ParseState, leaf: Leaf, aligns: tuple[str, ...], above: str
) -> tuple[ParseState, Parts]:
    """The paragraph's last line was the head of a table; ``above`` are the lines before it."""
    head = state.text[len(above) :].removeprefix("\n")
    serial = state.serial
    parts = [LeafPart(leaf, above.strip(" \t\n"))] if above else []
    top = state.top + bool(above and not state.containers)
    table = leaf._replace(kind="table", aligns=aligns, serial=serial + 1, top=top)
    state = _clear_leaf(state)._replace(leaf=table, serial=serial + 1, top=top, shown=serial + 1)
    return state, [*parts, LeafPart(table, head)]


def _take_code(state: ParseState, leaf: Leaf, line: SourceLine, ends: bool) -> StepResult:
    if leaf.fence is None:
        return _take_indented(state, leaf, line, ends)
    indent = line.indent
    if ends and indent < 4:
        if not state.inner and starts.is_fence_end(line.body, leaf.fence):
            return _clear_leaf(state), []
        inner = starts.follow_inner(line.body, indent, leaf.fence, state.inner)
        state = state._replace(inner=inner)
    return _add_code(state, leaf, line.after(min(indent, leaf.fence.indent)).text, ends)


def _take_indented(state: ParseState, leaf: Leaf, line: SourceLine, ends: bool) -> StepResult:
    blank = not line.body
    return _add_code(state, leaf, line.after(4).text, ends) if blank or line.indent > 3 else None


def _add_code(state: ParseState, leaf: Leaf, text: str, ends: bool) -> tuple[ParseState, Parts]:
    """Add a line of code; blank ones wait, since trailing ones are not shown."""
    blanks = state.blanks
    if ends and not text.strip() and blanks < MAX_BLANKS:
        return state._replace(blanks=blanks + 1), []
    above = [LeafPart(leaf, "\n" * (blanks - 1))] if blanks else []
    state = state._replace(blanks=0, midline=not ends)
    return state, [*above, LeafPart(leaf, text, ends)]


def _take_html(state: ParseState, leaf: Leaf, line: SourceLine, ends: bool) -> StepResult:
    if not line.body and starts.is_html_end("", leaf.level):
        return None
    return _add_html(state, leaf, line, ends)


def _add_html(
    state: ParseState, leaf: Leaf, line: SourceLine, ends: bool
) -> tuple[ParseState, Parts]:
    done = starts.is_html_end(line.text, leaf.level)
    state = _clear_leaf(state) if done and ends else state._replace(midline=not ends)
    return state, [LeafPart(leaf, line.text, ends)]


def _take_table(state: ParseState, leaf: Leaf, line: SourceLine, ends: bool) -> StepResult:
    text = line.body
    if not text or line.indent > 3 or not ends or _ends_table(text, line.indent):
        return None
    return state, [LeafPart(leaf, text)]


def _ends_table(text: str, indent: int) -> bool:
    """Whether a line starts a block that ends a table."""
    return (
        text[0] == ">"
        or starts.heading(text) is not None
        or starts.fence(text, indent) is not None
        or starts.is_rule(text)
        or starts.list_mark(text) is not None
        or starts.html_kind(text, in_paragraph=True) is not None
    )


_TAKE = {
    "paragraph": _take_paragraph,
    "code": _take_code,
    "html": _take_html,
    "table": _take_table,
}


def _begin(state: ParseState, line: SourceLine, depth: int, ends: bool) -> tuple[ParseState, Parts]:
    """Open new containers, then a new leaf, or continue the open paragraph."""
    parts: Parts = []
    matched = depth == len(state.containers)
    while True:
        in_paragraph = bool(state.leaf and state.leaf.kind == "paragraph")
        opened = _open_container(state, line, depth, matched and in_paragraph, ends)
        if opened is None:
            break
        state, line, more = opened
        parts += more
        depth, matched = len(state.containers), True
        if _is_task(state.containers[-1]):
            state, more = _begin_paragraph(state, line, depth, ends)
            return state, parts + more
    if not line.body:
        return state, parts
    state, more = _begin_leaf(state, line, depth, ends)
    return state, parts + more


def _is_task(container: Container) -> bool:
    return isinstance(container, ListItem) and container.done is not None


def _open_container(
    state: ParseState, line: SourceLine, depth: int, in_paragraph: bool, ends: bool
) -> tuple[ParseState, SourceLine, Parts] | None:
    """Open one quote or list item; return what that closes as well."""
    text, indent = line.body, line.indent
    if not text or indent > 3 or len(state.containers[:depth]) >= MAX_DEPTH:
        return None
    if text[0] == ">":
        state, parts = _close_containers(state, _without_list(state, depth))
        return _push(state, Quote()), in_quote(state, Quote(), line) or line, parts
    mark = None if ends and starts.is_rule(text) else starts.list_mark(text)
    if mark is None:
        return None
    rest = line.after(indent + mark.width)
    if in_paragraph and (not rest.body or mark.number not in (None, 1)):
        return None
    return _open_item(state, rest, depth, mark, indent)


def _open_item(
    state: ParseState, rest: SourceLine, depth: int, mark: starts.ListMark, indent: int
) -> tuple[ParseState, SourceLine, Parts]:
    """Open an item in the open list, or in a new one if its markers are of another kind."""
    list_ = state.containers[depth - 1] if depth else None
    if isinstance(list_, List) and list_.kind == mark.kind:
        state, parts = _close_containers(state, depth)
        number = None if list_.number is None else list_.number + 1
        state = state._replace(containers=(*state.containers[:-1], List(mark.kind, number)))
    else:
        state, parts = _close_containers(state, _without_list(state, depth))
        number = mark.number
        state = _push(state, List(mark.kind, number))
    spaces = rest.indent
    padding = 1 if spaces > 4 or not rest.body else spaces
    serial = state.serial + 1
    rest = rest.after(min(padding, rest.indent))
    done, box = starts.task_box(rest.text) or (None, 0)
    new = ListItem(indent + mark.width + padding, number, serial, done)
    state = state._replace(containers=(*state.containers, new), serial=serial)
    return state, rest.after(box), parts


def _without_list(state: ParseState, depth: int) -> int:
    """``depth`` without a list at its end: only items continue a list."""
    return depth - 1 if depth and isinstance(state.containers[depth - 1], List) else depth


def _push(state: ParseState, container: Container) -> ParseState:
    top = state.top + (not state.containers)
    containers = (*state.containers, container)
    return state._replace(containers=containers, top=top, filled=state.serial)


def _begin_leaf(
    state: ParseState, line: SourceLine, depth: int, ends: bool
) -> tuple[ParseState, Parts]:
    paragraph = state.leaf is not None and state.leaf.kind == "paragraph"
    if line.indent > 3:
        if paragraph:
            return _add_text(state, line.text, ends)
        state, leaf, parts = _open_code(state, depth)
        state, more = _add_code(state, leaf, line.after(4).text, ends)
        return state, parts + more
    if ends:
        begun = _begin_marked(state, line, depth, paragraph)
        if begun:
            return begun
    if paragraph:
        return _add_text(state, line.text, ends)
    return _begin_paragraph(state, line, depth, ends)


def _begin_paragraph(
    state: ParseState, line: SourceLine, depth: int, ends: bool
) -> tuple[ParseState, Parts]:
    state, _, parts = _open_leaf(state, depth, "paragraph")
    state, more = _add_text(state, line.body, ends)
    return state, parts + more


def _begin_marked(state: ParseState, line: SourceLine, depth: int, paragraph: bool) -> StepResult:
    """Open a leaf that its first line identifies."""
    text, indent = line.body, line.indent
    if found := starts.heading(text):
        state, leaf, parts = _open_leaf(state, depth, "heading", level=found[0])
        return _clear_leaf(state), [*parts, LeafPart(leaf, found[1])]
    if fence := starts.fence(text, indent):
        state, _, parts = _open_code(state, depth, fence)
        return state, parts
    if starts.is_rule(text):
        state, leaf, parts = _open_leaf(state, depth, "rule")
        return _clear_leaf(state), [*parts, LeafPart(leaf, "")]
    kind = starts.html_kind(text, in_paragraph=paragraph)
    if kind is None:
        return None
    state, leaf, parts = _open_leaf(state, depth, "html", level=kind)
    state, more = _add_html(state, leaf, line, True)
    return state, parts + more


def _open_code(
    state: ParseState, depth: int, fence: starts.Fence | None = None
) -> tuple[ParseState, Leaf, Parts]:
    """Open a code block with the next number."""
    state, leaf, parts = _open_leaf(
        state._replace(codes=state.codes + 1), depth, "code", level=state.codes + 1, fence=fence
    )
    return state, leaf, [*parts, LeafPart(leaf, "", first=True)]


def _open_leaf(
    state: ParseState, depth: int, kind: str, *, level: int = 0, fence: starts.Fence | None = None
) -> tuple[ParseState, Leaf, Parts]:
    """Open a leaf; return what that closes as well."""
    state, parts = _close_containers(state, _without_list(state, depth))
    top, serial = state.top + (not state.containers), state.serial + 1
    leaf = Leaf(kind, state.containers, serial, top, level, fence)
    state = state._replace(leaf=leaf, serial=serial, top=top, filled=serial, shown=serial)
    return state, leaf, parts


def _add_text(state: ParseState, text: str, ends: bool) -> tuple[ParseState, Parts]:
    """Add a line to the paragraph."""
    maths = starts.maths_closer(text, state.maths)
    whole = f"{state.text}\n{text}" if state.text else text
    return _shorten(state._replace(text=whole, midline=not ends, maths=maths))


def _shorten(state: ParseState) -> tuple[ParseState, Parts]:
    """Release the start of a long paragraph; its last whole line may yet be a table's head."""
    text = state.text if state.midline else state.text.rpartition("\n")[0]
    if len(text) < MAX_PARAGRAPH or not state.leaf or state.is_preview:
        return state, []
    cuts = scan(text, state.cuts)
    place = cut_place(text, cuts)
    if not place:
        return state._replace(cuts=cuts), []
    part = LeafPart(state.leaf, text[:place].lstrip(" \t\n"), whole=False)
    return state._replace(text=state.text[place:], cuts=EMPTY_SCAN, was_cut=True), [part]


def _close_containers(state: ParseState, depth: int) -> tuple[ParseState, Parts]:
    """The state with only ``depth`` containers open."""
    state, parts = _end_leaf(state)
    bare = [
        place
        for place, one in enumerate(state.containers)
        if isinstance(one, ListItem) and place >= depth and one.serial > state.shown
    ]
    if bare:
        path = state.containers[: bare[-1] + 1]
        parts.append(LeafPart(Leaf("empty", path, state.serial, state.top), ""))
    return state._replace(containers=state.containers[:depth]), parts


def _end_leaf(state: ParseState) -> tuple[ParseState, Parts]:
    leaf = state.leaf
    if leaf is None:
        return state, []
    parts = []
    if leaf.kind == "paragraph":
        parts = [LeafPart(leaf, state.text.strip(" \t\n"))]
    elif leaf.kind == "table":
        parts = [LeafPart(leaf, "", last=True)]
    return _clear_leaf(state), parts


def _clear_leaf(state: ParseState) -> ParseState:
    return ParseState(
        state.containers,
        serial=state.serial,
        top=state.top,
        codes=state.codes,
        filled=state.filled,
        shown=state.shown,
    )
