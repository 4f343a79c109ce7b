"""The placeholders of one exchange, and what each stands for, so that it can be put back."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from aichat.core.message.private.kinds import (
    LABELS,
    OWN_LABEL,
    find_private,
    placeholders_in,
)
from aichat.core.message.private.readings import encoded_texts, readings
from aichat.values import NamedTuple

#: Fields whose texts only their provider can read, and wants unchanged.
_OPAQUE = frozenset(
    (
        *("signature", "encrypted_content", "encrypted_index", "thoughtSignature"),
        *("thought_signature", "prompt_cache_key"),
    )
)

#: What such a text looks like.
_OPAQUE_TEXT = re.compile(r"[\w+/=.:-]*")

#: Fields that hold words, whatever they look like.
_WORDS = frozenset(
    ("text", "content", "arguments", "output", "instructions", "system", "prompt", "input")
)

#: Fields of calls and results, in which a number is no setting.
_CONTENT = frozenset(("args", "input", "response", "result"))

#: A word of so many such letters is the base64 of a medium.
_BLOB = re.compile(r"(?:data:[\w/+.;=-]{1,100},)?[A-Za-z0-9+/]{512,}={0,2}")

#: Digits from which on a number may identify somebody, and is no setting of a request.
_LONG_NUMBER = 9

#: The beginning of a placeholder at the end of a piece of text.
_BEGUN = re.compile(r"\[[A-Z]{0,8}\\?_?\d{0,9}$")


class Redaction(NamedTuple):
    """What is replaced before sending: ``kinds`` of ``LABELS``, and values that are ``known``.

    ``find`` returns what the user's own patterns find in texts, in their order.
    """

    kinds: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    find: Callable[[Sequence[str]], Iterable[str]] | None = None


class Placeholders:
    """Maps private texts to placeholders and back: the same text always has the same one.

    They are numbered from ``first`` on.
    """

    def __init__(self, rules: Redaction, first: int = 1) -> None:
        self._rules = rules
        self._labels: dict[str, str] = {}  # by private text
        self._names: dict[str, str] = {}  # by private text, once it was replaced
        self._values: dict[str, str] = {}
        self._taken: set[str] = set()  # placeholders in the text itself
        self._longest = _Search(_NOTHING)
        self._first = first

    def __bool__(self) -> bool:
        return bool(self._values)

    @classmethod
    def recalled(cls, replaced: Mapping[str, str]) -> "Placeholders":
        """The placeholders of an earlier exchange, for restoring what still comes of it."""
        made = cls(Redaction())
        made._values = dict(replaced)
        return made

    @property
    def values(self) -> Mapping[str, str]:
        """What each placeholder stands for."""
        return self._values

    @property
    def description(self) -> str:
        """How many there are of each kind, by its name in ``[privacy] redact``."""
        kinds = {label: kind for kind, label in LABELS.items()} | {OWN_LABEL: "regex"}
        counts = Counter(kinds[name[1:].partition("_")[0]] for name in self._values)
        told = ", ".join(f"{counts[kind]} x {kind}" for kind in kinds.values() if counts[kind])
        return f"[privacy] redact: {told or 'nothing'} replaced"

    def conceal(self, value: Any) -> Any:
        """A JSON value with everything private in its texts replaced."""
        self._learn(value)
        return self._replaced(value) if self._labels else value

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """A text with its placeholders put back; ``in_json``: it is inside a JSON string."""
        if "[" not in text:
            return text

        def original(found: re.Match[str]) -> str:
            value = self._values.get(found[0].replace("\\_", "_"), found[0])
            return _inside_json(value) if in_json and value != found[0] else value

        return _NAME.sub(original, text)

    def growths(self, text: str, *, in_json: bool = False) -> Iterator[tuple[int, int]]:
        """Where each placeholder in a text ends, and how much restoring it lengthens the text."""
        for found in _NAME.finditer(text):
            yield found.end(), len(self.restore(found[0], in_json=in_json)) - len(found[0])

    def _learn(self, value: Any) -> None:
        """Find new private texts in a value, and give them placeholders."""
        texts = [*_texts(value)]
        for text, _ in texts:
            self._taken |= placeholders_in(text)
        hidden: list[tuple[str, str]] = []
        for text, use in texts:
            if use == "medium":
                self._add_known(text)
                continue
            self._add_found(text)
            hidden += encoded_texts(text)
        if self._rules.find:
            asked = [*(text for text, use in texts if not use), *(text for _, text in hidden)]
            self._add(OWN_LABEL, self._rules.find(asked))
        for word, text in hidden:
            if label := self._label_in(text):
                self._add(label, [word])
        if len(self._labels) > self._longest.known:
            longest_first = sorted(self._labels, key=len, reverse=True)
            pattern = re.compile("|".join(map(re.escape, longest_first)))
            self._longest = _Search(pattern, len(longest_first[0]), len(self._labels))

    def _add_known(self, text: str) -> None:
        known = [
            value
            for value in self._rules.known
            if value in text or ("\\" in text and _inside_json(value) in text)
        ]
        self._add(LABELS["secret"], sorted(known, key=text.find))

    def _add_found(self, text: str) -> None:
        self._add_known(text)
        for kind in self._rules.kinds:
            self._add(LABELS[kind], find_private(kind, text))

    def _label_in(self, text: str) -> str | None:
        """The label of the first private text in a decoded word; None if it has none."""
        if any(value in text for value in self._rules.known):
            return LABELS["secret"]
        for kind in self._rules.kinds:
            if any(find_private(kind, text)):
                return LABELS[kind]
        own = (value for value, label in self._labels.items() if label == OWN_LABEL)
        return OWN_LABEL if self._rules.find and any(value in text for value in own) else None

    def _add(self, label: str, found: Iterable[str]) -> None:
        for value in found:
            if value and value not in self._taken:
                for spelled in (value, _inside_json(value)):
                    self._labels.setdefault(spelled, label)

    def _name(self, value: str, label: str) -> str:
        """The placeholder of a value, which is made where it has none."""
        if value not in self._names:
            number = self._first
            while (name := f"[{label}_{number}]") in self._values or name in self._taken:
                number += 1
            self._names[value], self._values[name] = name, value
        return self._names[value]

    def _replaced(self, value: Any, *, in_content: bool = False) -> Any:
        if isinstance(value, str):
            return self._concealed_text(value)
        if isinstance(value, Mapping):
            return {
                self._replaced(key): self._opaque(below)
                if _is_opaque(key, below)
                else self._replaced(below, in_content=in_content or key in _CONTENT)
                for key, below in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._replaced(below, in_content=in_content) for below in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            shown = str(value)
            private = shown in self._labels and (in_content or len(shown) >= _LONG_NUMBER)
            return self._name(shown, self._labels[shown]) if private else value
        return value

    def _opaque(self, text: str) -> str:
        """A text that only its provider can read, replaced only if it is private as a whole."""
        return self._name(text, self._labels[text]) if text in self._labels else text

    def _concealed_text(self, text: str) -> str:
        document = _document_in(text)
        if document is not None:
            replaced = self._replaced(document, in_content=True)
            return text if replaced == document else json.dumps(replaced, ensure_ascii=False)
        pieces, end = [], 0
        for start, stop, label in self._stretches(text):
            pieces += [text[end:start], self._name(text[start:stop], label)]
            end = stop
        return "".join((*pieces, text[end:])) if pieces else text

    def _stretches(self, text: str) -> list[tuple[int, int, str]]:
        """The private stretches of a text and their labels; overlapping ones are joined."""
        found = [*self._longest.spans(text)]
        for read in readings(text):
            spans = self._longest.spans(read.text)
            found += [
                (read.source(start), read.source(stop), value) for start, stop, value in spans
            ]
        joined: list[tuple[int, int, str]] = []
        for start, stop, value in sorted(found, key=lambda each: (each[0], -each[1])):
            if joined and start < joined[-1][1]:
                before, end, label = joined[-1]
                joined[-1] = (before, max(end, stop), label)
            else:
                joined.append((start, stop, self._labels[value]))
        return joined


class _Search(NamedTuple):
    """A search for all private texts: the length of the longest, and their number."""

    pattern: re.Pattern[str]
    longest: int = 0
    known: int = 0

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where each one begins and ends, including those that begin within another."""
        found = self.pattern.search(text)
        while found:
            start, end = found.span()
            yield start, end, found[0]
            near = min(end + self.longest, len(text))
            within = self.pattern.search(text, start + 1, near) if end - start > 1 else None
            found = within if within and within.start() < end else self.pattern.search(text, end)


