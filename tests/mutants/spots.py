"""Where a module can be made wrong, and how: one small change at one place."""

import ast
import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from operator import eq
from pathlib import Path
from typing import NamedTuple

#: A comparison with its border moved, or turned round.
SWAPS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
AROUND = 40  # characters that are shown on either side of a change


class Spot(NamedTuple):
    """One change: to the ``node``-th node of a file's tree, the ``variant``-th that it allows."""

    path: Path
    line: int
    function: str  # the outermost one around it, with its class; empty outside of all
    node: int
    variant: int
    is_text: bool


def sample(paths: list[Path], count: int, seed: int) -> list[Spot]:
    """Some spots; a file is chosen by its spots that are not text, so that prose weighs little."""
    chance = random.Random(seed)
    left = {path: [*find_spots(path)] for path in paths}
    weights = [sum(not spot.is_text for spot in left[path]) for path in paths]
    chosen: list[Spot] = []
    while len(chosen) < min(count, sum(weights)):
        (path,) = chance.choices(paths, weights)
        if left[path]:
            chosen.append(left[path].pop(chance.randrange(len(left[path]))))
    return chosen


def find_spots(path: Path) -> Iterator[Spot]:
    """Every spot of a file."""
    tree = ast.parse(path.read_text())
    hidden = {id(node) for root in _meaningless(tree) for node in ast.walk(root)}
    owners = _owners(tree)
    for number, node in enumerate(ast.walk(tree)):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        for variant, _ in enumerate(() if id(node) in hidden else _changes(node)):
            line = getattr(node, "lineno", 0)
            yield Spot(path, line, owners.get(id(node), ""), number, variant, is_text)


def mutate(spot: Spot) -> tuple[str, str]:
    """The file's source before and after the change, both without comments."""
    tree = ast.parse(spot.path.read_text())
    before = ast.unparse(tree)
    _changes([*ast.walk(tree)][spot.node])[spot.variant]()
    return before, ast.unparse(tree)


def show_change(spot: Spot) -> tuple[str, str]:
    """What stood at the spot, and what stands there now, with a little around it on its line."""
    before, after = mutate(spot)
    start = sum(takewhile(bool, map(eq, before, after)))
    back = sum(takewhile(bool, map(eq, before[start:][::-1], after[start:][::-1])))
    left = max(start - AROUND, before.rfind("\n", 0, start) + 1)
    right = back - min(AROUND, len(before[len(before) - back :].partition("\n")[0]))
    return before[left : len(before) - right].strip(), after[left : len(after) - right].strip()


def _changes(node: ast.AST) -> list[Callable[[], None]]:
    """What can be done to a node, each in place."""
    match node:
        case ast.Compare(ops=ops):
            others = [(n, other()) for n, op in enumerate(ops) for other in SWAPS[type(op)]]
            return [partial(ops.__setitem__, *pair) for pair in others]
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return [partial(setattr, node, "operand", ast.UnaryOp(ast.Not(), inner))]
        case ast.BoolOp(op=op):
            swapped = ast.Or() if isinstance(op, ast.And) else ast.And()
            return [partial(setattr, node, "op", swapped)]
        case ast.Constant(value=bool() | int() | float() | str() as value):
            more = not value if isinstance(value, bool) else value + type(value)(1)
            more = f"{value}x" if isinstance(value, str) else more
            return [partial(setattr, node, "value", more)]
    return []


def _meaningless(tree: ast.AST) -> Iterator[ast.AST]:
    """What means nothing at run time, or guards against ourselves only."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(annotation=hint) | ast.arg(annotation=ast.expr() as hint):
                yield hint
            case ast.FunctionDef(returns=ast.expr() as hint):
                yield hint
            case ast.Call(func=ast.Name(id="cast"), args=[hint, *_]):
                yield hint
            case ast.Expr(value=ast.Constant()) | ast.Subscript(value=ast.Name(id="Literal")):
                yield node  # a docstring, a type
            case ast.keyword(arg="strict"):  # of zip
                yield node


def _owners(tree: ast.Module) -> dict[int, str]:
    """The outermost function around each node."""
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    scopes = (("", tree), *((f"{scope.name}.", scope) for scope in classes))
    return {
        id(inner): prefix + function.name
        for prefix, scope in scopes
        for function in scope.body
        if isinstance(function, ast.FunctionDef)
        for inner in ast.walk(function)
    }
