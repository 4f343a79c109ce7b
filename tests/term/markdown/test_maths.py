"""Mathematics reads as Unicode where every symbol can; else it is its source, and money is none."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aichat.term.markdown.inline.maths import _RAISED, MAX_DEPTH, MAX_FORMULA, readable
from tests.term.rendering import lines, once

READ = {
    r"E = mc^2": "E = mc²",
    r"\alpha\leq\beta_1": "α ≤ β₁",
    r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}": "x = (-b ± √(b² - 4ac))/(2a)",
    r"\frac{1}{2}mv^2": "1/2 mv²",
    r"x\frac12": "x 1/2",
    r"\frac{x^2}{y^{10}}": "x²/y¹⁰",
    r"\frac{a}{b + c} \cdot \frac{ab}{\vec{v}}": "a/(b + c) · ab/v⃗",
    r"\sin\theta + \cos^2 x": "sin θ + cos² x",
    r"O(n \log n)": "O(n log n)",
    r"\sum_{i=1}^{n} x_i": "∑ᵢ₌₁ⁿ xᵢ",
    r"\int_0^1 f'(x)\,dx": "∫₀¹ f′(x) dx",
    r"\left( \frac{a}{b} \right)^{-1}": "(a/b)⁻¹",
    r"\left. x \right|_0": "x |₀",
    r"\mathbb{R}^n \to \mathbb R": "ℝⁿ → ℝ",
    r"\sqrt[3]{8} = \sqrt4 = \sqrt[n]{x}": "∛8 = √4 = ⁿ√x",
    r"90^\circ \ne 100\%": "90° ≠ 100%",
    r"\text{if } x > 0": "if x > 0",
    r"A^T \hat{x} \in \{1, \ldots\}": "Aᵀ x̂ ∈ {1, …}",
}


@pytest.mark.parametrize("source", READ)
def test_it_reads(source: str) -> None:
    assert readable(source) == READ[source]


LEFT = [
    *(r"e^{i\pi}", r"x_{i,j}", r"a^{b^2}", r"\lim_{x \to 0}", r"\mathcal{L}", r"\unknown x"),
    *(r"\begin{matrix} a & b \end{matrix}", r"a \\[2pt] b", "{a", "a}", "a^", "_", r"\frac{a}"),
    *(
        r"\frac{}{b}",
        r"\sqrt",
        r"\hat{xy}",
        r"\text",
        r"\text{a $b$}",
        "#",
        "a & b",
        "50% c",
        "",
        " ",
    ),
    *("{" * (MAX_DEPTH + 2) + "a" + "}" * (MAX_DEPTH + 2), "a" * (MAX_FORMULA + 1), "\\"),
]


@pytest.mark.parametrize("source", LEFT)
def test_what_has_no_sign_is_left_whole(source: str) -> None:
    assert readable(source) is None


def test_nothing_is_raised_that_does_not_look_so() -> None:
    same = {char for char, raised in _RAISED.items() if char == raised}
    assert same == {"′", "*", "†"}


@given(st.text("\\{}^_[]ab1 \n'&frcsqt$.", max_size=40))
def test_any_text_is_read_or_left(source: str) -> None:
    shown = readable(source, lines=True)
    meant = {sign for sign in "_&" if f"\\{sign}" in source}
    assert shown is None or (shown and not set(shown) & (set("^_\\&") - meant))


#: What is written, and what is seen.
SEEN = {
    "Then $x$, $n$th and $O(n^2)$.": "Then x, nth and O(n²).",
    "Then \\(x\\) and \\[y_1\\].": "Then x and y₁.",
    "a $x_b$ b": "a $x_b$ b",
    "**bold $a*b$**": "bold a*b",
    "`$x$` and \\$x$ y": "`$x$` and $x$ y".replace("`", ""),
}
MONEY = [
    *("It costs $5 and $6.", "between $5-$10", "$5-10$", "$5$", "US$100 or US$200", "$3k, $4k$"),
    *("$HOME/bin:$PATH", "echo $HOME$", "$Id$", "$A$B", "$a and $b are", "$10M and 20$ more"),
]


@pytest.mark.parametrize("text", [*SEEN, *MONEY])
def test_on_the_screen(text: str) -> None:
    assert lines(once(text)) == [SEEN.get(text, text)]


def test_a_formula_by_itself_stands_in_lines_of_its_own() -> None:
    text = "where\n$$\na_1 \\\\ b\n+ c\n$$\nand\n\\[\nx\n\\]\nend, $$y$$ too"
    assert lines(once(text)) == ["where", "a₁", "b", "+ c", "and", "x", "end, y too"]
    left = text.replace("a_1", "a_b")
    assert lines(once(left))[:5] == ["where", "$$", "a_b \\\\ b", "+ c", "$$"]


@pytest.mark.parametrize("unit", ["\\frac{", "{", "\\sqrt[", "x^", "\\left(", "a_{1", "\\text{"])
def test_a_long_formula_costs_little(unit: str) -> None:
    begin = time.thread_time()
    for count in range(200):
        readable(unit * (MAX_FORMULA // len(unit) - count))
    assert time.thread_time() - begin < 2