_NOTHING = re.compile(r"(?!)")
_NAME = re.compile(rf"\[(?:{'|'.join((*LABELS.values(), OWN_LABEL))})\\?_\d+\]")


def begun_placeholder(text: str) -> str:
    """The end of a text that may be the beginning of a placeholder."""
    found = _BEGUN.search(text, max(0, len(text) - 20))
    return found[0] if found else ""


def _inside_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _document_in(text: str) -> Any:
    """The JSON document in a text, if escapes may hide what is in it; else None."""
    if "\\" not in text or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found = json.loads(text, object_pairs_hook=_plain_object)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of such pairs. Errors: ``ValueError`` where a key comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def _is_opaque(key: Any, value: Any) -> bool:
    return key in _OPAQUE and isinstance(value, str) and bool(_OPAQUE_TEXT.fullmatch(value))


def _texts(value: Any, key: Any = None, *, in_content: bool = False) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, in all readings, and its use; empty for plain words.

    Others are ``opaque`` if only their provider can read them, or a ``medium``.
    """
    if isinstance(value, str):
        yield from _readings(value, key)
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield str(name), ""
            yield from _texts(below, name, in_content=in_content or name in _CONTENT)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _texts(below, in_content=in_content)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        shown = str(value)
        yield shown, "" if in_content or len(shown) >= _LONG_NUMBER else "opaque"


def _readings(text: str, key: Any) -> Iterator[tuple[str, str]]:
    document = _document_in(text)
    if document is not None:
        yield from _texts(document, in_content=True)
    elif _is_opaque(key, text):
        yield text, "opaque"
    elif key not in _WORDS and _BLOB.fullmatch(text):
        yield text, "medium"
    else:
        yield text, ""
        yield from ((read.text, "") for read in readings(text))
