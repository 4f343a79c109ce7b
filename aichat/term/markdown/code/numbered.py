"""The code blocks of an answer, in order and with the numbers they are shown with."""

from collections.abc import Iterator

from aichat.core.text.numbers import count_of, place_in
from aichat.core.text.sanitize import sanitize
from aichat.errors import usage_error
from aichat.term.markdown.blocks import step
from aichat.term.markdown.lines import LineSplitter
from aichat.term.markdown.state import Leaf, ParseState, code_line
from aichat.values import NamedTuple


class CodeBlock(NamedTuple):
    """A code block; an indented one has ``language`` None, not even ``""``."""

    number: int
    language: str | None
    text: str


def first_block(text: str, language: str | None = None) -> str | None:
    """The code of the first fenced block, in ``language`` if given (any case); None if none."""
    wanted = language and language.lower()
    found = (
        block.text
        for block in code_blocks(text)
        if block.language is not None and wanted in (None, block.language.lower())
    )
    return next(found, None)


def numbered_block(text: str, number: str) -> str:
    """The code of the block with that number, counted from 1. Errors: ``usage``."""
    found = [block.text for block in code_blocks(text)]
    place = place_in(len(found), number)
    if place is None:
        have = f"the last answer has {count_of(len(found), 'code block')}"
        raise usage_error(have if number.isdecimal() else f"'{number}' is no number; {have}")
    return found[place]


def code_blocks(text: str) -> Iterator[CodeBlock]:
    """Every code block; an unclosed one ends with the text.

    They are parsed as the renderer parses them, but returned as the model wrote them.
    """
    state, code = ParseState(), list[str]()
    for shown, written, end in _pieces(text):
        after, parts = step(state, shown, ends=bool(end))
        leaf, leaf_after = _code_leaf(state), _code_leaf(after)
        if leaf and leaf_after and leaf.serial == leaf_after.serial:
            code.append(code_line(state, written) + end)
        else:
            if leaf:
                yield _block(leaf, "".join(code).removesuffix("\n"))
            code = [_as_written(parts[-1].text, written) + end] if _is_indented(leaf_after) else []
        state = after
    if leaf := _code_leaf(state):
        code = code if text.endswith("\n") else ["".join(code).removesuffix("\n")]
        yield _block(leaf, "".join(code))


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """Each line as shown, as written, and its line ending: empty or a newline."""
    shown, written = LineSplitter(), LineSplitter()
    drawn, source = shown.feed(sanitize(text)), written.feed(text.replace("\r\n", "\n"))
    for (one, ends), (other, _) in zip(drawn, source, strict=True):
        yield one, other, "\n" * ends
    if shown.tail:
        yield shown.tail, written.tail, "\n"


def _code_leaf(state: ParseState) -> Leaf | None:
    return state.leaf if state.leaf and state.leaf.kind == "code" else None


def _is_indented(leaf: Leaf | None) -> bool:
    return leaf is not None and leaf.fence is None


def _as_written(shown: str, written: str) -> str:
    """The original of the end of a line, character by character, before it was made safe."""
    body = shown.lstrip(" ")
    return shown[: len(shown) - len(body)] + written[len(written) - len(body) :]


def _block(leaf: Leaf, text: str) -> CodeBlock:
    if leaf.fence is None:
        return CodeBlock(leaf.level, None, text.rstrip("\n"))
    return CodeBlock(leaf.level, "".join(leaf.fence.info.split()[:1]), text)
