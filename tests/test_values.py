"""Our ``NamedTuple`` is ``typing``'s in all that is seen of it, and no file takes the dear one."""

import copy
import pickle
import typing
from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_type_hints

import pytest

from aichat import values
from tests.support.running.marks import one_test_of
from tests.test_house import FILES, nodes

T = TypeVar("T")


class Ours(values.NamedTuple):
    """A place."""

    name: str
    size: "int | None" = None
    type: str = "place"

    @property
    def label(self) -> str:
        return f"{self.name}!"


class Theirs(typing.NamedTuple):
    """A place."""

    name: str
    size: "int | None" = None
    type: str = "place"

    @property
    def label(self) -> str:
        return f"{self.name}!"


class Empty(values.NamedTuple):
    """Nothing."""


class Box(values.NamedTuple, Generic[T]):
    """One thing."""

    content: T


USES: dict[str, Callable[[Any], Any]] = {
    "by place": lambda kind: kind("a", 2),
    "by name": lambda kind: kind(size=1, name="b"),
    "read": lambda kind: (kind("a").name, kind("a").size, kind("a").type, kind("a").label),
    "unpacked": lambda kind: [*kind("a", 3)],
    "compared": lambda kind: (
        kind("a") == ("a", None, "place"),
        hash(kind("a")),
        kind("a") < ("b",),
    ),
    "replaced": lambda kind: kind("a")._replace(size=4),
    "made": lambda kind: kind._make(["a", 1, "b"]),
    "as a dictionary": lambda kind: kind("a")._asdict(),
    "copied": lambda kind: (copy.copy(kind("a", 1)), copy.deepcopy(kind("a", 1))),
    "pickled": lambda kind: pickle.loads(pickle.dumps(kind("a", 1))),
    "printed": lambda kind: repr(kind("it's", 1)).removeprefix(kind.__name__),
    "its kind": lambda kind: (type(kind), kind.__doc__, kind._fields, kind._field_defaults),
    "its hints": get_type_hints,
    "its parameters": lambda kind: kind.__match_args__,
    "too few": lambda kind: kind(),
    "too many": lambda kind: kind(1, 2, 3, 4),
    "unknown": lambda kind: kind("a", colour=1),
    "given twice": lambda kind: kind("a", name="b"),
    "replaced by an unknown one": lambda kind: kind("a")._replace(colour=1),
    "made of too few": lambda kind: kind._make(["a"]),
    "written to": lambda kind: setattr(kind("a"), "name", "b"),
    "given another attribute": lambda kind: setattr(kind("a"), "colour", 1),
}


def outcome(use: Callable[[Any], Any], kind: type) -> str:
    """What came of it, or what was raised, but for the name of the class."""
    try:
        shown = repr(use(kind))
    except (AttributeError, TypeError, ValueError) as error:
        shown = f"{type(error).__name__}: {error}"
    shown = shown.replace("ValueError: Got unexpected", "TypeError: Got unexpected")  # before 3.13
    return shown.replace(kind.__name__, "Kind")


@one_test_of(*((name,) for name in USES))
def test_a_value_is_what_a_named_tuple_is(name: str) -> None:
    assert outcome(USES[name], Ours) == outcome(USES[name], Theirs)


def test_a_value_is_matched_by_place() -> None:
    match Ours("a", 2):
        case Ours(name, size):
            assert (name, size) == ("a", 2)
        case _:
            pytest.fail("not matched")


def test_a_value_may_have_no_field_or_a_type_of_its_own() -> None:
    assert (Empty(), Box[int](1).content, Box("a")) == ((), 1, ("a",))


@one_test_of(*((path,) for path in FILES))
def test_no_file_defines_its_values_the_dear_way(path: Any) -> None:
    taken = [
        alias.name
        for node in nodes(path)
        if getattr(node, "module", None) == "typing"
        for alias in node.names
    ]
    assert "NamedTuple" not in taken or path.name == "values.py"
