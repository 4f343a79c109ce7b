r"""Converting LaTeX formulas to Unicode, if every symbol has a character.

``\frac{\alpha^2}{2}`` becomes ``α²/2``. A formula with anything that has no character, such
as a matrix or a letter without a superscript, stays as it is: half of one would mislead.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial

from aichat.values import NamedTuple

#: Longer or more deeply nested formulas are left alone, to bound the cost of one.
MAX_FORMULA, MAX_DEPTH = 2000, 12

#: Spaces just inside brackets.
_SPARE = re.compile(r"(?<=[(\[]) | (?=[)\]])")

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


def _pairs(text: str) -> dict[str, str]:
    """Alternating commands and characters as a mapping."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


#: Symbols without space around them.
_SYMBOLS = _pairs(
    r"""
    \alpha α \beta β \gamma γ \delta δ \epsilon ϵ \varepsilon ε \zeta ζ \eta η \theta θ
    \vartheta ϑ \iota ι \kappa κ \lambda λ \mu μ \nu ν \xi ξ \omicron ο \pi π \varpi ϖ \rho ρ
    \varrho ϱ \sigma σ \varsigma ς \tau τ \upsilon υ \phi ϕ \varphi φ \chi χ \psi ψ \omega ω
    \Gamma Γ \Delta Δ \Theta Θ \Lambda Λ \Xi Ξ \Pi Π \Sigma Σ \Upsilon Υ \Phi Φ \Psi Ψ \Omega Ω
    \infty ∞ \partial ∂ \nabla ∇ \hbar ℏ \ell ℓ \Re ℜ \Im ℑ \aleph ℵ \emptyset ∅ \varnothing ∅
    \sum ∑ \prod ∏ \coprod ∐ \int ∫ \iint ∬ \iiint ∭ \oint ∮ \bigcup ⋃ \bigcap ⋂
    \forall ∀ \exists ∃ \nexists ∄ \neg ¬ \lnot ¬ \top ⊤ \bot ⊥ \angle ∠ \triangle △
    \ldots … \dots … \cdots ⋯ \vdots ⋮ \ddots ⋱ \prime ′ \dagger † \degree ° \circ ∘ \bullet •
    \langle ⟨ \rangle ⟩ \lfloor ⌊ \rfloor ⌋ \lceil ⌈ \rceil ⌉ \lVert ‖ \rVert ‖ \Vert ‖ \| ‖
    \lvert | \rvert | \vert | \backslash \ \{ { \} } \% % \$ $ \# # \& & \_ _
    """
)

#: Infix operators, with a space on each side.
_OPERATORS = _pairs(
    r"""
    \times × \cdot · \div ÷ \pm ± \mp ∓ \ast ∗ \star ⋆ \oplus ⊕ \ominus ⊖ \otimes ⊗ \odot ⊙
    \le ≤ \leq ≤ \leqslant ⩽ \ge ≥ \geq ≥ \geqslant ⩾ \ne ≠ \neq ≠ \ll ≪ \gg ≫ \equiv ≡ \sim ∼
    \simeq ≃ \approx ≈ \cong ≅ \propto ∝ \perp ⊥ \parallel ∥ \mid ∣ \nmid ∤ \in ∈ \notin ∉ \ni ∋
    \subset ⊂ \subseteq ⊆ \supset ⊃ \supseteq ⊇ \cup ∪ \cap ∩ \setminus ∖ \land ∧ \wedge ∧ \lor ∨
    \vee ∨ \to → \rightarrow → \leftarrow ← \gets ← \leftrightarrow ↔ \Rightarrow ⇒ \implies ⟹
    \Leftarrow ⇐ \Leftrightarrow ⇔ \iff ⟺ \mapsto ↦ \longrightarrow ⟶ \uparrow ↑ \downarrow ↓
    \vdash ⊢ \models ⊨ \prec ≺ \succ ≻ \lt < \gt > \coloneqq ≔ \doteq ≐
    """
)

#: Functions written as words.
_NAMES = (
    *("\\sin", "\\cos", "\\tan", "\\cot", "\\sec", "\\csc", "\\arcsin", "\\arccos", "\\arctan"),
    *("\\sinh", "\\cosh", "\\tanh", "\\log", "\\ln", "\\lg", "\\exp", "\\lim", "\\max", "\\min"),
    *("\\sup", "\\inf", "\\arg", "\\det", "\\dim", "\\ker", "\\gcd", "\\deg", "\\Pr"),
)
_FRACTIONS = ("\\frac", "\\dfrac", "\\tfrac")

#: Spacing and sizing commands.
_SPACES = ("\\,", "\\;", "\\:", "\\ ", "~", "\\quad", "\\qquad")
_SIZES = (
    *("\\!", "\\big", "\\Big", "\\bigg", "\\Bigg", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr"),
    *("\\limits", "\\nolimits", "\\displaystyle", "\\textstyle"),
)

#: Every token that stands alone.
_SIGNS = {
    **_SYMBOLS,
    **{command: f" {sign} " for command, sign in _OPERATORS.items()},
    **{command: command[1:] for command in _NAMES},
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_SIZES, ""),
    "'": "′",
}

