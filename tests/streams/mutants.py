"""Planting small mistakes in the detectors, and asking their tests whether they notice.

A mistake replaces the code of the functions of a module where they are, so that everybody who uses
them has it; the original comes back afterwards.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from itertools import product
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

from streams.detectors import Detector

FLIPPED: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


class Mutant(NamedTuple):
    """One small mistake: where it is, what it is, and the module with it."""

    place: str
    tree: ast.Module


def mutants(module: ModuleType) -> list[Mutant]:
    """Every small mistake that is made in a module, in order of its lines."""
    tree = ast.parse(inspect.getsource(module))
    found: list[Mutant] = []
    for index, node in enumerate(ast.walk(tree)):
        for what, change in _mistakes(node):
            mutated = deepcopy(tree)
            twin = next(n for i, n in enumerate(ast.walk(mutated)) if i == index)
            change(twin)
            line = getattr(node, "lineno", 0)
            name = module.__name__.rpartition(".")[2]
            found.append(Mutant(f"{name}:{line} {what}: {ast.unparse(node)}", mutated))
    return found


def _mistakes(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    match node:
        case ast.Compare(ops=[op]):
            yield "flip", lambda n: n.ops.__setitem__(0, FLIPPED[type(op)]())
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield "swap and/or", lambda n: setattr(n, "op", other)
            neutral = ast.Constant(isinstance(op, ast.And))
            for number in range(len(values)):
                yield (
                    f"drop term {number + 1}",
                    partial(_put, number, neutral),
                )
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


def _put(place: int, value: ast.expr, node: Any) -> None:
    node.values[place] = deepcopy(value)


def _drop_not(node: Any) -> None:
    node.op = ast.Not()
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _text(node: ast.BinOp) -> bool:
    return any(isinstance(n, ast.JoinedStr | ast.Constant) for n in ast.walk(node))


def functions(module: ModuleType) -> dict[str, FunctionType]:
    """The functions that a module defines, by name; a detector stands for its check."""
    found: dict[str, FunctionType] = {}
    for name, value in vars(module).items():
        held = value.check if isinstance(value, Detector) else value
        if isinstance(held, FunctionType) and held.__module__ == module.__name__:
            found[name] = held
    return found


@contextmanager
def planted(module: ModuleType, mutant: Mutant) -> Iterator[None]:
    """The module with the mistake in it, for as long as the block lasts."""
    twin = ModuleType(module.__name__)
    twin.__dict__["__file__"] = module.__file__
    exec(compile(ast.fix_missing_locations(mutant.tree), mutant.place, "exec"), twin.__dict__)
    wrong = functions(twin)
    right: dict[str, CodeType] = {}
    for name, function in functions(module).items():
        right[name] = function.__code__
        function.__code__ = wrong[name].__code__
    try:
        yield
    finally:
        for name, function in functions(module).items():
            function.__code__ = right[name]


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
