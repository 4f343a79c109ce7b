"""Where a module can be made wrong, and how: one small change at one place."""

import ast
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

#: A comparison with its border moved, and turned round.
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

_AROUND = 40  # characters that are shown on either side of a change


class Spot(NamedTuple):
    """One change: in the ``node``-th node of a file's tree, the ``variant``-th that it allows."""

    path: Path
    line: int
    function: str  # the outermost one around it, with its class; "" in the module or a class
    node: int
    variant: int
    is_text: bool


def find_spots(path: Path) -> Iterator[Spot]:
    """Every spot of a file."""
    tree = ast.parse(path.read_text())
    hidden = {id(node) for root in _unseen(tree) for node in ast.walk(root)}
    owners = _owners(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) not in hidden:
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            for variant, _ in enumerate(_changes(node)):
                line, function = getattr(node, "lineno", 0), owners.get(id(node), "")
                yield Spot(path, line, function, number, variant, is_text)


def mutate(spot: Spot) -> tuple[str, str]:
    """The file's source before and after the change, both without comments."""
    tree = ast.parse(spot.path.read_text())
    before = ast.unparse(tree)
    node = list(ast.walk(tree))[spot.node]
    _changes(node)[spot.variant]()
    return before, ast.unparse(tree)


def changed_part(before: str, after: str) -> tuple[str, str]:
    """What stood at the spot, and what stands there now, with a little around it on its line."""
    start = _common(before, after)
    left = max(start - _AROUND, before.rfind("\n", 0, start) + 1)
    back = _common(before[start:][::-1], after[start:][::-1])
    right = len(before) - back
    back -= min(_AROUND, len(before[right:].partition("\n")[0]))
    return before[left : len(before) - back].strip(), after[left : len(after) - back].strip()


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def sample(paths: list[Path], count: int, seed: int) -> list[Spot]:
    """Some spots; a file is chosen by its spots that are not text, so that prose weighs little."""
    chance = random.Random(seed)
    left = {path: [*find_spots(path)] for path in paths}
    weights = {path: sum(not spot.is_text for spot in spots) for path, spots in left.items()}
    chosen: list[Spot] = []
    while len(chosen) < count and any(left[path] for path in paths if weights[path]):
        (path,) = chance.choices(paths, [weights[path] for path in paths])
        if left[path]:
            chosen.append(left[path].pop(chance.randrange(len(left[path]))))
    return chosen


def _changes(node: ast.AST) -> list[Callable[[], None]]:
    """What can be done to a node, each in place."""
    match node:
        case ast.Compare(ops=ops):
            return [
                partial(ops.__setitem__, place, other())
                for place, op in enumerate(ops)
                for other in SWAPS[type(op)]
            ]
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return [partial(setattr, node, "operand", ast.UnaryOp(ast.Not(), inner))]
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            return [partial(setattr, node, "op", other)]
        case ast.Constant(value=bool(value)):
            return [partial(setattr, node, "value", not value)]
        case ast.Constant(value=int() | float() as value):
            return [partial(setattr, node, "value", value + 1)]
        case ast.Constant(value=str(value)):
            return [partial(setattr, node, "value", value + "x")]
    return []


def _unseen(tree: ast.AST) -> Iterator[ast.AST]:
    """What means nothing at run time, or guards against ourselves only."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):  # a docstring
                yield node
            case ast.AnnAssign(annotation=hint) | ast.arg(annotation=ast.expr() as hint):
                yield hint
            case ast.Call(func=ast.Name(id="cast"), args=[hint, *_]):
                yield hint
            case ast.Subscript(value=ast.Name(id="Literal")):
                yield node
            case ast.keyword(arg="strict"):  # of zip
                yield node
        if isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns


def _owners(tree: ast.AST) -> dict[int, str]:
    """The outermost function around each node."""
    found: dict[int, str] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                found.update((id(inner), prefix + child.name) for inner in ast.walk(child))
            else:
                visit(
                    child, f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix
                )

    visit(tree, "")
    return found
