"""The page of `docs/` about the tower: how to run it, who may do what, its settings. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from console.tower.access import MAY, Deed, Role
from console.tower.accounts import IDLE, LONGEST, SHORTEST_PASSWORD, TRIES
from console.tower.settings import SETTINGS

RUNNING = """# The control tower

For coordinators, manufacturing, quality and logistics desks: what goes wrong, by the time that is left until somebody is harmed.

```
v2v demo --tower                        # the demo's network, live in the tower; it tells you the way in
v2v tower user add anna --staff-code STAFF-17 --role coordinator --site hospital-1   # asks for a password
v2v tower run                           # on the cluster of V2V_BROKERS
v2v tower rebuild                       # throw its copy of the log away and read it anew; accounts stay
v2v tower token make wall-screen        # for other people's dashboards: may look at /api, and nothing else
```

It reads records, alerts, events, actions, quarantine, what waits, the time and the heartbeats on partners' topics into `read.sqlite`, each batch with its offsets in one
transaction: killed at any instant it goes on where it stood. `people.sqlite` holds accounts, sessions and tokens (argon2id, digests) and is
kept. Run one tower for a cluster, behind a proxy that ends TLS, and set `V2V_TOWER_ADDRESS` to the address that people type.

Times are told in a person's own zone with UTC beside them; exports are in UTC. Every filter stands in the address. Pages work without
JavaScript; with it, new rows are announced and never moved, and `?` tells the keys. A banner says when the stream is silent, when the
log is still being read, and when a message of the log could not be read.

What people do goes to `v2v.actions` and `v2v.released`, with who, when, meaning and reason, so that a replay sees it. Of two people at
once one wins and the other is told of him; whoever acts on an old picture is told what has changed.

"""
API = """
## Sign-in by OpenID Connect

With `V2V_TOWER_OIDC_ISSUER` people sign in at their organisation (authorization code flow, PKCE, state, nonce; the issuer's signature, audience and
time are checked). Register `<address>/sign-in/oidc/back` as redirect there. Roles, sites and staff code are read from its claims at every sign-in;
whoever has no role or no staff code there does not come in, and a missing claim of sites means no course.

## For programs

Everything that a page shows is JSON under `/api`, described by `/api/openapi.json`: lists in pages (follow `next`), errors as
problem+json, ETags. `GET /api/alerts/stream` sends every exception as it is issued (server-sent events `alert`, `reset`, `fresh`);
send the last id as `Last-Event-ID` and nothing is missed. Send a token as `Authorization: Bearer ...`.
`/export/<list>.csv|json` holds a whole filtered list, `/export/deadlines.ics` is a calendar of deadlines, `/export/courses/<coi>.pdf` the record to print, `/health` is 503 while the picture is not whole or not fresh.

Prometheus asks at `V2V_TOWER_METRICS`: how fresh the picture is, open exceptions by hazard and severity, courses by phase, quarantine by reason.
`compose/alert_rules.yml` says when the pipeline itself needs somebody, `compose/grafana/` holds a dashboard.

"""


def about() -> Iterator[str]:
    """The page, piece by piece."""
    yield RUNNING
    yield "## Who may do what\n\n"
    yield (
        f"A role with a site sees the courses of that site only, and no exception that belongs to no course. A session ends after "
        f"{_hours(IDLE.total_seconds())} of idleness, or {_hours(LONGEST.total_seconds())}; {TRIES} wrong passwords close the "
        f"door for a while; a password has at least {SHORTEST_PASSWORD} characters.\n\n"
    )
    yield f"| | {' | '.join(role.value for role in Role)} |\n|{' --- |' * (len(Role) + 1)}\n"
    for deed in Deed:
        cells = ("yes" if deed in MAY[role] else "" for role in Role)
        yield f"| {deed.value.replace('_', ' ')} | {' | '.join(cells)} |\n"
    yield "\n`close grave` ends an identity or release exception, which only a person can, with a reason.\n"
    yield API
    yield "## Settings\n\nBeside those of every verb (`V2V_BROKERS`, `V2V_KAFKA`, `V2V_REGISTRY`, `V2V_HOME`).\n\n"
    yield "| setting | default | meaning |\n| --- | --- | --- |\n"
    for name, default, meaning in SETTINGS:
        yield f"| `{name}` | {default} | {meaning} |\n"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} h"
