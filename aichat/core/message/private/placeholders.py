"""The placeholders of one exchange, and what each stands for, so that it can be put back."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aichat.core.message.private.kinds import (
    LABELS,
    OWN_LABEL,
    find_private,
    placeholders_in,
)
from aichat.values import NamedTuple

#: Fields whose texts only their provider can read, and wants unchanged.
_OPAQUE = frozenset(
    (
        *("signature", "encrypted_content", "encrypted_index", "thoughtSignature"),
        *("thought_signature", "prompt_cache_key"),
    )
)

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
    """Maps private texts to placeholders and back: the same text always has the same one."""

    def __init__(self, rules: Redaction) -> None:
        self._rules = rules
        self._names: dict[str, str] = {}  # by spelling
        self._values: dict[str, str] = {}
        self._taken: set[str] = set()  # placeholders in the text itself
        self._spellings = _NOTHING

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
        told = ", ".join(f"{number} x {kind}" for kind, number in counts.items())
        return f"[privacy] redact: {told or 'nothing'} replaced"

    def conceal(self, value: Any) -> Any:
        """A JSON value with everything private in its texts replaced."""
        self._learn(value)
        return self._replaced(value) if self._values else value

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
        for text, _ in texts:
            known = [value for value in self._rules.known if value in text]
            self._add(LABELS["secret"], sorted(known, key=text.find))
            for kind in self._rules.kinds:
                self._add(LABELS[kind], find_private(kind, text))
        if self._rules.find:
            self._add(OWN_LABEL, self._rules.find([text for text, opaque in texts if not opaque]))
        if self._names:
            longest_first = sorted(self._names, key=len, reverse=True)
            self._spellings = re.compile("|".join(map(re.escape, longest_first)))

    def _add(self, label: str, found: Iterable[str]) -> None:
        for value in found:
            if not value or value in self._names or value in self._taken:
                continue
            number = 1
            while (name := f"[{label}_{number}]") in self._values or name in self._taken:
                number += 1
            self._values[name] = value
            for spelled in (value, _inside_json(value), quote(value, safe="")):
                self._names.setdefault(spelled, name)

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._concealed_text(value)
        if isinstance(value, Mapping):
            return {
                self._replaced(k): v if k in _OPAQUE else self._replaced(v)
                for k, v in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._replaced(below) for below in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._names.get(str(value), value)
        return value

    def _concealed_text(self, text: str) -> str:
        document = _document_in(text)
        if document is not None:
            replaced = self._replaced(document)
            return text if replaced == document else json.dumps(replaced, ensure_ascii=False)
        return self._spellings.sub(lambda found: self._names[found[0]], text)


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
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _texts(value: Any, *, opaque: bool = False) -> Iterator[tuple[str, bool]]:
    """Every text in a JSON value, and whether only its provider can read it."""
    if isinstance(value, str):
        document = _document_in(value)
        if document is not None:
            yield from _texts(document)
        elif not _BLOB.fullmatch(value):
            yield value, opaque
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield str(key), opaque
            yield from _texts(below, opaque=opaque or key in _OPAQUE)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _texts(below, opaque=opaque)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        shown = str(value)
        yield shown, len(shown) < _LONG_NUMBER