#: Superscripts and subscripts; some characters are raised already.
_RAISED = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ′*†∘",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ′*†°",
        strict=True,
    )
)
_LOWERED = dict(
    zip(
        "0123456789+-=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)

#: Accents, as combining characters.
_ACCENTS = {
    "\\hat": "\u0302",
    "\\bar": "\u0304",
    "\\overline": "\u0305",
    "\\vec": "\u20d7",
    "\\tilde": "\u0303",
    "\\dot": "\u0307",
    "\\ddot": "\u0308",
}
_DOUBLE = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}


class _UnreadableError(Exception):
    """There is no character for it."""


class _Reader(NamedTuple):
    """The tokens of a formula in reverse, so that the next is popped off the end."""

    left: list[str]

    def take(self) -> str:
        if not self.left:
            raise _UnreadableError
        return self.left.pop()

    def skip_space(self) -> None:
        while self.left and self.left[-1].isspace():
            self.left.pop()


@lru_cache(256)
def readable(formula: str, *, lines: bool = False) -> str | None:
    r"""A formula without its delimiters, in Unicode; None if that is impossible.

    With ``lines`` its line ends, including ``\\``, are kept; otherwise they become spaces.
    """
    if len(formula) > MAX_FORMULA:
        return None
    try:
        text = _read(_Reader(_TOKEN.findall(formula)[::-1]), "", 0)
    except _UnreadableError:
        return None
    rows = [_SPARE.sub("", " ".join(row.split())) for row in text.split("\n")]
    return ("\n" if lines else " ").join(filter(None, rows)) or None


def _read(reader: _Reader, until: str, depth: int) -> str:
    """Convert up to a closing bracket, or to the end."""
    if depth > MAX_DEPTH:
        raise _UnreadableError
    apart = False  # the last piece is a word or a fraction
    pieces: list[str] = []
    while reader.left:
        token = reader.take()
        if token == until:
            return "".join(pieces)
        if token in ("^", "_"):
            pieces.append(_script(token, _argument(reader, depth)))
            continue
        text = _piece(token, reader, depth)
        stands_apart = token in _NAMES or token in _FRACTIONS
        if (apart or stands_apart) and pieces and _touch(pieces[-1], text):
            pieces.append(" ")
        pieces.append(text)
        apart = stands_apart
    if until:
        raise _UnreadableError
    return "".join(pieces)


def _touch(before: str, after: str) -> bool:
    """Whether two adjacent pieces would read as one word or number."""
    return before[-1:].isalnum() and (after[:1].isalnum() or after[:1] == "√")


def _piece(token: str, reader: _Reader, depth: int) -> str:
    """Convert a token with its arguments."""
    if token in _SIGNS:
        return _SIGNS[token]
    if token in _READERS:
        return _READERS[token](reader, depth)
    if token[0] in "\\}&#%$^_":
        raise _UnreadableError
    return "\n" if "\n" in token else token


def _argument(reader: _Reader, depth: int) -> str:
    """The next group, or the next token alone."""
    reader.skip_space()
    return _piece(reader.take(), reader, depth + 1).strip()


def _bracket_size(reader: _Reader, _depth: int) -> str:
    r"""Nothing, except that ``\left.`` means no bracket."""
    if reader.left[-1:] == ["."]:
        reader.take()
    return ""


def _line_end(reader: _Reader, _depth: int) -> str:
    if reader.left[-1:] == ["["]:  # its length argument
        raise _UnreadableError
    return "\n"


def _script(mark: str, text: str) -> str:
    table = _RAISED if mark == "^" else _LOWERED
    text = "".join(text.split())
    if not text or not table.keys() >= set(text):
        raise _UnreadableError
    return "".join(table[char] for char in text)


def _accent(mark: str, reader: _Reader, depth: int) -> str:
    """A letter with an accent."""
    letter = _argument(reader, depth)
    if len(letter) != 1 or not letter.isalpha():
        raise _UnreadableError
    return letter + mark


def _fraction(reader: _Reader, depth: int) -> str:
    above, below = _argument(reader, depth), _argument(reader, depth)
    if not above or not below:
        raise _UnreadableError
    return f"{_bracketed(above, _PRODUCT)}/{_bracketed(below, _SINGLE)}"


def _root(reader: _Reader, depth: int) -> str:
    reader.skip_space()
    degree = ""
    if reader.left and reader.left[-1] == "[":
        reader.take()
        degree = _read(reader, "]", depth + 1)
    sign = _ROOTS.get(degree) or _script("^", degree) + "√"
    return sign + _bracketed(_argument(reader, depth), _SINGLE)


#: What needs no brackets: one number, or one or more letters with scripts.
_SCRIPTS = "".join((*_RAISED.values(), *_LOWERED.values()))
_SINGLE = re.compile(
    rf"(?:\d+(?:\.\d+)?|[^\W\d_][{''.join(_ACCENTS.values())}]?|∞)[{re.escape(_SCRIPTS)}]*"
)
_PRODUCT = re.compile(r"[^\s+\-=<>/,]+")


def _bracketed(text: str, bare: re.Pattern[str]) -> str:
    return text if bare.fullmatch(text) else f"({text})"


def _words(reader: _Reader, _depth: int) -> str:
    """Text within a formula, literally."""
    reader.skip_space()
    if reader.take() != "{":
        raise _UnreadableError
    pieces = []
    while (token := reader.take()) != "}":
        if token[0] in "\\${":
            raise _UnreadableError
        pieces.append(token)
    return "".join(pieces)


def _double(reader: _Reader, depth: int) -> str:
    letter = _argument(reader, depth)
    if letter not in _DOUBLE:
        raise _UnreadableError
    return _DOUBLE[letter]


#: Commands that take arguments.
_READERS: dict[str, Callable[[_Reader, int], str]] = {
    "{": lambda reader, depth: _read(reader, "}", depth + 1),
    **dict.fromkeys(_FRACTIONS, _fraction),
    "\\sqrt": _root,
    "\\text": _words,
    "\\textrm": _words,
    "\\mathrm": _words,
    "\\operatorname": _words,
    "\\mathbb": _double,
    "\\left": _bracket_size,
    "\\right": _bracket_size,
    "\\\\": _line_end,
    **{command: partial(_accent, mark) for command, mark in _ACCENTS.items()},
}
