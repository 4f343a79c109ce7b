"""Immutable values that are cheap to define: a ``NamedTuple`` made in a fifth of the time.

Starting up defines some 160 of them. For each, ``typing.NamedTuple`` compiles a constructor from
text, makes two classes and checks every annotation: in all a fifth of a whole run of ``ask``.
Type checkers see ``typing.NamedTuple``, and this one behaves the same.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, Self

#: A name for each position, up to the most fields a value may have.
_PLACES = tuple(f"place_{place}" for place in range(50))

#: The getter of each position, as ``namedtuple`` makes it; every class can share them.
_GETTERS = [*map(vars(namedtuple("Row", _PLACES)).get, _PLACES)]


class _Value(tuple[Any, ...]):
    """The methods they all share: see ``collections.namedtuple``."""

    __slots__ = ()
    _fields = tuple[str, ...]()

    @classmethod
    def _make(cls, row: Iterable[Any]) -> Self:
        made = tuple.__new__(cls, row)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, **changes: Any) -> Self:
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"Got unexpected field names: {list(changes)!r}")
        return made

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({fields})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class _Maker(type):
    """Turns a declaration ``class Name(NamedTuple)`` into a plain class."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        plain = tuple(_Value if base is NamedTuple else base for base in bases)
        made: Any = type.__new__(type, name, plain, {"__slots__": (), **namespace})
        fields = tuple(made.__annotations__)
        defaults = {field: namespace[field] for field in fields if field in namespace}
        known = {
            **dict(zip(fields, _GETTERS, strict=False)),
            "_fields": fields,
            "_field_defaults": defaults,
            "__match_args__": fields,
            "__new__": _constructor(name, fields, tuple(defaults.values())),
        }
        for attribute, value in known.items():
            setattr(made, attribute, value)
        return made


def _constructor(
    name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]
) -> Callable[..., Any]:
    """The ``__new__`` of a class: the tuple maker of that size, with its parameters renamed."""
    pattern = _tuple_maker(len(fields)).__code__
    code = pattern.replace(co_varnames=("_cls", *fields), co_qualname=f"{name}.__new__")
    return FunctionType(code, {"_new": tuple.__new__}, "__new__", defaults)


@cache
def _tuple_maker(size: int) -> Any:
    """A function of a class and ``size`` values, compiled once for all classes of that size."""
    values = "".join(f"{place}, " for place in _PLACES[:size])
    return eval(f"lambda _cls, {values}: _new(_cls, ({values}))")  # noqa: S307 - text of ours


if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
