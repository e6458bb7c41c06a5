"""Planting small mistakes in the detectors, and asking their tests whether they notice.

A mistake replaces the code of the functions of a module where they are, so that everybody who uses
them has it; the original comes back afterwards.
"""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from functools import partial
from itertools import product
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from streams.asking import _reading
from streams.detectors import Detector

FLIPPED: dict[type[ast.AST], tuple[type[ast.cmpop], ...]] = {
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
"""What a comparison becomes: its neighbour at the limit, and its opposite."""


class Mutant(NamedTuple):
    """One small mistake: its name, its line, and how to make it."""

    place: str
    """Where and what, without line numbers, so that it stays the same while other lines move."""
    line: int
    right: ast.Module
    node: int
    change: Callable[[Any], None]

    def tree(self) -> ast.Module:
        """The module with the mistake."""
        mutated = deepcopy(self.right)
        self.change(next(n for i, (n, _) in enumerate(_nodes(mutated)) if i == self.node))
        return ast.fix_missing_locations(mutated)


def mutants(module: ModuleType) -> list[Mutant]:
    """Every small mistake that is made in a module, each named once."""
    tree = ast.parse(inspect.getsource(module))
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for index, (node, within) in enumerate(_nodes(tree)):
        for what, change in _mistakes(node):
            where = module.__name__.rpartition(".")[2] + (f".{within}" if within else "")
            place = f"{where}: {what}: {ast.unparse(node)}"
            seen[place] += 1
            again = f" #{seen[place]}" if seen[place] > 1 else ""
            line = getattr(node, "lineno", 0)
            found.append(Mutant(place + again, line, tree, index, change))
    return found


def _nodes(tree: ast.AST, within: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node in the order of the text, with the function or class that it stands in."""
    for node in ast.iter_child_nodes(tree):
        here = within
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            here = f"{within}.{node.name}" if within else node.name
        yield node, here
        yield from _nodes(node, here)


def _mistakes(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    match node:
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                for other in FLIPPED[type(op)]:
                    yield f"{_sign(op)} to {_sign(other())}", partial(_compare, number, other())
        case ast.BoolOp(op=op, values=values):
            swapped = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield "swap and/or", lambda n: setattr(n, "op", swapped)
            neutral = ast.Constant(isinstance(op, ast.And))
            for number in range(len(values)):
                yield f"drop term {number + 1}", partial(_put, number, neutral)
        case ast.comprehension(ifs=ifs):
            for number in range(len(ifs)):
                yield f"drop filter {number + 1}", partial(_drop_filter, number)
        case ast.UnaryOp(op=ast.Not()):
            yield "drop not", _drop_not
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            yield "add 1", lambda n: setattr(n, "value", value + 1)
            yield "take 1", lambda n: setattr(n, "value", value - 1)
        case ast.BinOp(op=ast.Add()) if not _text(node):
            yield "plus to minus", lambda n: setattr(n, "op", ast.Sub())
        case ast.Continue():
            yield "stop for continue", lambda n: setattr(n, "__class__", ast.Break)
        case ast.Return(value=None):
            yield "no return", lambda n: setattr(n, "__class__", ast.Pass)
        case _:
            return


def _sign(op: ast.cmpop) -> str:
    return ast.unparse(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[2:-2]


def _compare(number: int, op: ast.cmpop, node: Any) -> None:
    node.ops[number] = op


def _drop_filter(number: int, node: Any) -> None:
    del node.ifs[number]


def _put(place: int, value: ast.expr, node: Any) -> None:
    node.values[place] = deepcopy(value)


def _drop_not(node: Any) -> None:
    node.op = ast.Not()
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _text(node: ast.BinOp) -> bool:
    return any(isinstance(n, ast.JoinedStr | ast.Constant) for n in ast.walk(node))


def functions(holder: ModuleType | type, module: str) -> dict[str, FunctionType]:
    """The functions that a module or a class of it defines; a detector stands for its check."""
    found: dict[str, FunctionType] = {}
    for name, value in vars(holder).items():
        held = value.check if isinstance(value, Detector) else value
        held = held.fget if isinstance(held, property) else inspect.unwrap(held)
        if isinstance(held, FunctionType) and held.__module__ == module:
            found[name] = held
        elif isinstance(value, type) and value.__module__ == module:
            inner = functions(value, module)
            found |= {f"{name}.{own}": function for own, function in inner.items()}
    return found


PLAIN = (int, float, str, tuple, frozenset, timedelta)
"""What a module may hold besides functions and classes, as far as a mistake can change it."""


@contextmanager
def planted(module: ModuleType, mutant: Mutant) -> Iterator[None]:
    """The module with the mistake in it, for as long as the block lasts."""
    twin = ModuleType(module.__name__)
    twin.__dict__["__file__"] = module.__file__
    exec(compile(mutant.tree(), mutant.place, "exec"), twin.__dict__)
    wrong = functions(twin, module.__name__)
    right: dict[str, CodeType] = {}
    values, reads = dict(vars(module)), {}
    for name, function in functions(module, module.__name__).items():
        right[name] = function.__code__
        function.__code__ = wrong[name].__code__
    for name, value in values.items():
        other = vars(twin).get(name)
        if isinstance(value, Detector) and isinstance(other, Detector):
            reads[name] = value.reads
            object.__setattr__(value, "reads", other.reads)
        elif isinstance(value, PLAIN) and name != "DETECTORS" and not name.startswith("__"):
            setattr(module, name, other)
    _forget(module)
    try:
        yield
    finally:
        vars(module).update(values)
        for name, was in reads.items():
            object.__setattr__(values[name], "reads", was)
        for name, function in functions(module, module.__name__).items():
            function.__code__ = right[name]
        _forget(module)


def _forget(module: ModuleType) -> None:
    """Nothing that was worked out before may be answered from memory."""
    for value in (*vars(module).values(), _reading):
        if hasattr(value, "cache_clear"):
            value.cache_clear()


Case = Callable[[], None]


def cases(module: ModuleType) -> list[Case]:
    """Every test of a module, once for each of its parameters."""
    found: list[Case] = []
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        marks = [m for m in getattr(test, "pytestmark", ()) if m.name == "parametrize"]
        choices = [[_named(mark.args[0], values) for values in mark.args[1]] for mark in marks]
        for chosen in product(*choices):
            arguments = {key: value for part in chosen for key, value in part.items()}
            found.append(lambda t=test, a=arguments: t(**a))  # type: ignore[misc]
    return found


def _named(names: str | tuple[str, ...], values: Any) -> dict[str, Any]:
    if isinstance(names, str):
        return {names: values}
    return dict(zip(names, values, strict=True))


def noticed(tests: list[Case]) -> bool:
    """Whether any of these tests fails; the one that did is asked first the next time."""
    for number, test in enumerate(tests):
        try:
            test()
        except Exception:  # noqa: BLE001 - whatever goes wrong in a test is a mistake noticed
            tests.insert(0, tests.pop(number))
            return True
    return False
