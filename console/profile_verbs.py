"""Verbs for therapy profiles: check a file, show every number, say what differs between two versions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml

from console import showing
from console.profile_numbers import Limits, changes, numbers
from console.trouble import Trouble
from schemas.profile import Status, TherapyProfile
from schemas.profiles import (
    InvalidProfile,
    fingerprint,
    in_order,
    platform_limits,
    published,
    read_platform,
    read_profile,
    shipped,
    versions,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    no_args_is_help=True, help="Therapy profiles: limits as versioned data, each with its source."
)


def attach(root: typer.Typer) -> None:
    """Add the verbs to the command."""
    root.add_typer(app, name="profile")


@app.command()
def check(
    which: Annotated[
        list[str] | None,
        typer.Argument(help="Profile files, or names of shipped ones; all shipped by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say of each profile whether it fits the model, whether its sources are named, and how sure it is.

    Example: v2v profile check my-product.yaml
    """
    every: list[Limits] = [_found(one) for one in which or ()]
    found = every or [*versions(), platform_limits()]
    _agree([limits for limits in found if isinstance(limits, TherapyProfile)])
    rows = [_checked(limits) for limits in found]
    if as_json:
        showing.json_line(rows)
        return
    columns = tuple(rows[0])
    showing.table(columns, ([str(row[name]) for name in columns] for row in rows), "none")


@app.command()
def show(
    which: Annotated[
        str, typer.Argument(help="A file, a name, name@version, a product, or platform.")
    ],
    as_json: Json = False,
) -> None:
    """Show every number of a profile with its unit, its status and its source.

    Example: v2v profile show tisa-cel
    """
    limits = _found(which)
    rows = numbers(limits)
    if as_json:
        told = {"profile": limits.label, "fingerprint": fingerprint(limits)}
        showing.json_line({**told, "numbers": [number._asdict() for number in rows]})
        return
    showing.say(f"[bold]{showing.plain(limits.label)}[/bold]")
    shown = ([n.field, f"{n.value:g}", n.unit, n.status, n.source] for n in rows)
    showing.table(("field", "value", "unit", "status", "source"), shown, "it has no number")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A file, a name, name@version, or platform.")],
    new: Annotated[str, typer.Argument(help="The one to compare with it.")],
    as_json: Json = False,
) -> None:
    """Show what the second profile says otherwise than the first, each with its source.

    Example: v2v profile diff axi-cel@1.0.0 my-axi-cel.yaml
    """
    before, after = _found(old), _found(new)
    if type(before) is not type(after):
        raise Trouble(
            f"{old} and {new} are of two kinds", "compare two profiles, or two sets of the platform"
        )
    rows = changes(before, after)
    if as_json:
        told = {"old": before.label, "new": after.label}
        showing.json_line({**told, "changes": [row._asdict() for row in rows]})
        return
    columns = ("field", "old", "new", "unit", "status", "source")
    shown = (
        [r.field, _text(r.old), _text(r.new), r.unit or "-", r.status or "-", r.source or "-"]
        for r in rows
    )
    showing.table(columns, shown, f"{before.label} and {after.label} say the same")


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _checked(limits: Limits) -> dict[str, object]:
    """One line about a profile that fits; one that was published and edited since is refused."""
    known = published().get(limits.label)
    if known is not None and known != fingerprint(limits):
        raise Trouble(
            f"{limits.label}: version: it says otherwise than what was published under this number",
            "take the edit back, or give it a new version in a file of its own, with in_force_from",
        )
    rows = numbers(limits)
    counted = {s.value: sum(n.status == s.value for n in rows) for s in Status}
    told: dict[str, object] = {"profile": limits.label, "numbers": len(rows), **counted}
    return {**told, "published": "yes" if known else "no"}


def _agree(profiles: list[TherapyProfile]) -> None:
    """Refuse profiles that could not be shipped beside the others."""
    labels = {profile.label for profile in profiles}
    try:
        in_order([*profiles, *(known for known in versions() if known.label not in labels)])
    except InvalidProfile as wrong:
        raise Trouble(
            str(wrong), "mend the file; 'v2v profile show' tells what is there"
        ) from wrong


def _found(which: str) -> Limits:
    """The profile of a file, of a label, of a name (its newest version) or of a product."""
    path = Path(which)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return _from_file(path)
    if which in ("platform", platform_limits().label):
        return platform_limits()
    for profile in versions():
        if which == profile.label:
            return profile
    for profile in shipped():
        if which == profile.name or which in profile.products:
            return profile
    labels = ", ".join([*(profile.label for profile in versions()), platform_limits().label])
    raise Trouble(f"found no profile {which!r}", f"name a .yaml file, or one of {labels}")


def _from_file(path: Path) -> Limits:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as wrong:
        raise Trouble(f"found no file {path}", "see that the path is right") from wrong
    except UnicodeDecodeError as wrong:
        raise Trouble(f"{path}: byte {wrong.start} is no UTF-8", "save it as UTF-8 text") from wrong
    try:
        return (read_platform if _is_platform(text) else read_profile)(text, str(path))
    except InvalidProfile as wrong:
        remedy = "mend this field; 'v2v profile show axi-cel' shows one that fits"
        raise Trouble(str(wrong), remedy) from wrong


def _is_platform(text: str) -> bool:
    """Whether a file states the limits of the pipeline, which no product chooses."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return isinstance(said, dict) and "orphan_grace" in said and "products" not in said
