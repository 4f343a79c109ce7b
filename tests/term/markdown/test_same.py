"""However a text was cut, the same remains; and it is what Rich makes of it, but for the list."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aichat.term.answer.style import RenderStyle
from tests.support.running.marks import long_case
from tests.term.reference import is_as_rich_has_it
from tests.term.rendering import once, streamed
from tests.term.texts import DOCUMENTS, examples, readmes

SIZES = (1, 4, 37, 1024, 0)
COLUMNS = st.sampled_from((80, 41, 27))
EXAMPLES = examples()
READMES = readmes()


def check(text: str, columns: int) -> None:
    whole = once(text, columns)
    for size in SIZES:
        assert streamed(text, size, columns) == whole, size
    assert is_as_rich_has_it(text, columns)


RELAXED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@settings(RELAXED, max_examples=20)
@given(DOCUMENTS, COLUMNS)
def test_a_document_is_the_same_however_it_comes(text: str, columns: int) -> None:
    check(text, columns)


@settings(RELAXED, max_examples=20)
@given(DOCUMENTS, COLUMNS)
def test_it_is_so_too_where_the_terminal_wraps(text: str, columns: int) -> None:
    look = RenderStyle(wrap="terminal")
    whole = once(text, columns, look)
    for size in (1, 37, 0):
        assert streamed(text, size, columns, look) == whole, size


@pytest.mark.long
@settings(RELAXED, max_examples=1000)
@given(DOCUMENTS, COLUMNS)
def test_two_thousand_documents_are_the_same_however_they_come(text: str, columns: int) -> None:
    check(text, columns)


def test_an_example_of_commonmark_is_the_same_however_it_comes() -> None:
    check_examples(EXAMPLES[::4])


@pytest.mark.long
def test_all_examples_of_commonmark_are_the_same_however_they_come() -> None:
    check_examples(EXAMPLES)


def check_examples(texts: list[str]) -> None:
    assert len(EXAMPLES) > 640
    for text in texts:
        whole = once(text)
        assert is_as_rich_has_it(text), text
        for size in (1, 4, 0):
            assert streamed(text, size) == whole, (text, size)


def test_there_are_real_documents_enough() -> None:
    assert len(READMES) >= 20


@pytest.mark.parametrize("name", [n if i % 6 == 0 else long_case(n) for i, n in enumerate(READMES)])
def test_a_real_document_is_what_rich_makes_of_it(name: str) -> None:
    text = READMES[name][:8000]
    whole = once(text)
    assert is_as_rich_has_it(text)
    assert streamed(text, 1024) == whole


@pytest.mark.parametrize("name", [n if i % 3 == 0 else long_case(n) for i, n in enumerate(READMES)])
def test_the_beginning_of_a_real_document_is_the_same_however_it_comes(name: str) -> None:
    text = READMES[name][:800]
    whole = once(text, 60)
    for size in (4, 0):
        assert streamed(text, size, 60) == whole


@pytest.mark.long
@pytest.mark.parametrize("name", READMES)
def test_a_whole_real_document_is_the_same_however_it_comes(name: str) -> None:
    check(READMES[name], 80)
