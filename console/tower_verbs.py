"""Verbs for the control tower: run it, read the log anew, and say who may come in."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from compose.places import home_folder
from console import settings, showing
from console.tower.access import Person, Role
from console.tower.accounts import Accounts
from console.tower.people_file import PeopleFile
from console.tower.reader import now_in_utc
from console.tower.settings import TowerSettings, tower_settings
from console.tower.tokens import Tokens
from console.trouble import Trouble

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Sites = Annotated[
    list[str] | None, typer.Option("--site", help="Only courses of this site; again for more.")
]

tower = typer.Typer(no_args_is_help=True, help="The control tower: pages, JSON and live changes.")
user = typer.Typer(no_args_is_help=True, help="Who may come in by a name and a password.")
token = typer.Typer(no_args_is_help=True, help="Tokens by which a dashboard may look.")
tower.add_typer(user, name="user")
tower.add_typer(token, name="token")


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(tower, name="tower")


def stated() -> TowerSettings:
    """The settings of the environment."""
    return tower_settings(os.environ, home_folder())


@tower.command("run")
def run() -> None:
    """Run the tower until it is told to end.

    Example: v2v tower run
    """
    from console.tower.running import Running

    running = Running(stated(), settings.brokers(), settings.librdkafka(), settings.schema_ids())
    running.serve(lambda text: showing.err.print(showing.plain(text), soft_wrap=True))


@tower.command("rebuild")
def rebuild() -> None:
    """Throw the tower's copy of the log away and read it anew; accounts stay.

    Example: v2v tower rebuild
    """
    from console.tower import running

    with showing.progress("reading the log") as heard:
        taken = running.rebuild(
            stated(), settings.brokers(), settings.librdkafka(), settings.schema_ids(), heard
        )
    showing.say(f"{taken} message(s) read")


@user.command("add")
def user_add(
    name: Annotated[
        str, typer.Argument(help="By which he signs in: small letters, digits, . _ @ -")
    ],
    staff_code: Annotated[str, typer.Option("--staff-code", help="By which the log names him.")],
    role: Annotated[list[Role], typer.Option("--role", help="What he is; again for more.")],
    site: Sites = None,
    zone: Annotated[str, typer.Option(help="The zone in which he is told times.")] = "UTC",
) -> None:
    """Make an account or change it; the password is asked for, or read from standard input.

    Example: v2v tower user add anna --staff-code STAFF-17 --role coordinator --site hospital-1
    """
    sites = None if not site else frozenset(site)
    person = Person(name, staff_code, frozenset(role), sites, zone)
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    with _people() as file:
        Accounts(file).add(person, password)
    showing.say(showing.plain(f"{name} may sign in as {', '.join(sorted(role))}"))


@user.command("close")
def user_close(name: str) -> None:
    """Let somebody in no more, and end his sessions; what he did stays.

    Example: v2v tower user close anna
    """
    with _people() as file:
        if not Accounts(file).close_account(name):
            raise Trouble(f"there is no account {name!r}", "list them with 'v2v tower user ls'")
    showing.say(showing.plain(f"{name} may sign in no more"))


@user.command("ls")
def user_ls(as_json: Json = False) -> None:
    """List who has an account.

    Example: v2v tower user ls --json
    """
    with _people() as file:
        people = Accounts(file).people()
    if as_json:
        for person, is_open in people:
            showing.json_line(
                {
                    "name": person.name,
                    "staff_code": person.staff_code,
                    "roles": sorted(person.roles),
                    "sites": None if person.sites is None else sorted(person.sites),
                    "zone": person.zone,
                    "open": is_open,
                }
            )
        return
    showing.table(
        ("name", "staff code", "roles", "sites", "open"),
        (
            (
                person.name,
                person.staff_code,
                ", ".join(sorted(person.roles)),
                "all" if person.sites is None else ", ".join(sorted(person.sites)),
                "yes" if is_open else "no",
            )
            for person, is_open in people
        ),
        "Nobody has an account; make one with 'v2v tower user add'.",
    )


@token.command("make")
def token_make(
    label: Annotated[str, typer.Argument(help="What it is for.")],
    site: Sites = None,
    days: Annotated[int, typer.Option(min=1, max=730, help="How long it is good.")] = 90,
) -> None:
    """Make a token that may look and do nothing else; it is shown once.

    Example: v2v tower token make wall-screen --site hospital-1
    """
    with _people() as file:
        secret = Tokens(file).make_token(
            label, None if not site else frozenset(site), now_in_utc(), days
        )
    print(secret)


@token.command("revoke")
def token_revoke(label: str) -> None:
    """Let a token in no more.

    Example: v2v tower token revoke wall-screen
    """
    with _people() as file:
        if not Tokens(file).revoke_token(label):
            raise Trouble(f"there is no token {label!r}", "list them with 'v2v tower token ls'")
    showing.say(showing.plain(f"{label} is good no more"))


@token.command("ls")
def token_ls(as_json: Json = False) -> None:
    """List the tokens that are good, and until when.

    Example: v2v tower token ls
    """
    with _people() as file:
        tokens = Tokens(file).tokens()
    if as_json:
        for label, ends_at in tokens:
            showing.json_line({"label": label, "ends_at": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}"})
        return
    showing.table(
        ("label", "good until"),
        ((label, f"{ends_at:%Y-%m-%d %H:%M:%S}Z") for label, ends_at in tokens),
        "There is no token.",
    )


def _people() -> PeopleFile:
    return PeopleFile(stated().people)
